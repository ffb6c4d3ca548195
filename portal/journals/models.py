"""Journals 刊物 of a unit, and what their issues and articles have beside the item (M-6)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import KEY_LENGTH, Item
from portal.core.db import Base, same_as
from portal.core.text import N_
from portal.people.models import Person
from portal.units.models import Unit


class Numbering(StrEnum):
    """How issues are counted."""

    YEARLY = "yearly"
    RUNNING = "running"


NUMBERING_LABELS = {
    Numbering.YEARLY: N_("anew each year: Issue N of the year"),
    Numbering.RUNNING: N_("on and on: Issue N in all"),
}
FORMATS = {Numbering.YEARLY: "{year}年第{number}期", Numbering.RUNNING: "总第{number}期"}


class Journal(Base):
    """A journal of a unit. `holder_id` publishes it now: the unit that founded it, or that unit's heir (GZ9)."""

    __tablename__ = "journal"
    __table_args__ = (
        CheckConstraint(f"numbering IN ({', '.join(repr(one.value) for one in Numbering)})", name="numbering"),
        UniqueConstraint("unit_id", "name"),
        Index("ix_journal_holder", "holder_id"),  # serves a unit's own journals
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    name: Mapped[str] = mapped_column(String(40))
    subtitle: Mapped[str] = mapped_column(String(80), default="")
    licence: Mapped[str] = mapped_column(String(60), default="")
    """The number under which it may be printed, such as 南内资准字第012号."""
    numbering: Mapped[str] = mapped_column(String(10), default=Numbering.YEARLY)
    columns: Mapped[str] = mapped_column(Text, default="")
    """Its usual columns, one a line; proposed where articles are entered."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    editors: Mapped[list[Person]] = relationship(secondary="journal_editor", order_by="Person.id")
    reader_keys: Mapped[list[JournalReaderKey]] = relationship(
        order_by="JournalReaderKey.excluded, JournalReaderKey.key", cascade="all, delete-orphan"
    )


class JournalEditor(Base):
    """Who edits a journal, named in the imprint."""

    __tablename__ = "journal_editor"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class JournalReaderKey(Base):
    """A line of the scope that each new issue begins with."""

    __tablename__ = "journal_reader_key"

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    excluded: Mapped[bool] = mapped_column(primary_key=True, default=False)


class JournalIssue(Base):
    """An issue. It gets its number when it is published, so that a discarded draft leaves no gap."""

    __tablename__ = "journal_issue"
    __table_args__ = (
        UniqueConstraint("journal_id", "series", "number"),  # serves the next number too
        CheckConstraint("(number IS NULL) = (label = '')", name="numbered"),
        CheckConstraint("number IS NULL OR number > 0", name="counts"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    series: Mapped[int | None]
    """The year whose issues are counted, 0 where numbers run on."""
    number: Mapped[int | None]
    year: Mapped[int | None]
    """The year of publication in the city, for the archive."""
    label: Mapped[str] = mapped_column(String(40), default="")
    """As written on that day: 2026年第3期."""
    pages: Mapped[int] = mapped_column(default=0)
    """Of the PDF, once the worker has set it."""
    proofed_at: Mapped[datetime | None]
    """When its last proof was asked for."""

    item: Mapped[Item] = relationship()
    journal: Mapped[Journal] = relationship()


class JournalArticle(Base):
    """What an article has beside its item."""

    __tablename__ = "journal_article"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    column: Mapped[str] = mapped_column(String(40), default="")
    byline: Mapped[str] = mapped_column(String(100), default="")
    """Who wrote it, as printed; whoever entered it is the item's author."""

    item: Mapped[Item] = relationship()


class JournalSubscription(Base):
    """That somebody follows a journal: its new issues lie on their desk until opened."""

    __tablename__ = "journal_subscription"
    __table_args__ = (Index("ix_journal_subscription_person", "person_id"),)  # serves a reader's desk

    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    since: Mapped[datetime]
