"""Reading disputes: the two units always, the office only what was brought before it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import at_most
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.exchange.models import Delivery
from portal.people.models import Person
from portal.support.lifecycle import BETWEEN_UNITS, LIVE
from portal.support.lifecycle import DisputeState as S
from portal.support.models import Dispute, DisputeEntry, SupportFile
from portal.support.queries import COUNT_LIMIT, NOT_THERE, PAGE_ROWS
from portal.units.models import Unit


def _seen_by(person: Person) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    if person.may(P.SUPPORT_DISPUTE):
        ways.append(or_(Dispute.opener_id == person.unit_id, Dispute.other_id == person.unit_id))
    if person.may(P.SUPPORT_OVERSEE):
        ways.append(Dispute.escalated_at.is_not(None))
    return or_(*ways) if ways else false()


def visible_to(person: Person) -> Select[Dispute]:
    """Disputes the person may know of."""
    return select(Dispute).where(_seen_by(person))


def get_for(session: Session, person: Person, dispute_id: int) -> Dispute:
    """Load and authorise. Raises NotFound for what the person may not know of."""
    statement = visible_to(person).where(Dispute.id == dispute_id)
    dispute = session.scalars(
        statement.options(
            joinedload(Dispute.opener),
            joinedload(Dispute.other),
            joinedload(Dispute.turn),
            selectinload(Dispute.entries).selectinload(DisputeEntry.files),
        )
    ).one_or_none()
    if dispute is None:
        raise NotFound(NOT_THERE)
    return dispute


def file_of(dispute: Dispute, file_id: int) -> SupportFile:
    """A file of the dispute. Raises NotFound."""
    found = next((file for entry in dispute.entries for file in entry.files if file.id == file_id), None)
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def listed(
    session: Session, person: Person, *, live: bool, before: int | None = None
) -> tuple[Sequence[Dispute], bool]:
    """One page, newest first, and whether older ones follow."""
    statement = visible_to(person).options(
        joinedload(Dispute.opener), joinedload(Dispute.other), joinedload(Dispute.turn)
    )
    if live:
        statement = statement.where(Dispute.state.in_(LIVE))
    if before is not None:
        statement = statement.where(Dispute.id < before)
    rows = session.scalars(statement.order_by(Dispute.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def waiting_for(person: Person) -> Select[Dispute]:
    """Disputes in which the person's unit, or the office, is to speak next."""
    ways: list[ColumnElement[bool]] = []
    if person.may(P.SUPPORT_DISPUTE):
        ways.append((Dispute.turn_id == person.unit_id) & Dispute.state.in_(BETWEEN_UNITS))
    if person.may(P.SUPPORT_MANAGE):
        ways.append(Dispute.state == S.ESCALATED)
    return select(Dispute).where(or_(*ways) if ways else false())


def live_between(person: Person) -> Select[Dispute]:
    """Disputes of the person's unit that aren't over, and those that wait for the office."""
    own = false() if not person.may(P.SUPPORT_DISPUTE) else _seen_by(person) & Dispute.state.in_(BETWEEN_UNITS)
    waiting = Dispute.state == S.ESCALATED if person.may(P.SUPPORT_MANAGE) else false()
    return select(Dispute).where(or_(own, waiting))


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many wait, for the navigation."""
    return at_most(COUNT_LIMIT + 1, waiting_for(person).with_only_columns(Dispute.id))


def entry_known(session: Session, key: str) -> bool:
    """Whether an entry with this key was put on record."""
    return session.scalar(select(DisputeEntry.id).where(DisputeEntry.request_key == key)) is not None


def deliveries_to_choose(session: Session, person: Person) -> list[tuple[Delivery, Unit]]:
    """The newest deliveries the person may see, each with the unit at its other end."""
    ways: list[ColumnElement[bool]] = []
    if person.may(P.EXCHANGE_VIEW):
        ways.append(Delivery.holder_id == person.unit_id)
    if person.may(P.DOCUMENTS_VIEW):
        ways.append((Document.holder_id == person.unit_id) & (Document.state == DocumentState.SENT))
    if not ways:
        return []
    other = func.coalesce(func.nullif(Delivery.holder_id, person.unit_id), Document.holder_id)
    rows = session.execute(
        select(Delivery, Unit)
        .join(Delivery.document)
        .join(Unit, Unit.id == other)
        .where(or_(*ways), Unit.id != person.unit_id, Unit.left_at.is_(None))
        .options(joinedload(Delivery.document).defer(Document.text))
        .order_by(Delivery.id.desc())
        .limit(50)
    )
    return [(delivery, unit) for delivery, unit in rows]


def named(session: Session, dispute: Dispute) -> dict[int, Person]:
    """Who wrote the entries, by id."""
    ids = {entry.person_id for entry in dispute.entries}
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
