"""Disputes, consultations, downloads, training and self-checks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import to_city
from portal.core.db import Base
from portal.core.text import N_
from portal.exchange.models import Delivery
from portal.people.models import Person
from portal.support.lifecycle import DISPUTE
from portal.units.models import Unit


class EntryKind(StrEnum):
    """What an entry of a dispute is."""

    OPENING = "opening"
    ANSWER = "answer"
    PROPOSAL = "proposal"
    ACCEPTANCE = "acceptance"
    ESCALATION = "escalation"
    COORDINATION = "coordination"
    DECISION = "decision"
    WITHDRAWAL = "withdrawal"


class Category(StrEnum):
    """What is offered for download (GZ6(2)(5))."""

    SPECIFICATION = "specification"
    SOFTWARE = "software"
    TRAINING = "training"


CATEGORY_LABELS = {
    Category.SPECIFICATION: N_("Working specification"),
    Category.SOFTWARE: N_("Client software"),
    Category.TRAINING: N_("Training material"),
}


def _among(column: str, values: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint("{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values)), name=column)


class Dispute(Base):
    """A dispute between two units over the exchange (GZ7)."""

    __tablename__ = "dispute"
    __table_args__ = (
        DISPUTE.check_constraint(),
        CheckConstraint("opener_id <> other_id", name="two_units"),
        CheckConstraint("state NOT IN ('escalated', 'decided') OR escalated_at IS NOT NULL", name="escalated"),
        CheckConstraint(
            "(state IN ('settled', 'decided', 'withdrawn') AND closed_at IS NOT NULL)"
            " OR (state IN ('open', 'proposed', 'escalated') AND closed_at IS NULL)",
            name="closed",
        ),
        Index("ix_dispute_opener", "opener_id", "id"),  # serves the list of the unit that opened it
        Index("ix_dispute_other", "other_id", "id"),  # serves the list of the other unit
        Index("ix_dispute_escalated", "escalated_at", "id"),  # serves the office's list
        Index("ix_dispute_turn", "turn_id", "state", "id"),  # serves the count of what waits for a unit
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    opener_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    subject: Mapped[str] = mapped_column(String(200))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    state: Mapped[str] = mapped_column(String(10), default=DISPUTE.start)
    opened_at: Mapped[datetime]
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Whose turn it is: one of the two units; None when it is the office's, or over."""
    turn_since: Mapped[datetime]
    due_at: Mapped[datetime]
    """When an answer is overdue: three working days after the turn began."""
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    opener: Mapped[Unit] = relationship(foreign_keys=[opener_id])
    other: Mapped[Unit] = relationship(foreign_keys=[other_id])
    turn: Mapped[Unit | None] = relationship(foreign_keys=[turn_id])
    delivery: Mapped[Delivery | None] = relationship()
    entries: Mapped[list[DisputeEntry]] = relationship(order_by="DisputeEntry.id", back_populates="dispute")

    @property
    def last_day(self) -> date:
        """The last day on which an answer is in time."""
        return to_city(self.due_at - timedelta(seconds=1)).date()

    def opposite(self, unit_id: int) -> int:
        """The other one of the two units."""
        return self.other_id if unit_id == self.opener_id else self.opener_id


class DisputeEntry(Base):
    """What one side, or the office, put on record. The ledger names it but doesn't repeat it: until the dispute is
    brought before the office, nobody but the two units reads it."""

    __tablename__ = "dispute_entry"
    __table_args__ = (
        UniqueConstraint("request_key"),
        _among("kind", EntryKind),
        CheckConstraint("length(text) > 0", name="text"),
        Index("ix_dispute_entry_dispute", "dispute_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id"))
    kind: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    request_key: Mapped[str] = mapped_column(String(40))
    """From the form: the same click twice is one entry."""

    dispute: Mapped[Dispute] = relationship(back_populates="entries")
    files: Mapped[list[SupportFile]] = relationship(order_by="SupportFile.id")


class Consultation(Base):
    """A request for comments 征求意见 to units (GZ6(3))."""

    __tablename__ = "consultation"
    __table_args__ = (
        UniqueConstraint("request_key"),
        CheckConstraint(
            "(concluded_at IS NULL AND summary IS NULL) OR (concluded_at IS NOT NULL AND length(summary) > 0)",
            name="concluded",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime]
    """The end of that day in the city."""
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    summary: Mapped[str | None] = mapped_column(Text)
    concluded_at: Mapped[datetime | None]
    request_key: Mapped[str] = mapped_column(String(40))

    published_by: Mapped[Person] = relationship()
    files: Mapped[list[SupportFile]] = relationship(order_by="SupportFile.id")


class ConsultationUnit(Base):
    """A unit that is asked, and its one answer."""

    __tablename__ = "consultation_unit"
    __table_args__ = (
        UniqueConstraint("consultation_id", "unit_id"),
        CheckConstraint(
            "(answered_at IS NULL AND text IS NULL) OR (answered_at IS NOT NULL AND length(text) > 0)", name="answer"
        ),
        Index("ix_consultation_unit_unit", "unit_id", "consultation_id"),  # serves a unit's list
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    late: Mapped[bool] = mapped_column(default=False)

    consultation: Mapped[Consultation] = relationship()
    unit: Mapped[Unit] = relationship()
    answered_by: Mapped[Person | None] = relationship()
    files: Mapped[list[SupportFile]] = relationship(order_by="SupportFile.id")


class SupportFile(Base):
    """A file that came with a dispute's entry, a request for comments or an answer."""

    __tablename__ = "support_file"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN entry_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN consultation_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN answer_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_place",
        ),
        Index("ix_support_file_entry", "entry_id"),
        Index("ix_support_file_consultation", "consultation_id"),
        Index("ix_support_file_answer", "answer_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("dispute_entry.id"))
    consultation_id: Mapped[int | None] = mapped_column(ForeignKey("consultation.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("consultation_unit.id"))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class Material(Base):
    """Something for download; its file is that of the newest version."""

    __tablename__ = "material"
    __table_args__ = (
        UniqueConstraint("title"),
        _among("category", Category),
        Index("ix_material_category", "category", "id"),  # serves the list by category
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(15))
    title: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)

    versions: Mapped[list[MaterialVersion]] = relationship(
        order_by="MaterialVersion.number.desc()", back_populates="material"
    )


class MaterialVersion(Base):
    """One version; replaced ones are kept."""

    __tablename__ = "material_version"
    __table_args__ = (
        UniqueConstraint("material_id", "number"),
        UniqueConstraint("material_id", "label"),
        UniqueConstraint("material_id", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    """The version as people write it: V2.1, 2026年修订."""
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    material: Mapped[Material] = relationship(back_populates="versions")


class Training(Base):
    """A training session (GZ6(4)): of the city, or of a district for its own units."""

    __tablename__ = "training"
    __table_args__ = (
        UniqueConstraint("request_key"),
        CheckConstraint("places > 0", name="places"),
        CheckConstraint("ends_at > starts_at AND enrol_until <= starts_at", name="times"),
        CheckConstraint(
            "(cancelled_at IS NULL AND cancel_reason IS NULL)"
            " OR (cancelled_at IS NOT NULL AND length(cancel_reason) > 0)",
            name="cancelled",
        ),
        Index("ix_training_district", "district_id", "id"),  # serves the list
        Index("ix_training_enrol_until", "enrol_until"),  # serves the desk: enrolments that close soon
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    enrol_until: Mapped[datetime]
    places: Mapped[int]
    roles: Mapped[list[Any]] = mapped_column(JSON)
    """For people holding one of these; empty for everybody."""
    district_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    organiser_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    announced_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    attendance_at: Mapped[datetime | None]
    list_asked_at: Mapped[datetime | None]
    list_made_at: Mapped[datetime | None]
    list_digest: Mapped[str | None] = mapped_column(String(64))
    list_error: Mapped[str | None] = mapped_column(Text)
    request_key: Mapped[str] = mapped_column(String(40))

    district: Mapped[Unit | None] = relationship()
    organiser: Mapped[Person] = relationship()


class Enrolment(Base):
    """A person in a training session: with a seat, or waiting for one, or gone.

    A seat is one number that only one person can have: two people at once never get the last one both.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("training_id", "person_id"),
        UniqueConstraint("training_id", "seat"),
        CheckConstraint("seat IS NULL OR (seat > 0 AND left_at IS NULL)", name="seat"),
        CheckConstraint("attended IS NULL OR seat IS NOT NULL", name="attended"),
        Index("ix_enrolment_unit", "unit_id", "id"),  # serves the unit's record of training
        Index("ix_enrolment_person", "person_id", "id"),  # serves the marks in the list
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    seat: Mapped[int | None]
    enrolled_at: Mapped[datetime]
    enrolled_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    left_at: Mapped[datetime | None]
    attended: Mapped[bool | None]

    training: Mapped[Training] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    unit: Mapped[Unit] = relationship()


class SelfCheck(Base):
    """The last self-check of one computer of a unit (IG6)."""

    __tablename__ = "self_check"
    __table_args__ = (
        UniqueConstraint("unit_id", "computer"),  # serves the unit's list too
        CheckConstraint("worst IN ('good', 'warn', 'bad')", name="worst"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    computer: Mapped[str] = mapped_column(String(60))
    """The name people call it by: 交换站1号机."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    findings: Mapped[dict[str, Any]] = mapped_column(JSON)
    worst: Mapped[str] = mapped_column(String(4))
    address: Mapped[str] = mapped_column(String(60))
    agent: Mapped[str] = mapped_column(String(200))

    unit: Mapped[Unit] = relationship()
    person: Mapped[Person] = relationship()
