"""Loads the demo city; doing it again adds what is missing and changes nothing else."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.demo import (
    certificates,
    changing,
    delegation,
    disclosure,
    journals,
    notices,
    register,
    registration,
    reports,
    staff,
    tasks,
    trust,
    workstatus,
)
from portal.demo.city import PEOPLE, UNITS, DemoPerson, DemoUnit
from portal.people import passwords, second_factor
from portal.people import queries as people
from portal.people.models import Person
from portal.people.operations import open_account
from portal.people.roles import Role
from portal.units.models import Unit
from portal.units.operations import register_unit

FILE = "demo.json"
WORDS = ("Qingshan", "Lvshui", "Mingyue", "Xinghe", "Chunfeng", "Xiyu", "Qiulan", "Dongmei", "Zhulin", "Heyu")


@dataclass(frozen=True)
class DemoAccount:
    """A line of the table of accounts."""

    account: str
    name: str
    unit: str
    division: str
    title: str
    roles: tuple[Role, ...]
    must_change: bool
    second_factor: bool


def load(session: Session, runtime: Runtime) -> list[DemoAccount]:
    """Register the units, open the accounts, set the second factors. The caller commits."""
    # One hash for all: they share the password anyway, and fifty hashes take many seconds.
    phrase = passwords.Hashed(passwords.hashed(password(runtime)))
    units = _units(session)
    for key, row in ((key, row) for key, rows in PEOPLE.items() for row in rows):
        if people.by_account(session, row.account) is None:
            _open(session, units[key], row, phrase)
    session.flush()
    register.load(session, runtime)
    registration.load(session, runtime)
    staff.load(session, runtime)
    delegation.load(session, runtime)
    changing.load(session, runtime)
    trust.load(session, runtime)
    certificates.load(session)
    workstatus.load(session, runtime)
    tasks.load(session, runtime)
    reports.load(session, runtime)
    disclosure.load(session, runtime)
    notices.load(session, runtime)
    journals.load(session, runtime)
    return accounts(session)


def accounts(session: Session) -> list[DemoAccount]:
    """The accounts of the demo city, unit by unit."""
    names = [row.account for rows in PEOPLE.values() for row in rows]
    found = {person.account: person for person in session.scalars(select(Person).where(Person.account.in_(names)))}
    order = [row.account for unit in UNITS for row in PEOPLE[unit.key]]
    return [_account(found[name]) for name in order if name in found]


def password(runtime: Runtime) -> str:
    """The one password of all demo accounts: made for this installation, kept in a file only its owner reads."""
    path = runtime.settings.data_dir / FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        words = secrets.SystemRandom().sample(WORDS, 3)
        phrase = "-".join((*words, str(1000 + secrets.randbelow(9000))))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"password": phrase}, file)
    return str(json.loads(path.read_text(encoding="utf-8"))["password"])


def _units(session: Session) -> dict[str, Unit]:
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    made: dict[str, Unit] = {}
    for place, row in enumerate(UNITS, start=1):
        parent = made[row.parent] if row.parent else None
        made[row.key] = known.get(row.code) or _register(session, row, parent, place * 10)
    return made


def _register(session: Session, row: DemoUnit, parent: Unit | None, sort_key: int) -> Unit:
    return register_unit(
        session,
        code=row.code,
        name=row.name,
        short_name=row.short_name,
        kind=row.kind,
        tier=row.tier,
        document_code=row.document_code,
        red_head=row.red_head,
        parent=parent,
        sort_key=sort_key,
        is_office=row.is_office,
    )


def _open(session: Session, unit: Unit, row: DemoPerson, phrase: passwords.Hashed) -> None:
    person = open_account(
        session,
        unit=unit,
        account=row.account,
        name=row.name,
        title=row.title,
        division=row.division,
        roles=row.roles,
        password=phrase,
        must_change=row.new,
    )
    if person.needs_second_factor:
        second_factor.keep_seed(person, pyotp.random_base32())


def _account(person: Person) -> DemoAccount:
    return DemoAccount(
        account=person.account,
        name=person.name,
        unit=person.unit.name,
        division=person.division,
        title=person.title,
        roles=_in_order(person.roles),
        must_change=person.must_change_password,
        second_factor=person.totp_seed is not None,
    )


def _in_order(roles: frozenset[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in roles)
