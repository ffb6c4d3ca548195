"""Disputes between two units, and their coordination by the office (GZ7, U-8).

Both sides answer in turns; they settle when one proposes and the other accepts, or the opener withdraws. A side that
gets no answer, or no agreement, brings the dispute before the office: only from then on does the office know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, Calendar, now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.exchange import queries as exchange
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.support import files, policy, words
from portal.support.lifecycle import DISPUTE, DisputeAct
from portal.support.lifecycle import DisputeState as S
from portal.support.models import Dispute, DisputeEntry, EntryKind
from portal.support.queries import disputes as queries
from portal.units import queries as units

ANSWER_DAYS = 3
"""Working days a side has for its answer; after them the other may turn to the office."""


@dataclass(frozen=True)
class Entry:
    """What is put on record: the text, files with it, and the form's key (the same click twice is one entry)."""

    text: str
    key: str
    files: Sequence[files.Incoming] = ()


def due(since: datetime) -> datetime:
    """The end of the third working day after a turn began."""
    day = Calendar().add_working_days(to_city(since).date(), ANSWER_DAYS)
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)


def open_dispute(
    work: Runtime,
    session: Session,
    person: Person,
    entry: Entry,
    *,
    other_id: int,
    subject: str,
    delivery_id: int | None = None,
) -> Dispute:
    """Record a dispute with another unit (GZ7). Raises Invalid naming the field, AlreadyDone for the same click."""
    policy.require(person, Permission.SUPPORT_DISPUTE)
    title = words.line(subject, "subject", longest=200)
    if other_id == person.unit_id or not units.by_ids(session, [other_id]):
        raise Invalid("Choose another unit of the exchange.", field="other")
    if delivery_id is not None:
        _require_between(session, person, delivery_id, other_id)
    kept = _prepared(work, entry, title)
    words.one_at_a_time(session, person.unit)
    if queries.entry_known(session, entry.key):
        raise AlreadyDone("This dispute was already recorded.")
    at = now()
    dispute = Dispute(
        opener_id=person.unit_id,
        other_id=other_id,
        subject=title,
        delivery_id=delivery_id,
        opened_at=at,
        turn_id=other_id,
        turn_since=at,
        due_at=due(at),
    )
    session.add(dispute)
    opening = _put(dispute, person, EntryKind.OPENING, kept, entry.key)
    session.flush()
    record(Event.DISPUTE_OPENED, subject=dispute, actor=person, entry=opening.id, other=other_id)
    return dispute


def answer(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """Answer, or add something; answering a proposal declines it. After escalation it is said to the office."""
    policy.require_speaker(person, dispute)
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    if dispute.state == S.PROPOSED and dispute.proposed_by_id == person.unit_id:
        raise Refused("Your proposal waits for the other unit: it accepts, or answers.")
    dispute.state = DISPUTE.advance(dispute.state, DisputeAct.ANSWER)
    dispute.proposed_by_id = None
    if dispute.state != S.ESCALATED and dispute.turn_id == person.unit_id:
        _pass_turn(dispute, dispute.opposite(person.unit_id))
    put = _flushed(_put(dispute, person, EntryKind.ANSWER, kept, entry.key))
    record(Event.DISPUTE_ANSWERED, subject=dispute, actor=person, entry=put.id)


def propose(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """Propose a settlement; the other unit accepts it or answers."""
    policy.require_speaker(person, dispute)
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    dispute.state = DISPUTE.advance(dispute.state, DisputeAct.PROPOSE)
    dispute.proposed_by_id = person.unit_id
    _pass_turn(dispute, dispute.opposite(person.unit_id))
    put = _flushed(_put(dispute, person, EntryKind.PROPOSAL, kept, entry.key))
    record(Event.DISPUTE_PROPOSED, subject=dispute, actor=person, entry=put.id)


def accept(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """Accept the other unit's proposal: the dispute is settled."""
    policy.require_speaker(person, dispute)
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    state = DISPUTE.advance(dispute.state, DisputeAct.ACCEPT)
    if dispute.proposed_by_id == person.unit_id:
        raise Denied("A proposal is accepted by the other unit.")
    _end(dispute, state)
    put = _flushed(_put(dispute, person, EntryKind.ACCEPTANCE, kept, entry.key))
    record(Event.DISPUTE_SETTLED, subject=dispute, actor=person, entry=put.id)


def withdraw(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """The unit that opened the dispute takes it back, with the reason."""
    policy.require_speaker(person, dispute)
    if person.unit_id != dispute.opener_id:
        raise Denied("Only the unit that opened the dispute can withdraw it.")
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    _end(dispute, DISPUTE.advance(dispute.state, DisputeAct.WITHDRAW))
    put = _flushed(_put(dispute, person, EntryKind.WITHDRAWAL, kept, entry.key))
    record(Event.DISPUTE_WITHDRAWN, subject=dispute, actor=person, entry=put.id)


def may_escalate(dispute: Dispute, unit_id: int) -> bool:
    """Whether the two have tried: the other side has answered once, or its three working days are over."""
    if dispute.state not in (S.OPEN, S.PROPOSED):
        return False
    answered = any(entry.unit_id != unit_id and entry.kind != EntryKind.OPENING for entry in dispute.entries)
    return answered or now() >= due(dispute.opened_at)


def escalate(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """Bring the dispute before the office, which learns of it now (GZ7). Raises Refused before the two have tried."""
    policy.require_speaker(person, dispute)
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    state = DISPUTE.advance(dispute.state, DisputeAct.ESCALATE)
    if not may_escalate(dispute, person.unit_id):
        raise Refused(
            "The office coordinates what the two units can't settle: wait for the other unit's answer, "
            "or until %(days)s working days have passed.",
            days=ANSWER_DAYS,
        )
    dispute.state, dispute.proposed_by_id, dispute.escalated_at = state, None, now()
    _pass_turn(dispute, None)
    put = _flushed(_put(dispute, person, EntryKind.ESCALATION, kept, entry.key))
    record(Event.DISPUTE_ESCALATED, subject=dispute, actor=person, entry=put.id)


def coordinate(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """The office says what it proposes; both units can answer."""
    _by_the_office(work, dispute, person, entry, DisputeAct.COORDINATE)


def close(work: Runtime, dispute: Dispute, person: Person, entry: Entry) -> None:
    """The office closes the dispute with its decision, or with what the units have agreed."""
    _by_the_office(work, dispute, person, entry, DisputeAct.CLOSE)


def _by_the_office(work: Runtime, dispute: Dispute, person: Person, entry: Entry, act: DisputeAct) -> None:
    if not policy.coordinates(person, dispute):
        raise Denied(policy.NO_RIGHT)
    kept = _prepared(work, entry)
    _begin(dispute, entry)
    state = DISPUTE.advance(dispute.state, act)
    if act == DisputeAct.CLOSE:
        _end(dispute, state)
        put = _flushed(_put(dispute, person, EntryKind.DECISION, kept, entry.key))
        record(Event.DISPUTE_CLOSED, subject=dispute, actor=person, entry=put.id)
    else:
        _pass_turn(dispute, None)
        put = _flushed(_put(dispute, person, EntryKind.COORDINATION, kept, entry.key))
        record(Event.DISPUTE_COORDINATED, subject=dispute, actor=person, entry=put.id)


def _require_between(session: Session, person: Person, delivery_id: int, other_id: int) -> None:
    """See that the delivery travelled between the two units and that the person may see it."""
    found = None
    for permission, read in (
        (Permission.EXCHANGE_VIEW, exchange.get_for),
        (Permission.DOCUMENTS_VIEW, exchange.get_sent),
    ):
        try:
            found = found or (read(session, person, delivery_id) if person.may(permission) else None)
        except NotFound:
            continue
    if found is None or {found.holder_id, found.document.holder_id} != {person.unit_id, other_id}:
        raise Invalid("Choose a document that travelled between the two units.", field="delivery")


@dataclass(frozen=True)
class _Kept:
    text: str
    files: list[files.Taken]


def _prepared(work: Runtime, entry: Entry, subject: str = "") -> _Kept:
    text = words.text(entry.text, "text")
    return _Kept(text, files.take_in(work, entry.files, subject=subject, text=text))


def _begin(dispute: Dispute, entry: Entry) -> None:
    if queries.entry_known(words.lock(dispute), entry.key):
        raise AlreadyDone("This was already recorded.")


def _put(dispute: Dispute, person: Person, kind: EntryKind, kept: _Kept, key: str) -> DisputeEntry:
    entry = DisputeEntry(
        kind=kind,
        unit_id=person.unit_id,
        person_id=person.id,
        text=kept.text,
        at=now(),
        request_key=key,
        files=[taken.attached() for taken in kept.files],
    )
    dispute.entries.append(entry)
    return entry


def _flushed(entry: DisputeEntry) -> DisputeEntry:
    session_of(entry).flush()
    return entry


def _pass_turn(dispute: Dispute, unit_id: int | None) -> None:
    at = now()
    dispute.turn_id, dispute.turn_since, dispute.due_at = unit_id, at, due(at)


def _end(dispute: Dispute, state: S) -> None:
    dispute.state, dispute.turn_id, dispute.closed_at = state, None, now()
