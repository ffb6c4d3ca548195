"""What only government information has: its marks, its joint units, what became of it, topics asked for, points."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.briefs.lifecycle import BRIEF
from portal.content.models import Item
from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.units.models import Unit


class Mark(StrEnum):
    """What must stand in the title (GZ44)."""

    NONE = "none"
    COMMISSIONED = "commissioned"
    REVISED = "revised"


class Award(StrEnum):
    """For what a unit gets points."""

    SUBMISSION = "submission"
    ADOPTION = "adoption"
    JOINT = "joint"
    PROVINCE = "province"
    STATE = "state"
    INSTRUCTION = "instruction"


AWARD_LABELS = {
    Award.SUBMISSION: N_("Reported to the office"),
    Award.ADOPTION: N_("Adopted by the city"),
    Award.JOINT: N_("Adopted, as a joint unit"),
    Award.PROVINCE: N_("Adopted by the province"),
    Award.STATE: N_("Adopted by the State"),
    Award.INSTRUCTION: N_("Instruction by a leader"),
}
LATER = (Award.PROVINCE, Award.STATE, Award.INSTRUCTION)
"""Given by the editors when they hear of it; the others follow from the acts."""
MARK_LABELS = {Mark.NONE: N_("ordinary"), Mark.COMMISSIONED: N_("commissioned"), Mark.REVISED: N_("revised draft")}


def _one_of(column: str, kind: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in kind)})"


class BriefTopic(Base):
    """A topic the office asks some units to write on by a day 约稿."""

    __tablename__ = "brief_topic"
    __table_args__ = (Index("ix_brief_topic_due", "closed_at", "due_on"),)  # serves open topics by deadline

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(180))
    text: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date] = mapped_column(Date)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    asked_by: Mapped[Person] = relationship()
    units: Mapped[list[BriefTopicUnit]] = relationship(order_by="BriefTopicUnit.unit_id", back_populates="topic")


class BriefTopicUnit(Base):
    """A unit that was asked; `brief_id`: the brief that fulfilled it."""

    __tablename__ = "brief_topic_unit"
    __table_args__ = (
        UniqueConstraint("topic_id", "unit_id"),
        CheckConstraint("(brief_id IS NULL) = (fulfilled_at IS NULL)", name="fulfilled"),
        Index("ix_brief_topic_unit_unit", "unit_id", "fulfilled_at"),  # serves what a unit still owes
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("brief_topic.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    brief_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    fulfilled_at: Mapped[datetime | None]

    topic: Mapped[BriefTopic] = relationship(back_populates="units")
    unit: Mapped[Unit] = relationship()


class Brief(Base):
    """Information of a unit for the office. `authors`: those beside who wrote it here, one a line."""

    __tablename__ = "brief"
    __table_args__ = (
        BRIEF.check_constraint(),
        CheckConstraint(_one_of("mark", Mark), name="mark"),
        CheckConstraint("(mark = 'revised') = (revises_id IS NOT NULL)", name="revised"),
        CheckConstraint("state <> 'returned' OR note <> ''", name="reason"),
        Index("ix_brief_state", "state", "sent_at", "item_id"),  # serves the editors' desk
        Index("ix_brief_revises", "revises_id"),  # serves the page of a draft that was revised
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10), default=BRIEF.start)
    mark: Mapped[str] = mapped_column(String(12), default=Mark.NONE)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("brief_topic.id"))
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    authors: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    """Why the office returned it or didn't use it."""
    sent_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship(foreign_keys=[item_id])
    revises: Mapped[Item | None] = relationship(foreign_keys=[revises_id])
    topic: Mapped[BriefTopic | None] = relationship()
    joint: Mapped[list[BriefUnit]] = relationship(order_by="BriefUnit.position", cascade="all, delete-orphan")


class BriefUnit(Base):
    """A unit that reports jointly 联合报送, with its authors (GZ44)."""

    __tablename__ = "brief_unit"
    __table_args__ = (Index("ix_brief_unit_unit", "unit_id"),)  # serves changes of units

    item_id: Mapped[int] = mapped_column(ForeignKey("brief.item_id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    position: Mapped[int]
    authors: Mapped[str] = mapped_column(String(200), default="")

    unit: Mapped[Unit] = relationship()


class BriefComment(Base):
    """What the office and the unit say to each other about a brief."""

    __tablename__ = "brief_comment"
    __table_args__ = (Index("ix_brief_comment_item", "item_id", "id"),)  # serves the page of a brief

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()


class BriefSource(Base):
    """That an adopted text is made of a brief; several make one text."""

    __tablename__ = "brief_source"
    __table_args__ = (Index("ix_brief_source_brief", "brief_id"),)  # serves the page of a brief

    adopted_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    brief_id: Mapped[int] = mapped_column(ForeignKey("brief.item_id"), primary_key=True)

    adopted: Mapped[Item] = relationship()
    brief: Mapped[Brief] = relationship()


class BriefPoints(Base):
    """A line of the table of points as it was set one day; the newest of an award holds, the others are its history."""

    __tablename__ = "brief_points"
    __table_args__ = (
        CheckConstraint(_one_of("award", Award), name="award"),
        CheckConstraint("points BETWEEN 0 AND 1000", name="points"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    award: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    note: Mapped[str] = mapped_column(String(200), default="")
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]

    set_by: Mapped[Person] = relationship()


class BriefScore(Base):
    """Points a unit got for a brief, by the table of that day."""

    __tablename__ = "brief_score"
    __table_args__ = (
        CheckConstraint(_one_of("award", Award), name="award"),
        UniqueConstraint("brief_id", "unit_id", "award", "note"),  # nothing is scored twice
        Index("ix_brief_score_month", "month", "unit_id"),  # serves the ranking
        Index("ix_brief_score_unit", "unit_id", "month"),  # serves a unit's own figures
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    brief_id: Mapped[int] = mapped_column(ForeignKey("brief.item_id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    award: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    month: Mapped[str] = mapped_column(String(7))
    """2026-11, as the city's calendar has it."""
    note: Mapped[str] = mapped_column(String(120), default="")
    adopted_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()


class BriefExport(Base):
    """The ranking of a month as a workbook, made by a worker for who asked."""

    __tablename__ = "brief_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(String(200), default="")
