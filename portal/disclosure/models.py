"""What is disclosed: catalogue, guides, items with their index numbers, annual reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import Item
from portal.core.db import Base
from portal.disclosure.words import Ground, Withdrawal, listed
from portal.people.models import Person
from portal.units.models import Unit


class DisclosureCategory(Base):
    """A category of the catalogue 公开目录; `unit_id` None: the office keeps it for all, else a unit's own."""

    __tablename__ = "disclosure_category"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("unit_id IS NULL OR parent_id IS NOT NULL", name="own_below"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("disclosure_category.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str] = mapped_column(String(10))
    """Two digits a level, so that the order of the codes is the order of the tree."""
    name: Mapped[str] = mapped_column(String(60))
    closed_at: Mapped[datetime | None]
    """Nothing new is filed under it; what is there stays."""
    shown: Mapped[int] = mapped_column(default=0)
    """How many items are on show under it and below it (`portal.disclosure.shelves`)."""

    unit: Mapped[Unit | None] = relationship()

    @property
    def depth(self) -> int:
        """0 for the top."""
        return len(self.code) // 2 - 1


class DisclosureGuide(Base):
    """A version of a unit's guide 公开指南: who answers requests, where, when, and how one asks."""

    __tablename__ = "disclosure_guide"
    __table_args__ = (UniqueConstraint("unit_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    version: Mapped[int]
    office: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(100), default="")
    hours: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    author: Mapped[Person] = relationship()


class DisclosureItem(Base):
    """An item of the catalogue. Its index number 索引号 is given when it is published and never used again."""

    __tablename__ = "disclosure_item"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", "serial"),
        UniqueConstraint("index_number"),
        CheckConstraint(f"ground IS NULL OR ground IN ({listed(Ground)})", name="ground"),
        CheckConstraint(f"withdrawn_as IN ({listed(Withdrawal)})", name="withdrawn_as"),
        CheckConstraint(
            "index_number IS NULL OR (ground IS NOT NULL AND reviewer_id IS NOT NULL AND serial IS NOT NULL)",
            name="reviewed",
        ),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("disclosure_category.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """The unit whose numbers it counts among, whoever holds the item later."""
    made_on: Mapped[date]
    """When the information came about 生成日期."""
    year: Mapped[int | None]
    serial: Mapped[int | None]
    index_number: Mapped[str | None] = mapped_column(String(40))
    ground: Mapped[str | None] = mapped_column(String(20))
    review_note: Mapped[str] = mapped_column(Text, default="")
    """What the reviewer found, for those who make it."""
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewed_at: Mapped[datetime | None]
    withdrawn_as: Mapped[str] = mapped_column(String(10), default=Withdrawal.UNSAID)
    """What the public reads of why it was withdrawn."""

    item: Mapped[Item] = relationship()
    category: Mapped[DisclosureCategory] = relationship()
    reviewer: Mapped[Person | None] = relationship()


class DisclosureShown(Base):
    """That an item stands on a shelf of the public catalogue (`portal.disclosure.shelves`); withdrawn on none."""

    __tablename__ = "disclosure_shown"
    __table_args__ = (
        Index("ix_disclosure_shown_shelf", "shelf", "published_at", "item_id"),
    )  # serves the public lists

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    shelf: Mapped[str] = mapped_column(String(20), primary_key=True)
    published_at: Mapped[datetime]


class DisclosureReport(Base):
    """A unit's annual report 年度报告: words of the unit, figures of the system, set by the worker."""

    __tablename__ = "disclosure_report"
    __table_args__ = (UniqueConstraint("unit_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    year: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(Text)
    figures: Mapped[dict[str, Any]]
    """As counted when it was written: a report doesn't change afterwards."""
    digest: Mapped[str | None] = mapped_column(String(64))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
