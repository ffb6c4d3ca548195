"""Writing a piece of checked people: the same rows and events as `open_account` and `give_role`, set by set."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.ledger import bulk
from portal.ledger.vocabulary import Event
from portal.people import passwords
from portal.people.models import Person, RoleAssignment
from portal.people.operations import give_role
from portal.people.roles import Role
from portal.registration.import_checks import Problem
from portal.registration.import_people import Register, contradiction, known_accounts
from portal.units.models import Unit

Line = dict[str, Any]


def write_people(session: Session, lines: list[Line], actor: Person) -> list[Problem]:
    """Open and change the accounts of some lines. Returns what has come between since the check."""
    known = known_accounts(session, [line["account"] for line in lines])
    holders = Register.holders(session, [line["identity_hash"] for line in lines if line["identity_hash"]])
    units = _units(session, {line["unit_id"] for line in lines})
    problems, fresh = [], []
    for line in lines:
        here, holder = known.get(line["account"]), holders.get(line["identity_hash"] or "")
        if line["unit_id"] not in units:
            problems.append(_problem(line, "单位", Invalid("The unit has left the exchange meanwhile.")))
        elif holder not in (None, line["account"]):
            why = Invalid("This person has an account already: one person, one account.")
            problems.append(_problem(line, "公民身份号码", why))
        elif here is None and "person_id" not in line:
            fresh.append(line)
        elif here is None or (why_not := contradiction(line, here)) or "person_id" not in line:
            why = Invalid("The account %(account)s is taken.", account=line["account"])
            problems.append(_problem(line, "账号", why_not if here and why_not else why))
        else:
            _change(session, line, actor)
    _open(session, fresh, units, actor)
    return problems


def _units(session: Session, ids: set[int]) -> dict[int, Unit]:
    return {unit.id: unit for unit in session.scalars(select(Unit).where(Unit.id.in_(ids), Unit.left_at.is_(None)))}


def _problem(line: Line, heading: str, error: Invalid) -> Problem:
    return Problem(line["line"], heading, error.message, dict(error.params))


def _open(session: Session, lines: list[Line], units: dict[int, Unit], actor: Person) -> None:
    if not lines:
        return
    rows = [_person_row(line) for line in lines]
    opened = session.execute(insert(Person).returning(Person.account, Person.id), rows)
    ids: dict[str, int] = {row.account: row.id for row in opened}
    given = [_role_row(ids[line["account"]], role, units[line["unit_id"]]) for line in lines for role in line["roles"]]
    if given:
        session.execute(insert(RoleAssignment), given)
    bulk.write(session, [event for line in lines for event in _events(line, ids[line["account"]], actor)])


def _person_row(line: Line) -> dict[str, Any]:
    at = now()
    return {
        "account": line["account"],
        "name": line["name"],
        "title": line["title"],
        "division": line["division"],
        "unit_id": line["unit_id"],
        "mobile": line["mobile"] or None,
        "identity_hash": line["identity_hash"],
        "password_hash": passwords.UNUSABLE,
        "password_changed_at": at,
        "must_change_password": True,
        "failed_logins": 0,
        "created_at": at,
    }


def _role_row(person_id: int, role: str, unit: Unit) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "role": role,
        "in_office": unit.is_office,
        "in_district_office": unit.is_district_office,
        "given_at": now(),
    }


def _events(line: Line, person_id: int, actor: Person) -> list[dict[str, Any]]:
    where: dict[str, Any] = {"subject_id": person_id, "unit_id": line["unit_id"], "actor": actor}
    opened = bulk.entry(Event.PERSON_OPENED, account=line["account"], **where)
    return [opened, *(bulk.entry(Event.ROLE_GIVEN, role=role, **where) for role in line["roles"])]


def _change(session: Session, line: Line, actor: Person) -> None:
    """Few lines change somebody who is there already, so they go one by one."""
    person = session.get_one(Person, line["person_id"], with_for_update={"of": Person}, populate_existing=True)
    changes = {key: value for key, value in line["changes"].items() if getattr(person, key) != value}
    for key, value in changes.items():
        setattr(person, key, value)
    if changes:
        fields = sorted("identity" if key == "identity_hash" else key for key in changes)
        event = bulk.entry(
            Event.PERSON_PROFILE_CHANGED, subject_id=person.id, unit_id=person.unit_id, actor=actor, fields=fields
        )
        session.flush()
        bulk.write(session, [event])
    for role in sorted({Role(name) for name in line["roles"]} - person.own_roles):
        give_role(person, role, actor=actor)
