"""Reading columns, entries and what units owe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from portal.content import feeds, readers
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemReading
from portal.core.clock import CITY_ZONE
from portal.core.db import UtcDateTime, at_most
from portal.core.errors import NotFound
from portal.core.prepared import moment
from portal.people.models import Person
from portal.units.models import Unit
from portal.workstatus import policy
from portal.workstatus.models import (
    WorkColumn,
    WorkDue,
    WorkEntry,
    WorkExemption,
    WorkExport,
    WorkFulfilment,
    WorkReminder,
)

KINDS = (ItemKind.WORK_STATUS,)
PAGE = 20
LOOKED_THROUGH = feeds.LOOKED_THROUGH
"""Entries a filtered page looks through; the next goes on behind them."""


@dataclass(frozen=True)
class Filter:
    """What the reader of the list looks for."""

    column: int | None = None
    text: str = ""
    unit: str = ""
    year: int | None = None
    unread: bool = False
    before: feeds.Place | None = None


@dataclass(frozen=True)
class Page:
    """A page of entries and where the next begins; a filtered one may be short and still go on."""

    rows: Sequence[WorkEntry]
    older: feeds.Place | None


def listed(session: Session, person: Person, wanted: Filter) -> Page:
    """Entries the person may read, newest first.

    Whatever is looked for, a page walks along an index, through so many entries at most; the next goes on behind them.
    """
    keys = readers.keys_of(session, person)
    most = LOOKED_THROUGH if replace(wanted, before=None) != Filter() else PAGE + 1
    window = _window(keys, person, wanted, most)
    looked = window.subquery()
    statement = (
        select(WorkEntry)
        .join(looked, looked.c.item_id == WorkEntry.item_id)
        .join(WorkEntry.item)
        .join(Item.unit)
        .where(items.published(keys), *_conditions(person, wanted))
        .order_by(looked.c.published_at.desc(), looked.c.item_id.desc())
        .limit(PAGE + 1)
        .options(*_whole())
    )
    rows = session.scalars(statement).unique().all()
    if len(rows) > PAGE:
        return Page(rows[:PAGE], feeds.place_of(rows[PAGE - 1].item))
    return Page(rows, _end(session, window, wanted, most))


def _window(keys: Sequence[str], person: Person, wanted: Filter, most: int) -> Select[Any]:
    """(item_id, published_at) of the entries a page looks through: of a column, or of what the reader may see."""
    before = _before(wanted)
    if wanted.column is None:
        return feeds.newest(keys, person.id, KINDS, before=before, limit=most)
    row = WorkEntry
    window: Any = select(row.item_id, row.published_at).where(row.column_id == wanted.column)
    window = window.where(row.published_at <= moment())
    if before is not None:
        window = window.where(
            tuple_(row.published_at, row.item_id) < tuple_(literal(before[0], UtcDateTime()), literal(before[1]))
        )
    found: Select[Any] = window.order_by(row.published_at.desc(), row.item_id.desc()).limit(most)
    return found


def _before(wanted: Filter) -> feeds.Place | None:
    """Where to begin: behind the page before, or at the end of the year."""
    if wanted.before is None and wanted.year is not None:
        return _begin(wanted.year + 1), 0
    return wanted.before


def _end(session: Session, window: Select[Any], wanted: Filter, most: int) -> feeds.Place | None:
    """The last entry looked at, if there may be more of the year behind it."""
    looked = session.execute(window).all()
    if len(looked) < most or (wanted.year is not None and looked[-1].published_at < _begin(wanted.year)):
        return None
    return looked[-1].published_at, looked[-1].item_id


def _begin(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=CITY_ZONE)


def _conditions(person: Person, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(Item.title.contains(wanted.text, autoescape=True))
    if wanted.unit:
        found.append(
            or_(
                Unit.name.contains(wanted.unit, autoescape=True), Unit.short_name.contains(wanted.unit, autoescape=True)
            )
        )
    if wanted.year is not None:
        found.append(Item.published_at >= _begin(wanted.year))
    if wanted.unread:
        found.append(~exists().where(ItemReading.item_id == Item.id, ItemReading.person_id == person.id))
    return found


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(WorkEntry.item).joinedload(Item.unit).selectinload(Unit.names),
        joinedload(WorkEntry.item).joinedload(Item.author),
        joinedload(WorkEntry.column),
        joinedload(WorkEntry.due),
    )


def written(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[WorkEntry], bool]:
    """The person's own and their unit's entries in every state, newest first."""
    own = items.own(person, ItemKind.WORK_STATUS).with_only_columns(Item.id)
    statement = select(WorkEntry).join(WorkEntry.item).where(Item.id.in_(own)).order_by(Item.id.desc())
    if before is not None:
        statement = statement.where(Item.id < before)
    rows = session.scalars(statement.limit(PAGE + 1).options(*_whole())).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def get_entry(session: Session, person: Person, item_id: int) -> WorkEntry:
    """An entry the person may see, as a reader or as one who makes it. Raises NotFound."""
    item = items.get_readable(session, person, item_id, ItemKind.WORK_STATUS)
    return _entry(session, item)


def get_inside(session: Session, person: Person, item_id: int) -> WorkEntry:
    """An entry for those who make it. Raises NotFound."""
    item = items.get_inside(session, person, item_id)
    if item.kind != ItemKind.WORK_STATUS:
        raise NotFound(items.GONE)
    return _entry(session, item)


def _entry(session: Session, item: Item) -> WorkEntry:
    statement = select(WorkEntry).where(WorkEntry.item_id == item.id)
    return session.scalars(statement.options(joinedload(WorkEntry.column), joinedload(WorkEntry.due))).one()


def columns(session: Session, person: Person) -> Sequence[WorkColumn]:
    """The city's columns and those of the person's unit and the units it stands below, closed ones last."""
    unit = person.unit
    near = [id_ for id_ in (unit.id, unit.parent_id, unit.district_id) if id_ is not None]
    return session.scalars(
        select(WorkColumn)
        .where(or_(WorkColumn.owner_id.is_(None), WorkColumn.owner_id.in_(near)))
        .options(joinedload(WorkColumn.owner))
        .order_by(
            WorkColumn.closed_at.is_not(None), WorkColumn.owner_id.is_not(None), WorkColumn.position, WorkColumn.id
        )
    ).all()


def writable(session: Session, person: Person) -> list[WorkColumn]:
    """The columns the person may write in."""
    return [column for column in columns(session, person) if policy.may_write(column, person)]


def get_column(session: Session, person: Person, column_id: int) -> WorkColumn:
    """A column the person keeps, locked. Raises NotFound."""
    column = session.scalars(select(WorkColumn).where(WorkColumn.id == column_id).with_for_update()).one_or_none()
    if column is None or not policy.keeps(column, person):
        raise NotFound("There is no such column.")
    return column


def in_exchange(unit: Any, due: Any) -> ColumnElement[bool]:
    """That the unit was there when the item was announced and until its day: later ones don't owe it."""
    return and_(unit.joined_at < due.opens_at, or_(unit.left_at.is_(None), unit.left_at >= due.due_at))


def exempted(unit_id: Any, due: Any) -> ColumnElement[bool]:
    """That the unit has an exemption in whose period the day of the item lies."""
    grant = WorkExemption
    return exists().where(
        grant.unit_id == unit_id, grant.lifted_at.is_(None), grant.first_on <= due.due_on, grant.last_on >= due.due_on
    )


def owed(unit: Any, due_id: Any, due: Any) -> ColumnElement[bool]:
    """That the unit still owes the item; `due` is the table or one row."""
    done = exists().where(WorkFulfilment.due_id == due_id, WorkFulfilment.unit_id == unit.id)
    return and_(in_exchange(unit, due), ~exempted(unit.id, due), ~done)


def owed_by(unit_id: int) -> Select[Any]:
    """What a unit owes, the soonest first; as (WorkDue, whether it was reminded)."""
    reminded = exists().where(WorkReminder.due_id == WorkDue.id, WorkReminder.unit_id == unit_id)
    columns: tuple[Any, ...] = (WorkDue, reminded.label("reminded"))
    statement = select(*columns).join(Unit, Unit.id == unit_id)
    return statement.where(owed(Unit, WorkDue.id, WorkDue)).order_by(WorkDue.due_at, WorkDue.id)


def open_dues(session: Session, unit_id: int) -> Sequence[WorkDue]:
    """What an entry of the unit may be written for: everything it owes."""
    return session.scalars(owed_by(unit_id)).all()


def owed_count(person: Person) -> ColumnElement[int]:
    """How much the person's unit owes, for the menu; nothing for those who don't write."""
    if not policy.writes(person):
        return literal(0)
    return at_most(99, owed_by(person.unit_id).order_by(None).with_only_columns(WorkDue.id))


def years(session: Session) -> list[int]:
    """The years in which something was owed, newest first."""
    return list(session.scalars(select(WorkDue.year).distinct().order_by(WorkDue.year.desc())))


def get_unit(session: Session, person: Person, unit_id: int) -> Unit:
    """A unit whose duties the person sees. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or not policy.sees_duties(person, unit):
        raise NotFound("There is no such unit.")
    return unit


def exemptions(session: Session, unit_id: int) -> Sequence[WorkExemption]:
    """The exemptions of a unit, newest first, lifted ones too."""
    return session.scalars(
        select(WorkExemption)
        .where(WorkExemption.unit_id == unit_id)
        .options(joinedload(WorkExemption.granted_by))
        .order_by(WorkExemption.id.desc())
        .limit(50)
    ).all()


def readable(session: Session, person: Person, unit: Unit, item_ids: Sequence[int]) -> set[int]:
    """Which entries of a unit the person may open: the board tells that there is one, not what it says."""
    if person.unit_id == unit.id and policy.writes(person):
        return set(item_ids)
    keys = readers.keys_of(session, person)
    return set(session.scalars(select(Item.id).where(Item.id.in_(item_ids), items.published(keys))))


def get_export(session: Session, person: Person, export_id: int) -> WorkExport:
    """A file the person asked for. Raises NotFound."""
    export = session.get(WorkExport, export_id)
    if export is None or export.asked_by_id != person.id:
        raise NotFound("There is no such file.")
    return export


def next_position(session: Session, owner_id: int | None) -> int:
    """The place after the last column of an owner."""
    last = select(func.max(WorkColumn.position)).where(WorkColumn.owner_id.is_not_distinct_from(owner_id))
    return (session.scalar(last) or 0) + 1


def siblings(session: Session, column: WorkColumn) -> Sequence[WorkColumn]:
    """The open columns of the same owner in their order, locked."""
    return session.scalars(
        select(WorkColumn)
        .where(WorkColumn.owner_id.is_not_distinct_from(column.owner_id), WorkColumn.closed_at.is_(None))
        .order_by(WorkColumn.position, WorkColumn.id)
        .with_for_update()
    ).all()
