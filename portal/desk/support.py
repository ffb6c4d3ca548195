"""Lines of help on the home page: disputes, requests for comments, training that closes soon."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session, joinedload

from portal.core.clock import now
from portal.desk.sections import CONSULTATION, DISPUTE, TRAINING, Line
from portal.people.models import Person
from portal.support.lifecycle import DISPUTE_LABELS, DisputeState
from portal.support.models import Consultation, Dispute, Training
from portal.support.queries import consultations, disputes, training


def dispute_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Disputes that wait for the person's unit or the office, and those the other side lets lie (GZ7)."""
    rows = session.scalars(
        disputes.live_between(person)
        .options(joinedload(Dispute.opener), joinedload(Dispute.other))
        .order_by(Dispute.id)
        .limit(most)
    )
    for dispute in rows:
        ours = dispute.turn_id in (None, person.unit_id)
        late = now() >= dispute.due_at
        if ours or late:
            other = dispute.other if dispute.opener_id == person.unit_id else dispute.opener
            yield Line(
                "disputes" if ours else "dispute-overdue",
                dispute.subject,
                DISPUTE,
                {"dispute_id": dispute.id},
                dispute.turn_since,
                party=other.short_name,
                state=DISPUTE_LABELS[DisputeState(dispute.state)],
                late=late,
            )


def consultation_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Requests for comments the unit hasn't answered (GZ6(3))."""
    for asked in session.scalars(consultations.to_answer(person).order_by(Consultation.due_at).limit(most)):
        item = asked.consultation
        target = {"consultation_id": item.id}
        yield Line(
            "consultations",
            item.title,
            CONSULTATION,
            target,
            item.published_at,
            party=item.published_by.unit.short_name,
            number=item.due_on.isoformat(),
            late=now() >= item.due_at,
        )


def training_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Training for the person's roles whose enrolment closes soon (GZ6(4))."""
    rows = session.scalars(
        training.closing_for(person).options(joinedload(Training.organiser)).order_by(Training.enrol_until).limit(most)
    )
    for item in rows:
        if not item.roles or person.own_roles & set(item.roles):
            yield Line(
                "training",
                item.title,
                TRAINING,
                {"training_id": item.id},
                item.announced_at,
                party=item.organiser.unit.short_name,
            )
