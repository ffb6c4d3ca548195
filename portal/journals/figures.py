"""Readership and paper of journals, for those who make them (M-6, GZ45: less paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemReading
from portal.core.clock import CITY_ZONE, now, to_city
from portal.journals.models import JournalIssue
from portal.units.models import Unit

DAYS, MONTHS, MOST_ISSUES, MOST_UNITS = 14, 12, 60, 100


Bar = tuple[str, int]
"""A bar of a chart: what it stands for, and how many."""


@dataclass(frozen=True)
class IssueFigures:
    """An issue that is out: who read it, and the paper that saved."""

    item_id: int
    title: str
    label: str
    published_at: datetime
    readers: int
    pages: int

    @property
    def saved(self) -> int:
        """Pages that weren't printed: each reader would have had a copy."""
        return self.readers * self.pages


def issues(session: Session, journal_id: int) -> list[IssueFigures]:
    """The last issues of a journal, newest first."""
    readers = (
        select(func.count())
        .select_from(ItemReading)
        .where(ItemReading.item_id == Item.id)
        .correlate(Item)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Item.id, Item.title, JournalIssue.label, Item.published_at, readers, JournalIssue.pages)
        .join(JournalIssue, JournalIssue.item_id == Item.id)
        .where(JournalIssue.journal_id == journal_id, Item.state == ItemState.PUBLISHED)
        .order_by(Item.published_at.desc(), Item.id.desc())
        .limit(MOST_ISSUES)
    )
    return [IssueFigures(*row) for row in rows]


def units(session: Session, journal_id: int) -> Sequence[Any]:
    """(unit, people, openings, last) of a journal by unit of the readers, most openings first."""
    return session.execute(
        select(Unit, func.count(ItemReading.person_id.distinct()), func.count(), func.max(ItemReading.read_at))
        .join(ItemReading, ItemReading.unit_id == Unit.id)
        .join(JournalIssue, JournalIssue.item_id == ItemReading.item_id)
        .where(JournalIssue.journal_id == journal_id)
        .group_by(Unit.id)
        .order_by(func.count().desc(), Unit.sort_key)
        .limit(MOST_UNITS)
    ).all()


def months(session: Session, journal_id: int) -> list[Bar]:
    """Openings of a journal's issues in each of the last twelve months, the running one last."""
    edges = _month_edges(to_city(now()))
    ids = select(JournalIssue.item_id).where(JournalIssue.journal_id == journal_id)
    labels = [f"{edge:%Y-%m}" for edge in edges[:-1]]
    return _bars(session, ItemReading.item_id.in_(ids), edges, labels)


def days(session: Session, item: Item) -> list[Bar]:
    """Who opened an issue for the first time on each of its first days, by the city's days."""
    if item.published_at is None:
        return []
    first = to_city(item.published_at).replace(hour=0, minute=0, second=0, microsecond=0)
    edges = [first + timedelta(days=day) for day in range(DAYS + 1)]
    labels = [f"{edge:%m-%d}" for edge in edges[:-1]]
    return _bars(session, ItemReading.item_id == item.id, edges, labels)


def _bars(session: Session, which: Any, edges: Sequence[datetime], labels: Sequence[str]) -> list[Bar]:
    """One statement, whatever the database calls its days."""
    counts = [
        func.coalesce(func.sum(case(((ItemReading.read_at >= begin) & (ItemReading.read_at < end), 1), else_=0)), 0)
        for begin, end in pairwise(edges)
    ]
    row = session.execute(select(*counts).where(which)).one()
    return [(label, int(count)) for label, count in zip(labels, row, strict=True)]


def _month_edges(at: datetime) -> list[datetime]:
    last = at.year * 12 + at.month - 1
    numbers = range(last - MONTHS + 1, last + 2)
    return [datetime(number // 12, number % 12 + 1, 1, tzinfo=CITY_ZONE) for number in numbers]
