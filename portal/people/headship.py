"""Naming the head of a unit takes two: the unit files it, who looks after the unit from above confirms it (A-8).

The head's agreement is the unit's word for its seals. If the unit's administrator alone could name one, a single
person would hold both halves of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.prepared import moment
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.people import operations, queries, scope
from portal.people.headship_models import HeadshipFiling, Wish
from portal.people.lifecycle import HEADSHIP, HeadshipAct, HeadshipState
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.models import Unit

LONGEST = 200
PAGE_ROWS = 50
TOLD_FOR = timedelta(days=14)
"""How long a refusal stands on the home page of the unit."""


def file(person: Person, actor: Person, wish: Wish, reason: str) -> HeadshipFiling:
    """The unit asks that the person be its head, or be so no longer.

    Raises Invalid, NotFound, Denied for oneself, AlreadyDone for what is so or asked already, Refused.
    """
    session = _lock(person, actor)
    if person.id == actor.id:
        raise Denied("Your own roles are changed by another administrator.")
    if scope.names_heads(actor, person.unit):
        raise Refused("The office names heads itself: give or take the role.")
    if person.closed_at is not None:
        raise Refused("The account is closed. Open it again first.")
    if (Role.UNIT_HEAD in person.own_roles) is (wish is Wish.NAME):
        raise AlreadyDone("Nothing was changed.")
    if open_filing(session, person) is not None:
        raise AlreadyDone("A filing about this person waits for the office already.")
    filing = HeadshipFiling(
        unit=person.unit,
        person=person,
        wish=wish,
        reason=_text(reason),
        state=HEADSHIP.start,
        filed_by=actor,
        filed_at=now(),
    )
    session.add(filing)
    record(
        Event.ROLE_ASKED,
        actor=actor,
        subject=person,
        unit_id=person.unit_id,
        role=Role.UNIT_HEAD,
        wish=wish,
        reason=filing.reason,
    )
    return filing


def confirm(person: Person, actor: Person, filing_id: int) -> None:
    """The office confirms what it read: the role is given or taken now.

    Raises NotFound, Denied for who isn't above the unit, AlreadyDone, and Refused as giving and taking a role do.
    """
    filing = _decided(person, actor, filing_id, HeadshipAct.CONFIRM)
    _record(Event.ROLE_CONFIRMED, filing, actor)
    change = operations.give_role if filing.wish == Wish.NAME else operations.take_role
    change(person, Role.UNIT_HEAD, actor=actor)


def refuse(person: Person, actor: Person, filing_id: int, reason: str) -> None:
    """The office refuses, with the reason the unit reads. Raises as `confirm`, and Invalid."""
    answer = _text(reason)
    filing = _decided(person, actor, filing_id, HeadshipAct.REFUSE, answer)
    _record(Event.ROLE_REFUSED, filing, actor, reason=answer)


def withdraw(person: Person, actor: Person, filing_id: int) -> None:
    """The unit takes its filing back. Raises NotFound, Denied for another unit, AlreadyDone."""
    session = _lock(person, actor)
    filing = _waiting(session, person, filing_id)
    if not _files_for(actor, filing.unit):
        raise Denied("Only the unit itself takes its filing back.")
    _end(filing, actor, HeadshipAct.WITHDRAW)
    _record(Event.ROLE_WITHDRAWN, filing, actor)


def end_with(person: Person, actor: Actor) -> None:
    """Whoever leaves or moves can't become head here any more: what waits ends with them."""
    filing = open_filing(session_of(person), person)
    if filing is not None:
        _end(filing, actor, HeadshipAct.WITHDRAW)
        _record(Event.ROLE_WITHDRAWN, filing, actor)


def require_confirmed_end(person: Person, actor: Person) -> None:
    """Raise Refused when a unit would lose its head by the word of its own administrator."""
    if Role.UNIT_HEAD in person.own_roles and not scope.names_heads(actor, person.unit):
        raise Refused("This is the head of the unit. File that the headship ends; the office confirms it first.")


def open_filing(session: Session, person: Person) -> HeadshipFiling | None:
    """What waits for the office about this person."""
    return session.scalars(
        select(HeadshipFiling).where(HeadshipFiling.person_id == person.id, HeadshipFiling.state == HeadshipState.FILED)
    ).one_or_none()


def last_refused(session: Session, person: Person) -> HeadshipFiling | None:
    """The newest filing about this person, if the office refused it."""
    newest = select(HeadshipFiling).where(HeadshipFiling.person_id == person.id).order_by(HeadshipFiling.id.desc())
    filing = session.scalars(newest.limit(1)).one_or_none()
    return filing if filing is not None and filing.state == HeadshipState.REFUSED else None


def may_file(person: Person, actor: Person) -> bool:
    """Whether the actor's unit can only file who heads it, and this person can be meant."""
    return person.id != actor.id and person.closed_at is None and _files_for(actor, person.unit)


def may_decide(filing: HeadshipFiling, actor: Person) -> bool:
    """Whether the actor confirms or refuses: from above the unit, and never what they filed."""
    return scope.names_heads(actor, filing.unit) and filing.filed_by_id != actor.id


def waiting_for(actor: Person) -> Select[HeadshipFiling]:
    """Filings that this person may confirm or refuse."""
    waits = select(HeadshipFiling).join(HeadshipFiling.unit).where(HeadshipFiling.state == HeadshipState.FILED)
    return waits.where(scope.heads_named(actor), HeadshipFiling.filed_by_id != actor.id)


def of_own_unit(actor: Person) -> Select[HeadshipFiling]:
    """What the actor's unit waits for, and what it was refused lately."""
    told = and_(HeadshipFiling.state == HeadshipState.REFUSED, HeadshipFiling.decided_at > moment(TOLD_FOR))
    own = select(HeadshipFiling).join(HeadshipFiling.unit).where(HeadshipFiling.unit_id == actor.unit_id)
    return own.where(or_(HeadshipFiling.state == HeadshipState.FILED, told))


def page(session: Session, actor: Person, before: int | None) -> tuple[Sequence[HeadshipFiling], bool]:
    """The filings of the units the actor looks after, newest first, and whether older ones follow."""
    rows = (
        select(HeadshipFiling)
        .join(HeadshipFiling.unit)
        .options(
            contains_eager(HeadshipFiling.unit),
            joinedload(HeadshipFiling.person),
            joinedload(HeadshipFiling.filed_by),
            joinedload(HeadshipFiling.decided_by),
        )
        .where(scope.administered(actor))
        .order_by(HeadshipFiling.id.desc())
        .limit(PAGE_ROWS + 1)
    )
    found = session.scalars(rows if before is None else rows.where(HeadshipFiling.id < before)).all()
    return found[:PAGE_ROWS], len(found) > PAGE_ROWS


def _files_for(actor: Person, unit: Unit) -> bool:
    return scope.administers(actor, unit) and not scope.names_heads(actor, unit)


def _lock(person: Person, actor: Person) -> Session:
    session = session_of(person)
    queries.lock(session, person)
    if not scope.administers(actor, person.unit):
        raise NotFound(scope.MISSING)
    return session


def _waiting(session: Session, person: Person, filing_id: int) -> HeadshipFiling:
    """The filing as it stands now; the person's row is locked, and every act on a filing locks it first."""
    filing = session.get(HeadshipFiling, filing_id, populate_existing=True)
    if filing is None or filing.person_id != person.id:
        raise NotFound(scope.MISSING)
    if filing.state != HeadshipState.FILED:
        raise AlreadyDone("This filing was decided or taken back already.")
    return filing


def _decided(person: Person, actor: Person, filing_id: int, act: HeadshipAct, answer: str = "") -> HeadshipFiling:
    session = _lock(person, actor)
    filing = _waiting(session, person, filing_id)
    if not may_decide(filing, actor):
        raise Denied("The office confirms it, or the district's office for its units; never who filed it.")
    _end(filing, actor, act, answer)
    return filing


def _end(filing: HeadshipFiling, actor: Actor, act: HeadshipAct, answer: str = "") -> None:
    filing.state = HEADSHIP.advance(filing.state, act)
    filing.decided_by_id, filing.decided_at, filing.answer = actor.id, now(), answer


def _record(event: Event, filing: HeadshipFiling, actor: Actor, **facts: Any) -> None:
    record(
        event,
        actor=actor,
        subject=filing.person,
        unit_id=filing.unit_id,
        role=Role.UNIT_HEAD,
        wish=filing.wish,
        **facts,
    )


def _text(value: str) -> str:
    value = value.replace("\x00", "").strip()
    if not 0 < len(value) <= LONGEST:
        raise Invalid("Write 1 to %(longest)s characters.", field="reason", longest=LONGEST)
    return value
