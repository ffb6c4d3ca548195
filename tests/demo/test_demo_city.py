"""The demo city: every role, every unit able to work, loading twice, codes for whoever has no phone."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import runtime as runtimes
from portal.core.clock import frozen, now
from portal.core.errors import NotFound, Refused
from portal.core.runtime import Runtime
from portal.demo import codes
from portal.demo.city import PEOPLE, UNITS, DemoUnit
from portal.demo.load import accounts, load, password
from portal.ledger.models import LedgerEvent
from portal.people import passwords, queries, second_factor
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import change_work, changes
from portal.registration.change_models import UnitChange
from portal.units.models import Tier, Unit

CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WHOLE_JOB = {
    Role.DRAFTER,
    Role.DEPARTMENT_HEAD,
    Role.OFFICE_HEAD,
    Role.UNIT_HEAD,
    Role.REGISTRAR,
    Role.EXCHANGE_CLERK,
    Role.SEAL_CUSTODIAN,
    Role.VERIFICATION_HOLDER,
    Role.UNIT_ADMINISTRATOR,
}
RECEIVING = {Role.UNIT_ADMINISTRATOR, Role.UNIT_HEAD, Role.EXCHANGE_CLERK, Role.VERIFICATION_HOLDER}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest: fifty accounts are opened here."""
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def _roles(key: str) -> set[Role]:
    return {role for person in PEOPLE[key] for role in person.roles}


def test_the_office_and_two_departments_can_do_the_whole_job() -> None:
    able = [unit.key for unit in UNITS if _roles(unit.key) >= WHOLE_JOB]
    assert able == ["office", "finance", "education"]


def test_every_unit_can_receive_and_every_role_is_played() -> None:
    assert all(_roles(unit.key) >= RECEIVING for unit in UNITS)
    assert {role for unit in UNITS for role in _roles(unit.key)} == set(Role)


def test_the_city_has_an_office_seven_departments_and_two_districts_of_two() -> None:
    assert [unit.key for unit in UNITS if unit.is_office] == ["office"]
    assert sum(unit.tier is Tier.CITY and not unit.is_office for unit in UNITS) == 7
    assert sum(unit.tier is Tier.DISTRICT for unit in UNITS) == 4
    assert {unit.key for unit in UNITS} == set(PEOPLE)


def test_accounts_are_unique_readable_and_one_is_new() -> None:
    rows = [person for people in PEOPLE.values() for person in people]
    assert len({row.account for row in rows}) == len({row.name for row in rows}) == len(rows)
    assert all(re.fullmatch("[a-z]{5,14}", row.account) for row in rows)
    assert [row.account for row in rows if row.new] == ["liuxinzhi"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.key)
def test_organisation_codes_have_their_check_sign(unit: DemoUnit) -> None:
    """GB 32100-2015: weights 3^i modulo 31."""
    code = unit.code
    total = sum(CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    assert code[17] == CODE_SIGNS[(31 - total % 31) % 31]


def _counts(session: Session) -> list[int]:
    return [session.scalars(select(func.count()).select_from(table)).one() for table in (Unit, Person, LedgerEvent)]


def test_loading_twice_adds_nothing(session: Session, runtime: Runtime) -> None:
    first = load(session, runtime)
    session.commit()
    counts = _counts(session)
    assert load(session, runtime) == first == accounts(session)
    session.commit()
    assert counts == _counts(session)
    assert counts[:2] == [12, len(first) + 1], "one more waits for a password slip"


def test_whoever_needs_a_second_factor_has_one(session: Session, runtime: Runtime) -> None:
    load(session, runtime)
    people = session.scalars(select(Person)).all()
    assert all((person.totp_seed is not None) == person.needs_second_factor for person in people)


def test_the_password_is_one_phrase_in_a_file_of_its_owner(session: Session, runtime: Runtime) -> None:
    load(session, runtime)
    path = runtime.settings.data_dir / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    phrase = json.loads(path.read_text())["password"]
    assert phrase == password(runtime)
    for account in accounts(session):
        passwords.check_new(phrase, account=account.account, name=account.name, former=[], rules=runtime.rules)
    anybody = queries.by_account(session, "shenmoyan")
    assert anybody is not None and passwords.matches(anybody.password_hash, phrase)


def test_each_code_is_one_that_will_be_taken(session: Session, runtime: Runtime) -> None:
    load(session, runtime)
    custodian = queries.by_account(session, "chengyinfang")
    assert custodian is not None
    waits = []
    with frozen(now().replace(second=3, microsecond=0)) as hands:
        for _ in range(4):
            given = codes.code(session, "chengyinfang")
            waits.append(given.wait)
            hands.advance(timedelta(seconds=given.wait))
            second_factor.confirm(custodian, given.code)
    assert waits == [0, 0, 27, 30]


def test_codes_are_shown_in_the_demo_only(session: Session, runtime: Runtime) -> None:
    load(session, runtime)
    with pytest.raises(NotFound):
        codes.code(session, "nobody")
    with pytest.raises(Refused, match="no second factor"):
        codes.code(session, "shenmoyan")
    runtimes.install(Runtime(replace(runtime.settings, demo=False)))
    with pytest.raises(Refused, match="demo only"):
        codes.code(session, "chengyinfang")


@pytest.mark.req("U-3")
def test_a_rename_waits_that_the_office_can_carry_out_at_once(session: Session, runtime: Runtime) -> None:
    load(session, runtime)
    change, centre = session.scalars(select(UnitChange)).one(), queries.by_account(session, "xinxizhong")
    assert centre is not None
    changes.review(change, centre, "材料齐全。")
    assert not any(row["blocking"] for row in change_work.dry_run(session, change))
    change_work.confirm(session, change, centre, None)
    change_work.carry_out(session, change, centre)
    assert change.unit.name == change.name
