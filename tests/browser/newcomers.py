"""People and a unit beside the demo city's, entered by the same operations."""

from __future__ import annotations

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.demo.ceremonies import one
from portal.documents import drafting, finishing, reviewing
from portal.documents.drafting import Addressee, Content
from portal.documents.kinds import Direction
from portal.documents.models import RecipientKind
from portal.documents.routes import ROUTES
from portal.people import queries, second_factor
from portal.people.operations import open_account
from portal.people.passwords import Hashed
from portal.people.roles import Role
from portal.seals import applications
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind
from portal.units.operations import register_unit
from portal.units.queries import office
from tests.browser.installation import Installation

BUREAU = "南澄市司法局"
BUREAU_HEAD = "fangzhengyi"
KEYED, KEYED_HEAD, KEYED_CUSTODIAN = "南澄市审计局", "dongcheliang", "jianshouyin"
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


def open_keyed_bureau(installation: Installation) -> None:
    """A bureau that has everybody for the main job; its custodian may register a hardware key before its ceremony."""
    runtimes.install(installation.runtime)
    with unit_of_work(installation.runtime.engine) as session:
        unit = register_unit(
            session,
            code=with_check_character("11459900MB0A01090"),
            name=KEYED,
            short_name="市审计局",
            kind=UnitKind.DEPARTMENT,
            tier=Tier.CITY,
            document_code="南审发",
            red_head=f"{KEYED}文件",
            sort_key=901,
        )
        _open(session, unit, KEYED_HEAD, "董澈亮", Role.UNIT_HEAD, Role.LEADER)
        _open(session, unit, KEYED_CUSTODIAN, "简守印", Role.SEAL_CUSTODIAN)
        _open(session, unit, "fangshenji", "方审计", Role.UNIT_ADMINISTRATOR, Role.VERIFICATION_HOLDER)
        _open(session, unit, "lunigao", "陆拟稿", Role.DRAFTER)
        _open(session, unit, "shenhegao", "申核稿", Role.DEPARTMENT_HEAD)
        _open(session, unit, "tangzonghe", "唐综合", Role.OFFICE_HEAD)
        _open(session, unit, "wenyinshi", "闻印时", Role.REGISTRAR, Role.EXCHANGE_CLERK)


def approve_keyed_bureau(installation: Installation) -> int:
    """Its application, approved; returns its id."""
    runtimes.install(installation.runtime)
    with unit_of_work(installation.runtime.engine) as session:
        return _approved(session, _keyed(session))


def number_notice(installation: Installation, title: str, text: str) -> int:
    """A notice of that bureau to the office, numbered: the worker freezes it. Returns its id."""
    runtime = installation.runtime
    runtimes.install(runtime)
    with unit_of_work(runtime.engine) as session:
        unit = _keyed(session)
        content = Content(
            kind="notice",
            direction=Direction.LEVEL,
            title=title,
            text=text,
            note="",
            addressees=(Addressee(kind=RecipientKind.MAIN, unit_id=office(session).id, print_quota=1),),
        )
        document = drafting.draft_document(session, runtime.rules, one(session, unit, Role.DRAFTER), content)
        session.flush()
        declared = Declaration(unclassified=True, not_urgent=True, official=True)
        reviewing.submit(runtime, document, document.drafter, declared)
        *desks, leader = ROUTES[Direction.LEVEL]
        for desk in desks:
            reviewing.pass_step(document, one(session, unit, *desk.roles), "拟同意。")
        reviewing.issue_document(runtime, document, one(session, unit, *leader.roles), "同意印发。")
        finishing.number_document(document, one(session, unit, Role.REGISTRAR))
        return document.id


def _keyed(session: Session) -> Unit:
    return session.scalars(select(Unit).where(Unit.name == KEYED)).one()


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
