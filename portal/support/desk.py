"""What help puts on a desk: disputes, requests for comments, training that closes soon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, case, cast, or_
from sqlalchemy.orm import aliased

from portal.core.clock import now
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.support.lifecycle import DISPUTE_LABELS, DisputeState
from portal.support.models import Consultation, Dispute, Training
from portal.support.queries import consultations, disputes, training
from portal.units.models import Unit

DISPUTE, DISPUTES = "support.dispute", "support.disputes"
CONSULTATION, CONSULTATIONS = "support.consultation", "support.consultations"
TRAINING, TRAININGS = "support.training", "support.training_list"
OURS, THEIRS = "disputes", "dispute-overdue"
SECTIONS = (
    SectionKind(OURS, N_("Dispute to answer"), "message", Part.TODO, DISPUTES, 190),
    SectionKind("consultations", N_("Comments asked for"), "speakerphone", Part.TODO, CONSULTATIONS, 200),
    SectionKind(THEIRS, N_("Dispute not answered by the other unit"), "clock-exclamation", Part.WATCH, DISPUTES, 210),
    SectionKind("training", N_("Training: enrolment closes soon"), "calendar-event", Part.NEWS, TRAININGS, 260),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that help fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of help lies before the person."""
    if person.may(P.SUPPORT_DISPUTE) or person.may(P.SUPPORT_MANAGE):
        yield Pile("disputes", _disputes(person), _dispute_line)
    if person.may(P.SUPPORT_DISPUTE):
        yield Pile("consultations", _consultations(person), _consultation_line)
    if person.may(P.SUPPORT_VIEW):
        yield Pile("training", _training(person), lambda row: _training_line(person, row))


def _disputes(person: Person) -> Select[Any]:
    """Disputes that wait for the person's unit or the office, and those the other side lets lie (GZ7)."""
    opener, other = aliased(Unit), aliased(Unit)
    ours = or_(Dispute.turn_id.is_(None), Dispute.turn_id == person.unit_id)
    columns = found(
        "disputes",
        id=Dispute.id,
        title=Dispute.subject,
        at=Dispute.turn_since,
        mark_at=Dispute.due_at,
        mark=case((ours, OURS), else_=THEIRS),
        party=case((Dispute.opener_id == person.unit_id, other.short_name), else_=opener.short_name),
        state=Dispute.state,
    )
    live = disputes.live_between(person).where(or_(ours, Dispute.due_at <= moment()))
    live = live.join(opener, opener.id == Dispute.opener_id).join(other, other.id == Dispute.other_id)
    return live.with_only_columns(*columns, maintain_column_froms=True).order_by(Dispute.id)


def _dispute_line(row: Found) -> Line:
    return Line(
        row.mark or OURS,
        row.title,
        DISPUTE,
        {"dispute_id": row.id},
        row.at,
        party=row.party or "",
        state=DISPUTE_LABELS[DisputeState(row.state)],
        late=_is_past(row),
        due=row.mark_at,
    )


def _consultations(person: Person) -> Select[Any]:
    """Requests for comments the unit hasn't answered (GZ6(3))."""
    columns = found(
        "consultations",
        id=Consultation.id,
        title=Consultation.title,
        at=Consultation.published_at,
        mark_at=Consultation.due_at,
        party=Unit.short_name,
    )
    asked = consultations.to_answer(person).join(Person, Person.id == Consultation.published_by_id)
    asked = asked.join(Unit, Unit.id == Person.unit_id)
    return asked.with_only_columns(*columns, maintain_column_froms=True).order_by(Consultation.due_at)


def _consultation_line(row: Found) -> Line:
    return Line(
        "consultations",
        row.title,
        CONSULTATION,
        {"consultation_id": row.id},
        row.at,
        party=row.party or "",
        late=_is_past(row),
        due=row.mark_at,
    )


def _training(person: Person) -> Select[Any]:
    """Training whose enrolment closes soon (GZ6(4))."""
    columns = found(
        "training",
        id=Training.id,
        title=Training.title,
        at=Training.announced_at,
        party=Unit.short_name,
        mark=cast(Training.roles, String),
    )
    closing = training.closing_for(person).join(Person, Person.id == Training.organiser_id)
    closing = closing.join(Unit, Unit.id == Person.unit_id)
    return closing.with_only_columns(*columns, maintain_column_froms=True).order_by(Training.enrol_until)


def _training_line(person: Person, row: Found) -> Line | None:
    roles = json.loads(row.mark or "[]")
    if roles and not person.own_roles & set(roles):
        return None  # meant for others
    return Line("training", row.title, TRAINING, {"training_id": row.id}, row.at, party=row.party or "")


def _is_past(row: Found) -> bool:
    return row.mark_at is not None and row.mark_at <= now()
