"""Lists for administrators: people by unit, role and state; the filings of the office. By keyset, without totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, or_, select, text, tuple_
from sqlalchemy.orm import Session, contains_eager

from portal.core.clock import now
from portal.core.db import at_most
from portal.core.text import N_
from portal.ledger.models import FILED_ONLY, LedgerEvent
from portal.people import passwords
from portal.people.models import Person, RoleAssignment
from portal.people.scope import administered
from portal.units.models import Unit
from portal.units.queries import mentions

PAGE_ROWS = 50
COUNT_LIMIT = 999
LAST = "\U0010ffff"


class Wanted(StrEnum):
    """States one looks for."""

    OPEN = "open"
    CLOSED = "closed"
    NO_MOBILE = "no-mobile"
    NO_PASSWORD = "no-password"
    NO_IDENTITY = "no-identity"
    LOCKED = "locked"


WANTED_LABELS = {
    Wanted.OPEN: N_("Open accounts"),
    Wanted.CLOSED: N_("Closed accounts"),
    Wanted.NO_MOBILE: N_("Without a confirmed mobile number"),
    Wanted.NO_PASSWORD: N_("Without a password"),
    Wanted.NO_IDENTITY: N_("Without an identity number"),
    Wanted.LOCKED: N_("Locked accounts"),
}


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; `after` is (name, id) of the last row seen."""

    q: str = ""
    unit: str = ""
    """Part of a unit's name or code, where there are too many units to choose from."""
    unit_id: int | None = None
    role: str = ""
    state: str = Wanted.OPEN
    after: tuple[str, int] | None = None


def people(session: Session, actor: Person, wanted: Filter) -> tuple[Sequence[Person], bool]:
    """One page of the people `actor` administers, by name, and whether more follow; two queries."""
    statement = (
        select(Person)
        .join(Person.unit)
        .options(contains_eager(Person.unit))
        .where(administered(actor), *_narrow(wanted))
    )
    if wanted.after is not None:
        statement = statement.where(tuple_(Person.name, Person.id) > wanted.after)
    rows = session.scalars(statement.order_by(Person.name, Person.id).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def _narrow(wanted: Filter) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = [_state(wanted.state)] if wanted.state else []
    if wanted.unit_id is not None:
        parts.append(Person.unit_id == wanted.unit_id)
    if wanted.unit:
        parts.append(Person.unit_id.in_(select(Unit.id).where(mentions(wanted.unit))))
    if wanted.role:
        parts.append(exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role == wanted.role))
    if q := wanted.q.strip():
        account = q.lower()
        parts.append(
            or_(
                # Ranges and not LIKE, so that the indexes serve them whatever the text holds.
                and_(Person.name >= q, Person.name < q + LAST),
                and_(Person.account >= account, Person.account < account + LAST),
            )
        )
    return parts


def _state(state: str) -> ColumnElement[bool]:
    here = Person.closed_at.is_(None)
    return {
        Wanted.OPEN: here,
        Wanted.CLOSED: Person.closed_at.is_not(None),
        Wanted.NO_MOBILE: and_(here, Person.mobile_confirmed_at.is_(None)),
        Wanted.NO_PASSWORD: and_(here, Person.password_hash == passwords.UNUSABLE),
        Wanted.NO_IDENTITY: and_(here, Person.identity_hash.is_(None)),
        Wanted.LOCKED: and_(here, Person.locked_until > now()),
    }[Wanted(state)]


def count(actor: Person, state: Wanted) -> ScalarSelect[int]:
    """How many people of the actor's are in a state, counted no further than one above COUNT_LIMIT."""
    some = select(Person.id).join(Person.unit).where(administered(actor), _state(state))
    return at_most(COUNT_LIMIT + 1, some)


@dataclass(frozen=True)
class Filing:
    """A change of people or roles with the names a reader needs."""

    event: LedgerEvent
    actor: str | None
    person: Person | None
    unit: str | None


def filings(
    session: Session, *, unit_id: int | None, first: object, last: object, before: int | None
) -> tuple[list[Filing], bool]:
    """One page of filings, newest first, and whether older ones follow (GZ13); `first` ≤ time < `last`."""
    statement = select(LedgerEvent).where(text(FILED_ONLY))
    if unit_id is not None:
        statement = statement.where(LedgerEvent.unit_id == unit_id)
    if first is not None:
        statement = statement.where(LedgerEvent.at >= first)
    if last is not None:
        statement = statement.where(LedgerEvent.at < last)
    if before is not None:
        statement = statement.where(LedgerEvent.id < before)
    rows = session.scalars(statement.order_by(LedgerEvent.id.desc()).limit(PAGE_ROWS + 1)).all()
    return named(session, rows[:PAGE_ROWS]), len(rows) > PAGE_ROWS


def named(session: Session, events: Sequence[LedgerEvent]) -> list[Filing]:
    """Events with names, in two queries whatever their number."""
    ids = {event.subject_id for event in events} | {event.actor_id for event in events}
    known = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids - {None})))}
    units = {event.unit_id for event in events} - {None}
    names = {unit.id: unit.name for unit in session.scalars(select(Unit).where(Unit.id.in_(units)))}
    return [
        Filing(
            event,
            known[event.actor_id].name if event.actor_id in known else None,
            known.get(event.subject_id),
            names.get(event.unit_id or 0),
        )
        for event in events
    ]


def history(session: Session, person: Person, most: int = 40) -> list[Filing]:
    """What was done to an account and its roles, newest first; log-ins have a list of their own."""
    rows = session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.subject_kind.in_(("person", "role")), LedgerEvent.subject_id == person.id)
        .where(LedgerEvent.kind.not_in(("person.logged-in", "person.logged-out", "person.login-failed")))
        .order_by(LedgerEvent.id.desc())
        .limit(most)
    ).all()
    return named(session, rows)
