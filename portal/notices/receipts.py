"""Who has read an item and who has not: by person for small scopes, by unit for large ones (M-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.content import readers
from portal.content.kinds import kind_of
from portal.content.models import Item, ItemReading
from portal.content.queries import MOST_UNITS, UnitPlace
from portal.content.readers import Scope
from portal.notices.models import NoticeReminder
from portal.people.models import Person
from portal.units.models import Unit

MOST_BY_PERSON = 200
"""Above that many readers nobody looks through names: the list is by unit."""


@dataclass(frozen=True)
class Totals:
    """How many read it and how many may; the sender, who knows it, isn't counted."""

    readers: int
    unread: int

    @property
    def read(self) -> int:
        """How many have read it."""
        return self.readers - self.unread

    @property
    def by_person(self) -> bool:
        """Whether the list names people."""
        return self.readers <= MOST_BY_PERSON


def totals(session: Session, item: Item) -> Totals:
    """The figures; one statement."""
    people = _people(item).with_only_columns(Person.id, cast(_has_read(item), Integer).label("has_read")).subquery()
    statement = select(func.count(), func.coalesce(func.sum(1 - people.c.has_read), 0)).select_from(people)
    count, unread = session.execute(statement).one()
    return Totals(count, unread)


def unread_people(session: Session, item: Item, limit: int = MOST_BY_PERSON) -> Sequence[Person]:
    """Who has not read it, unit by unit."""
    statement = _people(item).where(~_has_read(item)).order_by(Unit.sort_key, Unit.id, Person.id)
    return session.scalars(statement.limit(limit)).unique().all()


def by_unit(session: Session, item: Item, before: UnitPlace | None = None) -> tuple[Sequence[Any], bool]:
    """(unit, readers, how many of them have read it), most unread first, and whether there are more units."""
    counted = (
        _people(item)
        .with_only_columns(
            Person.unit_id.label("unit_id"),
            func.count().label("readers"),
            func.sum(cast(_has_read(item), Integer)).label("read"),
        )
        .group_by(Person.unit_id)
        .subquery()
    )
    statement = select(Unit, counted.c.readers, counted.c.read).join(counted, counted.c.unit_id == Unit.id)
    unread = counted.c.readers - counted.c.read
    if before is not None:
        statement = statement.where(or_(unread < before[0], (unread == before[0]) & (Unit.id > before[1])))
    rows = session.execute(statement.order_by(unread.desc(), Unit.id).limit(MOST_UNITS + 1)).all()
    return rows[:MOST_UNITS], len(rows) > MOST_UNITS


def last_reminder(session: Session, item: Item) -> NoticeReminder | None:
    """The last time its readers were reminded."""
    return session.scalars(
        select(NoticeReminder).where(NoticeReminder.item_id == item.id).order_by(NoticeReminder.day.desc()).limit(1)
    ).one_or_none()


def _people(item: Item) -> Select[Any]:
    return readers.people_in(Scope.of(item)).where(Person.id != item.author_id)


def _has_read(item: Item) -> ColumnElement[bool]:
    """By the person, or for them by whoever stood in."""
    reader = ItemReading.person_id == Person.id
    if kind_of(item.kind).desk:
        reader = or_(reader, ItemReading.person_for_id == Person.id)
    return exists().where(ItemReading.item_id == item.id, reader)
