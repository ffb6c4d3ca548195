"""Outgoing documents 发文."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    cast,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import CleanedFile
from portal.core.db import Base, same_as
from portal.core.text import N_
from portal.documents.lifecycle import DOCUMENT
from portal.people.models import Person
from portal.units.models import Unit


class RecipientKind(StrEnum):
    """主送 / 抄送."""

    MAIN = "main"
    COPY = "copy"


RECIPIENT_KIND_LABELS = {RecipientKind.MAIN: N_("Main recipient"), RecipientKind.COPY: N_("Copied recipient")}


class Document(Base):
    """One document from the first draft to its sending. `frozen_digest` is what is approved for stamping."""

    __tablename__ = "document"
    __table_args__ = (
        DOCUMENT.check_constraint(),
        UniqueConstraint("number_code", "number_year", "number_serial"),
        Index("ix_document_holder", "holder_id", "state", "id"),  # serves the unit's lists by state, newest first
        Index("ix_document_drafter", "drafter_id", "id"),  # serves "my drafts"
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whose document it is, as of the day it was written."""
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    """Who answers for it now: the same unit, or its successor (GZ9)."""
    drafter_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    drafted_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom the drafter acted when it was begun (A-6): the draft belongs to both desks."""
    state: Mapped[str] = mapped_column(String(12), default=DOCUMENT.start)
    version: Mapped[int] = mapped_column(default=1)
    """Counts every saving; a form that was opened on an older one is refused."""
    kind: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(10))
    urgency: Mapped[str] = mapped_column(String(4), default="")
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(200), default="")
    """附注, e.g. 此件公开发布."""
    declared: Mapped[bool] = mapped_column(default=False)
    """The drafter declares: no state secret, nothing private (GZ4, GZ27)."""
    red_head: Mapped[str] = mapped_column(String(60))
    signature: Mapped[str] = mapped_column(String(100))
    """发文机关署名."""
    number_code: Mapped[str | None] = mapped_column(String(20))
    number_year: Mapped[int | None]
    number_serial: Mapped[int | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime | None]
    issue_date: Mapped[date | None] = mapped_column(Date)
    """成文日期: the day of issue in the city."""
    text_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of what was reviewed: title, text, recipients, attachments."""
    frozen_digest: Mapped[str | None] = mapped_column(String(64))
    frozen_pages: Mapped[int | None]
    freeze_error: Mapped[str | None] = mapped_column(Text)
    proof_version: Mapped[int | None]
    """The version a proof was asked of last; `proof_digest` is its file once the worker has made it."""
    proof_digest: Mapped[str | None] = mapped_column(String(64))
    proof_error: Mapped[str | None] = mapped_column(Text)
    sealed_digest: Mapped[str | None] = mapped_column(String(64))
    """The file with the seals that are on it so far."""
    seals_on: Mapped[int] = mapped_column(default=0, server_default=sql("0"))
    """How many of its issuers have stamped; several only where the document is issued jointly (D-4)."""
    stamp_error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    counted_on: Mapped[date | None] = mapped_column(Date)
    """The working day the sending counts as (GZ30)."""
    created_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    drafter: Mapped[Person] = relationship(foreign_keys=[drafter_id])
    drafted_for: Mapped[Person | None] = relationship(foreign_keys=[drafted_for_id])
    issued_by: Mapped[Person | None] = relationship(foreign_keys=[issued_by_id])
    recipients: Mapped[list[Recipient]] = relationship(
        order_by="Recipient.position", cascade="all, delete-orphan", back_populates="document"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        order_by="Attachment.position", cascade="all, delete-orphan", back_populates="document"
    )
    steps: Mapped[list[ReviewStep]] = relationship(order_by="ReviewStep.id", back_populates="document")
    joint: Mapped[list[JointUnit]] = relationship(
        order_by="JointUnit.place", cascade="all, delete-orphan", back_populates="document"
    )

    @property
    def issued_for(self) -> Person | None:
        """For whom the issuer acted (A-6)."""
        return next((step.done_for for step in reversed(self.steps) if step.outcome == "issued"), None)

    @property
    def issuer_ids(self) -> tuple[int, ...]:
        """The units that issue it in the order of their seals: the one it belongs to, then those that join it."""
        return (self.unit_id, *(item.unit_id for item in self.joint))

    @property
    def turn_id(self) -> int | None:
        """The unit whose seal comes next; None when all are on."""
        return self.issuer_ids[self.seals_on] if self.seals_on < len(self.issuer_ids) else None

    @hybrid_property
    def number(self) -> str | None:
        """发文字号, e.g. 南政办发〔2026〕12号."""
        if self.number_serial is None:
            return None
        return f"{self.number_code}〔{self.number_year}〕{self.number_serial}号"

    @number.inplace.expression
    @classmethod
    def _number_column(cls) -> ColumnElement[str]:
        year, serial = cast(cls.number_year, String), cast(cls.number_serial, String)
        return cls.number_code.concat("〔").concat(year).concat("〕").concat(serial).concat("号")


class Recipient(Base):
    """A main or copied unit with its print quota (X-2), or a name on the paper list."""

    __tablename__ = "recipient"
    __table_args__ = (
        UniqueConstraint("document_id", "unit_id"),
        CheckConstraint("kind IN ('main', 'copy')", name="kind"),
        CheckConstraint("print_quota >= 0", name="print_quota"),
        CheckConstraint("(unit_id IS NULL) <> (paper_name IS NULL)", name="one_target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(4))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    paper_name: Mapped[str | None] = mapped_column(String(100))
    print_quota: Mapped[int] = mapped_column(default=0)

    document: Mapped[Document] = relationship(back_populates="recipients")
    unit: Mapped[Unit | None] = relationship()

    @property
    def name(self) -> str:
        """The name as addressed: once the document is issued that of its day, in its file as in every list (U-3)."""
        day = self.document.issued_at or self.document.sent_at
        return self.unit.name_at(day) if self.unit else str(self.paper_name)


class JointUnit(Base):
    """A unit that issues the document together with the one it belongs to (联合发文, D-4)."""

    __tablename__ = "joint_unit"
    __table_args__ = (
        UniqueConstraint("document_id", "unit_id"),
        UniqueConstraint("document_id", "place"),
        CheckConstraint("place >= 2", name="place"),
        Index("ix_joint_unit_asked", "holder_id", "asked_at"),  # serves "issued jointly" and "whose stamp is next"
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    place: Mapped[int]
    """From 2 on: the first is the unit the document belongs to (主办机关)."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whose mark, name and seal are on it, as of the day."""
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    """Who sees it now: the same unit, or its successor (GZ9)."""
    red_head: Mapped[str] = mapped_column(String(60))
    signature: Mapped[str] = mapped_column(String(100))
    asked_at: Mapped[datetime | None]
    """When its leader was asked to sign; before that, and while the text is a draft again, the unit doesn't see it."""

    document: Mapped[Document] = relationship(back_populates="joint")
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])


class Attachment(CleanedFile, Base):
    """A file that goes with the document (GZ28); its digest is inside the frozen document."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("document_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))

    document: Mapped[Document] = relationship(back_populates="attachments")


class TextVersion(Base):
    """A text as it stood when it was handed on (D-3: every version is kept, comparable)."""

    __tablename__ = "text_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom it was handed on, by an acting person (A-6)."""
    at: Mapped[datetime]

    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    by_for: Mapped[Person | None] = relationship(foreign_keys=[for_id])


class ReviewStep(Base):
    """One desk a draft passes, with the opinion given there (D-3). Open while `done_at` is empty."""

    __tablename__ = "review_step"
    __table_args__ = (
        CheckConstraint("outcome IS NULL OR outcome IN ('passed', 'returned', 'issued')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (done_at IS NULL)", name="done"),
        CheckConstraint("outcome IS NULL OR length(opinion) > 0", name="opinion"),  # D-3
        Index("ix_review_step_open", "unit_id", "done_at", "kind"),  # serves "waiting for me"
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    version_number: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom, when an acting person did it (A-6)."""
    outcome: Mapped[str | None] = mapped_column(String(10))
    opinion: Mapped[str] = mapped_column(Text, default="")

    document: Mapped[Document] = relationship(back_populates="steps")
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id])
    done_for: Mapped[Person | None] = relationship(foreign_keys=[done_for_id])


class PageImage(Base):
    """A page of a frozen or sealed file, drawn by a worker; `digest` names the file, `image` the picture."""

    __tablename__ = "page_image"
    __table_args__ = (UniqueConstraint("document_id", "digest", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    digest: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    """From 1."""
    image: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the WebP file in the store."""
    width: Mapped[int]
    height: Mapped[int]


class NumberRegister(Base):
    """The next serial of a document code in a year (D-9); locked while a number is taken, so no gap, no double."""

    __tablename__ = "number_register"
    __table_args__ = (UniqueConstraint("unit_id", "code", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    last_serial: Mapped[int] = mapped_column(default=0)
