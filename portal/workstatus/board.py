"""The compliance board: what every unit owed and did, month by month, in one grouped statement (M-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, now
from portal.core.text import N_
from portal.units.models import Unit
from portal.workstatus import queries
from portal.workstatus.models import WorkDue, WorkFulfilment

PAGE = 50
CASES = 50
MONTHS = tuple(range(13))
"""Month 0 is what is owed in the course of the year."""


class Status(StrEnum):
    """How a unit stands to a due item, the worst first."""

    MISSING = "missing"
    LATE = "late"
    OPEN = "open"
    DONE = "done"
    EXEMPT = "exempt"
    NONE = "none"


LABELS = {
    Status.MISSING: N_("Not published"),
    Status.LATE: N_("Published late"),
    Status.OPEN: N_("Not yet due"),
    Status.DONE: N_("On time"),
    Status.EXEMPT: N_("Exempted"),
    Status.NONE: N_("Not owed"),
}
TONES = {
    Status.MISSING: "bad",
    Status.LATE: "warn",
    Status.OPEN: "info",
    Status.DONE: "good",
    Status.EXEMPT: "neutral",
    Status.NONE: "neutral",
}
# Beside the colour, for those who don't see it.
SIGNS = {
    Status.MISSING: "✕",
    Status.LATE: "△",
    Status.OPEN: "○",
    Status.DONE: "✓",
    Status.EXEMPT: "免",
    Status.NONE: "·",
}


@dataclass(frozen=True)
class Cell:
    """A unit in a month: its worst status, and how many items have which."""

    counts: Mapping[Status, int]

    @property
    def status(self) -> Status:
        """The worst."""
        return next((status for status in Status if self.counts.get(status)), Status.NONE)

    @property
    def number(self) -> int:
        """How many items have it."""
        return self.counts.get(self.status, 0)


NOTHING = Cell({})


@dataclass(frozen=True)
class Line:
    """A unit with its thirteen cells."""

    id: int
    name: str
    cells: tuple[Cell, ...]
    following: tuple[int, int]


@dataclass(frozen=True)
class Filter:
    """Which year, items and units are looked at; `after` is the (sort_key, id) the page before ended with."""

    year: int
    kind: str = ""
    text: str = ""
    tier: str = ""
    only: str = ""
    after: tuple[int, int] | None = None


@dataclass(frozen=True)
class Board:
    """A page of the board with the totals of all units."""

    lines: Sequence[Line]
    totals: tuple[Cell, ...]
    following: tuple[int, int] | None
    all: Counter[Status] = field(default_factory=Counter)


def statuses(year: int, kind: str = "", *units: ColumnElement[bool]) -> Subquery:
    """(unit, due item, month, status, when) of every unit and item of a year; the one place that says what is late."""
    did = WorkFulfilment.at
    owes, free = queries.in_exchange(Unit, WorkDue), queries.exempted(Unit.id, WorkDue)
    status = case(
        (and_(did > WorkDue.due_at, owes, ~free), Status.LATE.value),
        (did.is_not(None), Status.DONE.value),
        (~owes, Status.NONE.value),
        (free, Status.EXEMPT.value),
        (WorkDue.due_at <= now(), Status.MISSING.value),
        else_=Status.OPEN.value,
    )
    statement = (
        select(
            Unit.id.label("unit_id"),
            WorkDue.id.label("due_id"),
            WorkDue.month,
            status.label("status"),
            did.label("at"),
            WorkFulfilment.item_id,
        )
        .select_from(Unit)
        .join(WorkDue, WorkDue.year == year)
        .outerjoin(WorkFulfilment, and_(WorkFulfilment.due_id == WorkDue.id, WorkFulfilment.unit_id == Unit.id))
        .where(*_there(year), *units)
    )
    return (statement.where(WorkDue.kind == kind) if kind else statement).subquery()


def _there(year: int) -> tuple[ColumnElement[bool], ...]:
    """Units that were in exchange in a part of the year."""
    first, last = (datetime(year + more, 1, 1, tzinfo=CITY_ZONE) for more in (0, 1))
    return Unit.joined_at < last, or_(Unit.left_at.is_(None), Unit.left_at >= first)


def board(session: Session, wanted: Filter) -> Board:
    """A page of units and the totals of all that fit the filter."""
    fitting = _units(wanted)
    shown = _page(session, wanted, fitting)
    units, last = shown[:PAGE], shown[PAGE - 1] if len(shown) > PAGE else None
    cells = _cells(session, wanted, Unit.id.in_([unit.id for unit in units])) if units else {}
    lines = [Line(unit.id, unit.short_name, _row(cells, unit.id), (unit.sort_key, unit.id)) for unit in units]
    totals = _totals(session, wanted, fitting)
    return Board(
        lines,
        tuple(Cell(totals[month]) for month in MONTHS),
        (last.sort_key, last.id) if last else None,
        sum(totals.values(), Counter()),
    )


def _page(session: Session, wanted: Filter, fitting: Sequence[ColumnElement[bool]]) -> Sequence[Any]:
    statement = select(Unit.id, Unit.short_name, Unit.sort_key).where(*_there(wanted.year), *fitting)
    if wanted.only:
        found = statuses(wanted.year, wanted.kind)
        statement = statement.where(Unit.id.in_(select(found.c.unit_id).where(found.c.status == wanted.only)))
    if wanted.after is not None:
        place = tuple_(literal(wanted.after[0]), literal(wanted.after[1]))
        statement = statement.where(tuple_(Unit.sort_key, Unit.id) > place)
    return session.execute(statement.order_by(Unit.sort_key, Unit.id).limit(PAGE + 1)).all()


def _units(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        words = wanted.text
        found.append(or_(Unit.name.contains(words, autoescape=True), Unit.short_name.contains(words, autoescape=True)))
    if wanted.tier:
        found.append(Unit.tier == wanted.tier)
    return found


def grouped(wanted: Filter, *units: ColumnElement[bool]) -> Select[Any]:
    """(unit, month, status, how many): one statement, however many units and items."""
    found = statuses(wanted.year, wanted.kind, *units)
    columns = (found.c.unit_id, found.c.month, found.c.status)
    return select(*columns, func.count()).group_by(*columns)


def _cells(session: Session, wanted: Filter, units: ColumnElement[bool]) -> dict[tuple[int, int], Cell]:
    counts: dict[tuple[int, int], dict[Status, int]] = {}
    for unit_id, month, status, count in session.execute(grouped(wanted, units)):
        counts.setdefault((unit_id, month), {})[Status(status)] = count
    return {place: Cell(found) for place, found in counts.items()}


def _row(cells: Mapping[tuple[int, int], Cell], unit_id: int) -> tuple[Cell, ...]:
    return tuple(cells.get((unit_id, month), NOTHING) for month in MONTHS)


def _totals(session: Session, wanted: Filter, units: Sequence[ColumnElement[bool]]) -> dict[int, Counter[Status]]:
    found = statuses(wanted.year, wanted.kind, *units)
    statement = select(found.c.month, found.c.status, func.count()).group_by(found.c.month, found.c.status)
    totals: dict[int, Counter[Status]] = {month: Counter() for month in MONTHS}
    for month, status, count in session.execute(statement):
        totals[month][Status(status)] = count
    return totals


def cases(
    session: Session, year: int, status: str, month: int | None = None, after: tuple[int, int] | None = None
) -> tuple[Sequence[Any], bool]:
    """(unit, due item, when, item) of one status, the latest item first, and whether there are more."""
    found = statuses(year)
    statement = (
        select(Unit, WorkDue, found.c.at, found.c.item_id)
        .join(found, found.c.unit_id == Unit.id)
        .join(WorkDue, WorkDue.id == found.c.due_id)
        .where(found.c.status == status)
        .order_by(WorkDue.id.desc(), Unit.id)
    )
    if month is not None:
        statement = statement.where(WorkDue.month == month)
    if after is not None:
        due_id, unit_id = after
        statement = statement.where(or_(WorkDue.id < due_id, and_(WorkDue.id == due_id, Unit.id > unit_id)))
    rows = session.execute(statement.limit(CASES + 1)).all()
    return rows[:CASES], len(rows) > CASES


def of_unit(session: Session, unit_id: int, year: int) -> Sequence[Any]:
    """(due item, status, when, item) of one unit, the next day first."""
    found = statuses(year, "", Unit.id == unit_id)
    return session.execute(
        select(WorkDue, found.c.status, found.c.at, found.c.item_id)
        .join(found, found.c.due_id == WorkDue.id)
        .order_by(WorkDue.due_at.desc(), WorkDue.id)
    ).all()


def everything(session: Session, year: int) -> Any:
    """(unit, due item, status, when) of a whole year in the order of the register, for files."""
    found = statuses(year)
    return session.execute(
        select(Unit.code, Unit.name, WorkDue, found.c.status, found.c.at)
        .join(found, found.c.unit_id == Unit.id)
        .join(WorkDue, WorkDue.id == found.c.due_id)
        .order_by(Unit.sort_key, Unit.id, WorkDue.due_at, WorkDue.id)
    )
