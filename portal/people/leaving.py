"""Leaving and moving 离任、调动: open work goes to named successors, rights and sessions end, in one act (A-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import headship, hooks, keys, login, operations, queries, scope
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.units.models import Unit

ROLES, SESSION = "people.roles", "people.session"


def work_of(session: Session, person: Person) -> list[OpenWork]:
    """Everything that waits for the person or ends with them; kinds without anything are left out."""
    found = [work for answer in hooks.open_work.call(session, person) for work in answer]
    return [work for work in found if work.count]


def candidates(session: Session, person: Person, work: OpenWork) -> Sequence[Person]:
    """Who of the unit may take over this work."""
    people = queries.holders(session, person.unit_id, *work.roles) if work.roles else ()
    return [other for other in people if other.id != person.id]


def close(person: Person, actor: Person, successors: Mapping[str, int], reason: str) -> None:
    """The person leaves: work is handed over, roles, custody and session end, the account is closed (IG12(2)).

    `successors`: person ids by key of the work. Raises Invalid where one is missing or unfit, AlreadyDone, NotFound,
    Refused for oneself and for the unit's last administrator and, by its own administrator, its head.
    """
    session = _begin(person, actor)
    if not reason.strip():
        raise Invalid("Say why the account is closed.", field="reason")
    names = _hand_over(session, person, actor, successors)
    _end_rights(session, person, actor, login.Ending.CLOSED)
    keys.end_all(person, actor)
    person.closed_at = now()
    record(
        Event.PERSON_CLOSED,
        actor=actor,
        subject=person,
        unit_id=person.unit_id,
        reason=reason.strip(),
        successors=names,
    )


def move(person: Person, actor: Person, unit: Unit, successors: Mapping[str, int]) -> None:
    """The person moves to another unit with the account; roles are per unit, so all of them end (A-2, A-7)."""
    session = _begin(person, actor)
    if not scope.administers(actor, unit) or unit.left_at is not None:
        raise NotFound(scope.MISSING)
    if unit.id == person.unit_id:
        raise AlreadyDone("The person is in this unit already.")
    names = _hand_over(session, person, actor, successors)
    _end_rights(session, person, actor, login.Ending.MOVED)
    before, person.unit = person.unit, unit
    person.title = person.division = ""
    session.flush()
    for unit_id in (before.id, unit.id):  # filed with both units
        record(
            Event.PERSON_MOVED,
            actor=actor,
            subject=person,
            unit_id=unit_id,
            before=before.name,
            unit=unit.name,
            successors=names,
        )


def own_work(session: Session, person: Person) -> list[OpenWork]:
    """What ends with the person here: roles and the session."""
    live = queries.live_session(session, person)
    return [
        OpenWork(ROLES, N_("Roles"), len(person.own_roles), handed_over=False),
        OpenWork(SESSION, N_("Session that is open now"), int(live is not None), handed_over=False),
    ]


def _begin(person: Person, actor: Person) -> Session:
    session = session_of(person)
    queries.lock(session, person)
    if not scope.administers(actor, person.unit):
        raise NotFound(scope.MISSING)
    if person.id == actor.id:
        raise Refused("Your own account is closed or moved by another administrator.")
    if person.closed_at is not None:
        raise AlreadyDone("The account is closed already.")
    headship.require_confirmed_end(person, actor)
    operations.require_another_administrator(person)
    return session


def _hand_over(session: Session, person: Person, actor: Person, successors: Mapping[str, int]) -> dict[str, str]:
    """Give each kind of work to its successor; returns their names by kind."""
    names = {}
    for work in work_of(session, person):
        successor = _successor(session, person, work, successors) if work.handed_over else None
        hooks.hand_over.call(session, person, work.key, successor, actor)
        if successor is not None:
            names[work.key] = successor.name
    return names


def _successor(session: Session, person: Person, work: OpenWork, successors: Mapping[str, int]) -> Person:
    chosen = successors.get(work.key)
    for other in candidates(session, person, work):
        if other.id == chosen:
            return other
    raise Invalid("Choose who takes over each kind of open work.", field=field_of(work.key))


def field_of(key: str) -> str:
    """The form field in which the successor for a kind of work is chosen."""
    return "successor_" + key.replace(".", "_").replace("-", "_")


def _end_rights(session: Session, person: Person, actor: Person, why: login.Ending) -> None:
    headship.end_with(person, actor)
    for role in sorted(person.own_roles):
        operations.take_role(person, role, actor=actor)
    login.end_sessions(session, person, why)
