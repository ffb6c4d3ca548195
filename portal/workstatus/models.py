"""Columns of work status, their entries, and the items every unit owes (M-2, GZ41)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import Item
from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.units.models import Unit

NAME_LENGTH = 40
TITLE_LENGTH = 60
REASON_LENGTH = 200


class Writers(StrEnum):
    """Who may write in a column."""

    ALL = "all"
    OWNER = "owner"
    BELOW = "below"


class DueKind(StrEnum):
    """What every unit owes: each of them by itself (GZ41 分别)."""

    YEAR_SUMMARY = "year-summary"
    YEAR_PLAN = "year-plan"
    MONTH_REPORT = "month-report"
    MONTH_PLAN = "month-plan"


YEARLY = (DueKind.YEAR_SUMMARY, DueKind.YEAR_PLAN)
MONTHLY = (DueKind.MONTH_REPORT, DueKind.MONTH_PLAN)
DUE_LABELS = {
    DueKind.YEAR_SUMMARY: N_("Yearly summary"),
    DueKind.YEAR_PLAN: N_("Yearly plan"),
    DueKind.MONTH_REPORT: N_("Monthly report"),
    DueKind.MONTH_PLAN: N_("Monthly plan"),
}


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class WorkColumn(Base):
    """A column 栏目 of one unit, or of the whole city when `owner_id` is empty. Closed ones keep their entries."""

    __tablename__ = "work_column"
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        Index(
            "uq_work_column_of_the_city",
            "name",
            unique=True,
            sqlite_where=text("owner_id IS NULL"),
            postgresql_where=text("owner_id IS NULL"),
        ),
        CheckConstraint(_one_of("writers", Writers), name="writers"),
        CheckConstraint("owner_id IS NOT NULL OR writers <> 'below'", name="below_a_unit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    writers: Mapped[str] = mapped_column(String(10), default=Writers.ALL)
    takes: Mapped[str] = mapped_column(String(20), default="")
    """The kind of due item it is chosen for beforehand, if any."""
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    owner: Mapped[Unit | None] = relationship()


class WorkEntry(Base):
    """An entry: an item in a column, perhaps written for something the unit owes."""

    __tablename__ = "work_entry"
    __table_args__ = (
        Index("ix_work_entry_column", "column_id", "published_at", "item_id"),  # serves the list of a column
        Index("ix_work_entry_due", "due_id", "item_id"),  # serves what else was written for a due item
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("work_column.id"))
    due_id: Mapped[int | None] = mapped_column(ForeignKey("work_due.id"))
    published_at: Mapped[datetime | None]
    """As the item's while it is out, for the index."""

    item: Mapped[Item] = relationship()
    column: Mapped[WorkColumn] = relationship()
    due: Mapped[WorkDue | None] = relationship()


class WorkDue(Base):
    """Something every unit owes by a day. One row for the whole city; what each unit did stands in fulfilments.

    `year` and `month` say when it is owed (month 0: in the course of a year); `title` is what officials call it.
    """

    __tablename__ = "work_due"
    __table_args__ = (
        UniqueConstraint("kind", "year", "month"),
        CheckConstraint(_one_of("kind", DueKind), name="kind"),
        CheckConstraint("month BETWEEN 0 AND 12", name="month"),
        Index("ix_work_due_year", "year", "month"),  # serves the board
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    year: Mapped[int]
    month: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    opens_at: Mapped[datetime]
    """Units that joined later don't owe it."""
    due_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime]
    """The end of that day."""
    announced_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]


class WorkFulfilment(Base):
    """That a unit has published an entry for a due item: its first."""

    __tablename__ = "work_fulfilment"
    __table_args__ = (Index("ix_work_fulfilment_unit", "unit_id", "due_id"),)  # serves a unit's page and desk

    due_id: Mapped[int] = mapped_column(ForeignKey("work_due.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    at: Mapped[datetime]


class WorkReminder(Base):
    """That a unit was reminded of a due item, once."""

    __tablename__ = "work_reminder"

    due_id: Mapped[int] = mapped_column(ForeignKey("work_due.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    at: Mapped[datetime]


class WorkExemption(Base):
    """A unit that for a reason owes nothing whose day lies in a period."""

    __tablename__ = "work_exemption"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="period"),
        Index("ix_work_exemption_unit", "unit_id", "first_on"),  # serves the board
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(REASON_LENGTH))
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    granted_by: Mapped[Person] = relationship()


class WorkExport(Base):
    """The board of a year as a file, made by a worker and taken once by who asked for it."""

    __tablename__ = "work_export"
    __table_args__ = (CheckConstraint("form IN ('csv', 'xlsx')", name="form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    year: Mapped[int]
    form: Mapped[str] = mapped_column(String(4))
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(String(200), default="")
    fetched_at: Mapped[datetime | None]
