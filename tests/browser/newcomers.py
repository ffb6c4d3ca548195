"""People and a unit beside the demo city's, entered by the same operations."""

from __future__ import annotations

import pyotp
from sqlalchemy.orm import Session

from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.demo.ceremonies import one
from portal.people import queries, second_factor
from portal.people.operations import open_account
from portal.people.passwords import Hashed
from portal.people.roles import Role
from portal.seals import applications
from portal.units.models import Tier, Unit, UnitKind
from portal.units.operations import register_unit
from portal.units.queries import office
from tests.browser.installation import Installation

BUREAU = "南澄市司法局"
BUREAU_HEAD = "fangzhengyi"
# Somebody whose password everybody of the demo city shares.
PATTERN = "mayanzheng"


def open_second_holder(installation: Installation, account: str, name: str) -> None:
    """A colleague for the only person who may keep the data bureau's verification seal."""
    runtimes.install(installation.runtime)
    with unit_of_work(installation.runtime.engine) as session:
        first = queries.by_account(session, PATTERN)
        assert first is not None
        _open(session, first.unit, account, name, Role.VERIFICATION_HOLDER)


def approve_bureau(installation: Installation) -> int:
    """A bureau whose seals are approved and not yet made; returns the id of its application."""
    runtimes.install(installation.runtime)
    with unit_of_work(installation.runtime.engine) as session:
        unit = register_unit(
            session,
            code="11459900MB0A010888",
            name=BUREAU,
            short_name="市司法局",
            kind=UnitKind.DEPARTMENT,
            tier=Tier.CITY,
            document_code="南司发",
            red_head=f"{BUREAU}文件",
            sort_key=900,
        )
        _open(session, unit, BUREAU_HEAD, "方正一", Role.UNIT_HEAD)
        _open(session, unit, "luzhiyuan", "陆致远", Role.UNIT_ADMINISTRATOR)
        _open(session, unit, "yanshouyi", "严守一", Role.SEAL_CUSTODIAN, Role.VERIFICATION_HOLDER)
        session.flush()
        return _approved(session, unit)


def _approved(session: Session, unit: Unit) -> int:
    municipal = office(session)
    application = applications.file_application(
        session,
        one(session, unit, Role.UNIT_ADMINISTRATOR),
        reason="首次参加电子公文交换。",
        custodians=queries.holders(session, unit.id, Role.SEAL_CUSTODIAN),
        holders=queries.holders(session, unit.id, Role.VERIFICATION_HOLDER),
    )
    applications.agree(application, one(session, unit, Role.UNIT_HEAD), "同意。")
    applications.review(application, one(session, municipal, Role.SECRETARIAT), "材料齐全。")
    applications.approve(application, one(session, municipal, Role.OFFICE_LEADER), "同意。")
    return application.id


def _open(session: Session, unit: Unit, account: str, name: str, *roles: Role) -> None:
    pattern = queries.by_account(session, PATTERN)
    assert pattern is not None
    person = open_account(
        session,
        unit=unit,
        account=account,
        name=name,
        title="",
        division="办公室",
        roles=roles,
        password=Hashed(pattern.password_hash),
        must_change=False,
    )
    if person.needs_second_factor:
        second_factor.keep_seed(person, pyotp.random_base32())
