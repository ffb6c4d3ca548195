"""How documents travel: deliveries and copies."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, same_as
from portal.core.text import N_
from portal.documents.models import Document
from portal.exchange.lifecycle import COPY, DELIVERY
from portal.people.models import Person
from portal.units.models import DocumentClass, Unit


class CopyKind(StrEnum):
    """A numbered print (X-5) or a declassified download 脱密下载 (X-6)."""

    PRINT = "print"
    DOWNLOAD = "download"


COPY_KIND_LABELS = {CopyKind.PRINT: N_("Numbered print"), CopyKind.DOWNLOAD: N_("Declassified download")}


class Delivery(Base):
    """A document on its way to one unit."""

    __tablename__ = "delivery"
    __table_args__ = (
        DELIVERY.check_constraint(),
        UniqueConstraint("document_id", "unit_id"),
        CheckConstraint("printed <= print_quota", name="quota"),  # X-5, whoever is quick
        CheckConstraint("(claimed_by_id IS NULL) = (claimed_at IS NULL)", name="claimed"),
        CheckConstraint("claimed_for_id IS NULL OR claimed_by_id IS NOT NULL", name="claimed_for"),
        Index("ix_delivery_taken_from", "taken_from_id", "claimed_at"),  # serves "taken over from you" on the desk
        Index("ix_delivery_inbox", "holder_id", "id"),  # serves the inbox, newest first
        Index("ix_delivery_state", "holder_id", "state", "id"),  # serves the inbox's tabs and counts
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whom it was addressed to."""
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    """Who answers for it now: the same unit, or its successor (GZ9)."""
    kind: Mapped[str] = mapped_column(String(4))
    state: Mapped[str] = mapped_column(String(10), default=DELIVERY.start)
    print_quota: Mapped[int]
    printed: Mapped[int] = mapped_column(default=0)
    downloaded: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whose item it is in the unit's mailbox: one named person (认领)."""
    claimed_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_at: Mapped[datetime | None]
    taken_from_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who had claimed it before somebody else took it over."""
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Result of the automatic checks (X-4), None while they run."""
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    returned_reason: Mapped[str | None] = mapped_column(Text)
    returned_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    received_how: Mapped[str | None] = mapped_column(String(10))
    counted_on: Mapped[date | None] = mapped_column(Date)
    urged_at: Mapped[datetime | None]
    urged_times: Mapped[int] = mapped_column(default=0)

    document: Mapped[Document] = relationship()
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    opened_by: Mapped[Person | None] = relationship(foreign_keys=[opened_by_id])
    checked_by: Mapped[Person | None] = relationship(foreign_keys=[checked_by_id])
    checked_for: Mapped[Person | None] = relationship(foreign_keys=[checked_for_id])
    claimed_by: Mapped[Person | None] = relationship(foreign_keys=[claimed_by_id])
    claimed_for: Mapped[Person | None] = relationship(foreign_keys=[claimed_for_id])
    copies: Mapped[list[Copy]] = relationship(order_by="Copy.id", back_populates="delivery")


class Copy(Base):
    """A numbered print or a marked download of a received document."""

    __tablename__ = "copy"
    __table_args__ = (
        COPY.check_constraint(),
        UniqueConstraint("delivery_id", "kind", "number"),
        UniqueConstraint("request_key"),
        UniqueConstraint("mark"),  # serves the verification page too
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=COPY.start)
    request_key: Mapped[str] = mapped_column(String(40))
    """From the form: the same click twice asks for the same copy."""
    mark: Mapped[str] = mapped_column(String(14))
    """The number in the margin, for typing into the verification page; not to be guessed."""
    attempt: Mapped[int] = mapped_column(default=1)
    """Counts the requests to the seal server, so that an answer to a former one is known."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom the acting person asked (A-6)."""
    asked_at: Mapped[datetime]
    code: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)

    delivery: Mapped[Delivery] = relationship(back_populates="copies")
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    asked_for: Mapped[Person | None] = relationship(foreign_keys=[asked_for_id])


class MoreCopiesRequest(Base):
    """A recipient asks the sender for more prints, with the reason (X-8)."""

    __tablename__ = "more_copies_request"
    __table_args__ = (
        CheckConstraint("length(reason) > 0", name="reason"),
        CheckConstraint("answer IS NULL OR answer IN ('granted', 'refused')", name="answer"),
        Index("ix_more_copies_request_delivery", "delivery_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    wanted: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom, when an acting person asked (A-6)."""
    asked_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(10))
    granted: Mapped[int | None]
    answer_reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]

    delivery: Mapped[Delivery] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    asked_for: Mapped[Person | None] = relationship(foreign_keys=[asked_for_id])


class PaperArrival(Base):
    """Paper that has arrived: along with a delivery, or alone. The latter stays open until it is settled (LYG 二)."""

    __tablename__ = "paper_arrival"
    __table_args__ = (
        UniqueConstraint("delivery_id"),
        CheckConstraint("length(title) > 0", name="title"),
        CheckConstraint(
            f"document_class IN ({', '.join(repr(c.value) for c in DocumentClass)})", name="document_class"
        ),
        CheckConstraint("settled_at IS NULL OR length(settled_how) > 0", name="settled"),
        Index("ix_paper_arrival_holder", "holder_id", "id"),  # serves the list of what came on paper, newest first
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Where it arrived."""
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    """Who answers for it now: that unit, or its heir (GZ9)."""
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    sender_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    document_class: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(60))
    arrived_on: Mapped[date] = mapped_column(Date)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_how: Mapped[str] = mapped_column(String(200), default="")

    sender: Mapped[Unit] = relationship(foreign_keys=[sender_id])
    recorded_by: Mapped[Person] = relationship()


class Half(StrEnum):
    """The halves of a working day in which a unit looks at its inbox (EE11)."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class InboxCheck(Base):
    """Somebody of the unit looked at its inbox in this half of a working day (A-10): the first who did."""

    __tablename__ = "inbox_check"
    __table_args__ = (
        UniqueConstraint("unit_id", "day", "half"),  # serves the unit's own record too
        CheckConstraint("half IN ('morning', 'afternoon')", name="half"),
        Index("ix_inbox_check_day", "day", "unit_id"),  # serves the board of all units
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    day: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class VerificationRequest(Base):
    """A file somebody brought to the public verification page; the file itself is gone once it is judged."""

    __tablename__ = "verification_request"
    __table_args__ = (UniqueConstraint("token"), Index("ix_verification_request_asked", "asked_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(43))
    """Names the result's page; only who brought the file knows it."""
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    asked_at: Mapped[datetime]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """None while the worker is at it."""
