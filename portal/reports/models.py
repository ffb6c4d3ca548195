"""What only special reports have: when they are shown, and what leaders instructed on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import Item
from portal.core.db import Base
from portal.people.models import Person


class Report(Base):
    """A report: its sender sets the time in which its readers see it (GZ43); None: at once, for ever."""

    __tablename__ = "special_report"
    __table_args__ = (
        CheckConstraint("shown_from IS NULL OR shown_until IS NULL OR shown_from < shown_until", name="time"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    shown_from: Mapped[datetime | None]
    shown_until: Mapped[datetime | None]

    item: Mapped[Item] = relationship()


class Instruction(Base):
    """What a leader wrote on a report. What comes of it is a request, an item of its own with limit and result."""

    __tablename__ = "report_instruction"
    __table_args__ = (
        UniqueConstraint("item_id", "person_id", "text_digest"),  # a double click gives one instruction
        UniqueConstraint("task_id"),  # serves the way back from the request
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    """Of the words and of whom they name: the same words may go to two units."""
    given_at: Mapped[datetime]
    task_id: Mapped[int] = mapped_column(ForeignKey("item.id"))

    item: Mapped[Item] = relationship(foreign_keys=[item_id])
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    person_for: Mapped[Person | None] = relationship(foreign_keys=[person_for_id])
