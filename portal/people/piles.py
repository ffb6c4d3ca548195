"""What lies on a person's desk: every capability offers its sections and piles, the home page reads them in one round.

A pile is a SELECT of the columns of `Found`, made by `found()`. The desk joins all piles of a person by UNION ALL, so
another pile costs no statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Label, Select, String, cast, literal, null, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.clock import to_city
from portal.core.db import UtcDateTime
from portal.core.hooks import Hook
from portal.core.prepared import moment
from portal.people.models import Person

Text = str | ColumnElement[Any] | InstrumentedAttribute[Any]
Value = ColumnElement[Any] | InstrumentedAttribute[Any]


class Part(StrEnum):
    """What the reader does with a section: act, wait, or take note."""

    TODO = "todo"
    WATCH = "watch"
    NEWS = "news"


@dataclass(frozen=True)
class SectionKind:
    """One section; `more` and `query` are the whole list's address, texts msgids, `order` its place on the page."""

    key: str
    title: str
    icon: str
    part: Part
    more: str
    order: int
    tone: str = "info"
    """Of the badge that says what to do."""
    own: bool = False
    """Its lines are never new to the reader: they wrote them, or they are counts."""
    query: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What of the list: it must hold each of the section's lines."""


@dataclass(frozen=True)
class Line:
    """One thing in a section: whose page it opens, and what tells it from others."""

    section: str
    title: str
    endpoint: str
    target: dict[str, Any]
    at: datetime
    party: str = ""
    number: str = ""
    urgency: str = ""
    state: str = ""
    """Msgid."""
    late: bool = False
    due: datetime | None = None
    """The moment its limit is over."""

    @property
    def last_day(self) -> date | None:
        """The last day of the limit, which may end with that day's midnight."""
        return None if self.due is None else to_city(self.due - timedelta(seconds=1)).date()


class Found(NamedTuple):
    """A row of a pile. By `mark` and `mark_at` (a deadline, a return) the pile itself tells its rows apart."""

    pile: str
    id: int
    title: str
    at: datetime
    mark_at: datetime | None
    party: str | None
    number: str | None
    urgency: str
    state: str
    mark: str | None


@dataclass(frozen=True)
class Pile:
    """Rows that lie before a person, in the order in which they are read, and the line each becomes (None: none)."""

    key: str
    rows: Select[Any]
    """Made from what `facts_of` tells of the person and from their reader's keys; moments by `moment()`."""
    line: Callable[[Found], Line | None]


def found(
    key: str,
    *,
    id: Value | int,
    title: Text,
    at: Value | datetime,
    mark_at: Value | None = None,
    party: Text = "",
    number: Text = "",
    urgency: Text = "",
    state: Text = "",
    mark: Text = "",
) -> list[Label[Any]]:
    """The columns of a pile, in the order and with the types of `Found`."""
    texts = {"party": party, "number": number, "urgency": urgency, "state": state, "mark": mark}
    columns: dict[str, ColumnElement[Any]] = {
        "pile": literal(key, String),
        "id": literal(id, Integer) if isinstance(id, int) else type_coerce(id, Integer),
        "title": _text(title),
        "at": _moment(at),
        "mark_at": cast(null(), UtcDateTime) if mark_at is None else type_coerce(mark_at, UtcDateTime),
    }
    columns |= {name: _text(value) for name, value in texts.items()}
    return [columns[name].label(name) for name in Found._fields]


def counted(section: str, title: str, count: ColumnElement[int], more: str, query: dict[str, Any]) -> Pile:
    """A pile of one line that says how many there are and opens their list; nothing when there are none."""
    columns = found(section, id=count, title=title, at=moment())

    def line(row: Found) -> Line | None:
        return Line(section, row.title, more, query, row.at, number=str(row.id)) if row.id else None

    return Pile(section, select(*columns), line)


def _text(value: Text) -> ColumnElement[Any]:
    return literal(value, String) if isinstance(value, str) else type_coerce(value, String)


def _moment(value: Value | datetime) -> ColumnElement[Any]:
    return literal(value, UtcDateTime) if isinstance(value, datetime) else type_coerce(value, UtcDateTime)


sections: Hook[[], Iterable[SectionKind]] = Hook("people.sections")
"""Ask every capability for the sections of the home page it fills."""

piles: Hook[[Person], Iterable[Pile]] = Hook("people.piles")
"""Ask every capability for the piles this person's roles let them read."""
