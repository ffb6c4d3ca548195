"""Requests to deal with a matter: what only they have beside the item, and their life at each receiver."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import Item
from portal.core.db import Base, same_as
from portal.documents.models import Document
from portal.people.models import Person
from portal.tasks.lifecycle import ASSIGNMENT
from portal.units.models import Unit

_WHOLE_UNIT, _NAMED = text("person_id IS NULL"), text("person_id IS NOT NULL")


class Task(Base):
    """A request: an item with a limit. `requester_id` follows it now: its author, or who took over from them."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("days > 0", name="days"),
        CheckConstraint("NOT leaders_matter OR length(instructed_by) > 0", name="instructed"),
        Index("ix_task_requester", "requester_id"),  # serves the desk of who asked
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    leaders_matter: Mapped[bool] = mapped_column(default=False)
    """Handed down by a leader: it stands on the supervision list until each receiver has a result."""
    instructed_by: Mapped[str] = mapped_column(String(60), default="")
    days: Mapped[int]
    """Working days from the sending on."""
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))

    item: Mapped[Item] = relationship()
    requester: Mapped[Person] = relationship()
    document: Mapped[Document | None] = relationship()
    assignments: Mapped[list[Assignment]] = relationship(order_by="Assignment.id", back_populates="task")


class Assignment(Base):
    """The request at one receiver, a unit or a named person of it, with a life of its own.

    `unit_id`: the unit that was asked; `holder_id`: who answers now, it or its heir. `person_id`: the person asked by
    name; `assignee_id`: who deals with it now.
    """

    __tablename__ = "task_assignment"
    __table_args__ = (
        ASSIGNMENT.check_constraint(),
        CheckConstraint("state = 'planned' OR (due_at IS NOT NULL AND due_on IS NOT NULL)", name="limit"),
        CheckConstraint("(asked_until IS NULL) = (asked_at IS NULL)", name="asked"),
        CheckConstraint("state = 'accepted' OR asked_at IS NULL", name="asked_while_open"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (ended_at IS NOT NULL)", name="ended"),
        Index(
            "uq_task_assignment_unit",
            "item_id",
            "unit_id",
            unique=True,
            sqlite_where=_WHOLE_UNIT,
            postgresql_where=_WHOLE_UNIT,
        ),
        Index(
            "uq_task_assignment_person",
            "item_id",
            "person_id",
            unique=True,
            sqlite_where=_NAMED,
            postgresql_where=_NAMED,
        ),
        Index("ix_task_assignment_holder", "holder_id", "state", "id"),  # serves "asked of us"
        Index("ix_task_assignment_assignee", "assignee_id", "state"),  # serves the desk
        Index("ix_task_assignment_due", "state", "due_at"),  # serves the reminders
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("task.item_id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10), default=ASSIGNMENT.start)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    """The end of that day in the city."""
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    """When the last reply came."""
    ended_at: Mapped[datetime | None]
    asked_until: Mapped[date | None]
    """The new limit somebody asks for, until it is granted or refused."""
    asked_reason: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime | None]
    delay_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it takes longer, as last explained to the requester (GZ42)."""
    delayed_at: Mapped[datetime | None]
    warned_for: Mapped[date | None]
    """The limit of which the receiver was reminded the day before."""
    late_for: Mapped[date | None]
    """The limit whose passing was noted."""

    task: Mapped[Task] = relationship(back_populates="assignments")
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    assignee: Mapped[Person | None] = relationship(foreign_keys=[assignee_id])
    replies: Mapped[list[Reply]] = relationship(order_by="Reply.number", back_populates="assignment")


class Reply(Base):
    """An answer of a receiver; sent back, it stays on record and another follows."""

    __tablename__ = "task_reply"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number"),
        CheckConstraint("outcome IN ('', 'accepted', 'sent-back')", name="outcome"),
        CheckConstraint("length(text) > 0", name="text"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("task_assignment.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    author_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(10), default="")

    assignment: Mapped[Assignment] = relationship(back_populates="replies")
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    author_for: Mapped[Person | None] = relationship(foreign_keys=[author_for_id])
    files: Mapped[list[ReplyFile]] = relationship(order_by="ReplyFile.id", back_populates="reply")


class ReplyFile(Base):
    """A file of a reply, checked and cleaned as attachments of documents are."""

    __tablename__ = "task_reply_file"
    __table_args__ = (UniqueConstraint("reply_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("task_reply.id"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))

    reply: Mapped[Reply] = relationship(back_populates="files")


class TaskExport(Base):
    """A list as a workbook, made by a worker for who asked for it."""

    __tablename__ = "task_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The filters of the list."""
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(String(200), default="")

    asked_by: Mapped[Person] = relationship()
