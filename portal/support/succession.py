"""What a change of a unit does to its disputes, requests for comments and training (GZ6, GZ7, GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.support.lifecycle import DISPUTE, LIVE, DisputeAct
from portal.support.models import Consultation, ConsultationUnit, Dispute, DisputeEntry, Enrolment, EntryKind, Training
from portal.support.operations.training import move_up
from portal.units.hooks import Change, ChangeKind, Effect

DISPUTES = Effect(
    "support.disputes",
    N_("Disputes of the unit"),
    N_("The heir takes the unit's place; one between the two of them ends."),
    0,
)
ASKED = Effect(
    "support.consultations",
    N_("Requests for comments without an answer"),
    N_("The heir is asked instead, once only."),
    0,
)
SEATS = Effect(
    "support.seats",
    N_("Enrolments of people who don't stay"),
    N_("Their places in training to come go to those who wait."),
    0,
)
RECORD = Effect("support.record", N_("Other enrolments in training"), N_("They go into the heir's record."), 0)
COURSES = Effect(
    "support.courses",
    N_("Training announced for the district"),
    N_("Who administers the district's units from then on runs it."),
    0,
)
EXAMPLES = 5


def survey(session: Session, change: Change) -> list[Effect]:
    """Disputes with the heir and with others, unanswered requests, enrolments, the district's training."""
    rows = [_row(SEATS, [seat.person.name for seat in _seats(session, change)])]
    if change.kind is not ChangeKind.RENAME:
        rows += [
            _row(DISPUTES, [one.subject for one in _disputes(session, change)]),
            _row(ASKED, [one.consultation.title for one in _asked(session, change)]),
            replace(RECORD, count=_recorded(session, change)),
            _row(COURSES, [one.title for one in _courses(session, change)]),
        ]
    return [row for row in rows if row.count]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Do what the survey said, on locked rows."""
    _lock(session, change)
    effects = survey(session, change)
    for seat in _seats(session, change):
        _give_back(session, seat, actor)
    if change.kind is not ChangeKind.RENAME:
        for dispute in _disputes(session, change):
            if change.heir.id not in (dispute.opener_id, dispute.other_id):
                _take_place(dispute, change, actor)
            elif dispute.state in LIVE:
                _end(dispute, change, actor)
        _ask_heir(session, change)
        own = update(Enrolment).where(Enrolment.unit_id == change.unit.id).values(unit_id=change.heir.id)
        session.execute(own.execution_options(synchronize_session="fetch"))
        for course in _courses(session, change):
            course.district_id = change.district_id
    session.flush()
    return effects


def _lock(session: Session, change: Change) -> None:
    """The rows that acts of others may be changing this moment, in the order in which those acts lock them."""
    session.scalars(_of_unit(change).with_for_update(of=Dispute).execution_options(populate_existing=True)).all()
    seats = select(Enrolment.training_id).where(Enrolment.unit_id == change.unit.id)
    courses = select(Training).where(Training.id.in_(seats)).order_by(Training.id).with_for_update(of=Training)
    session.scalars(courses.execution_options(populate_existing=True)).all()


def _of_unit(change: Change) -> Select[Dispute]:
    sides = or_(Dispute.opener_id == change.unit.id, Dispute.other_id == change.unit.id)
    return select(Dispute).where(sides).order_by(Dispute.id)


def _disputes(session: Session, change: Change) -> Sequence[Dispute]:
    """All of the unit's. One count: of two units that merge, the second finds the heir in the first one's place."""
    return session.scalars(_of_unit(change)).all()


def _take_place(dispute: Dispute, change: Change, actor: Actor) -> None:
    former, heir = change.unit.id, change.heir.id
    for column in ("opener_id", "other_id", "turn_id", "proposed_by_id"):
        if getattr(dispute, column) == former:
            setattr(dispute, column, heir)
    record(Event.DISPUTE_INHERITED, subject=dispute, actor=actor, unit_id=heir, former=former, heir=heir)


def _end(dispute: Dispute, change: Change, actor: Actor) -> None:
    dispute.state, dispute.turn_id = DISPUTE.advance(dispute.state, DisputeAct.WITHDRAW), None
    dispute.closed_at = now()
    entry = DisputeEntry(
        kind=EntryKind.WITHDRAWAL,
        unit_id=change.unit.id,
        person_id=actor.id,
        text=change.reason,
        at=now(),
        request_key=f"succession-{dispute.id}",
    )
    dispute.entries.append(entry)
    session_of(entry).flush()
    record(Event.DISPUTE_WITHDRAWN, subject=dispute, actor=actor, entry=entry.id)


def _asked(session: Session, change: Change) -> Sequence[ConsultationUnit]:
    wanted = select(ConsultationUnit).join(ConsultationUnit.consultation)
    open_ones = (ConsultationUnit.answered_at.is_(None), Consultation.concluded_at.is_(None))
    mine = wanted.where(ConsultationUnit.unit_id == change.unit.id, *open_ones).order_by(ConsultationUnit.id)
    return session.scalars(mine.with_for_update(of=ConsultationUnit)).all()


def _ask_heir(session: Session, change: Change) -> None:
    other = aliased(ConsultationUnit)
    for asked in _asked(session, change):
        same = (other.consultation_id == asked.consultation_id, other.unit_id == change.heir.id)
        if session.scalar(select(other.id).where(*same)) is None:
            asked.unit_id = change.heir.id
        else:
            session.delete(asked)


def _seats(session: Session, change: Change) -> Sequence[Enrolment]:
    """Of people whose accounts are closed with the change, in training that hasn't begun."""
    to_come = (Training.starts_at > now(), Training.cancelled_at.is_(None))
    mine = (Enrolment.unit_id == change.unit.id, Enrolment.left_at.is_(None))
    gone = Enrolment.person_id.not_in(change.going_on)
    found = select(Enrolment).join(Enrolment.training).where(*mine, *to_come, gone)
    # Those who wait first, so that nobody who goes is moved up meanwhile.
    in_order = found.order_by(Enrolment.training_id, Enrolment.seat.is_not(None), Enrolment.id)
    return session.scalars(in_order).all()


def _give_back(session: Session, seat: Enrolment, actor: Actor) -> None:
    seat.seat, seat.left_at = None, now()
    session.flush()
    record(Event.TRAINING_LEFT, subject=seat.training, actor=actor, person=seat.person_id)
    move_up(session, seat.training)


def _recorded(session: Session, change: Change) -> int:
    mine = session.scalar(select(func.count()).where(Enrolment.unit_id == change.unit.id)) or 0
    return mine - len(_seats(session, change))


def _courses(session: Session, change: Change) -> Sequence[Training]:
    return session.scalars(select(Training).where(Training.district_id == change.unit.id).order_by(Training.id)).all()


def _row(effect: Effect, names: Sequence[str]) -> Effect:
    return replace(effect, count=len(names), examples=tuple(names[:EXAMPLES]))
