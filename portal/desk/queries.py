"""What waits for a person, what is late, what is new: the piles of every capability, read in one round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from portal.content import readers
from portal.core.clock import to_city, today
from portal.core.prepared import Statement
from portal.core.runtime import current
from portal.people import piles
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, SectionKind

MOST = 50
"""Lines read of a pile: who has more waiting needs the list, not the home page."""
SHOWN = 6
WITHIN_DAYS = {"特急": 0, "加急": 1}
"""An urgent line stands where one does whose limit ends today, or tomorrow, unless its own is nearer."""
NO_HASTE = 100_000
"""As many days for all others: behind whatever has a limit."""


@dataclass(frozen=True)
class Section:
    """A section with the first of its lines; `count` may be more."""

    kind: SectionKind
    lines: tuple[Line, ...]
    count: int


@dataclass(frozen=True)
class Desk:
    """The home page of one person."""

    sections: tuple[Section, ...]
    waiting: int
    late: int
    new_today: int
    full: bool
    """Whether a pile had more than was read: figures are then lower bounds."""

    @property
    def todo(self) -> list[tuple[Section, Line]]:
        """What to do in the order to do it: the late, then by limit, then the urgent, then section by section."""
        lines = [(section, line) for section in self.of(Part.TODO) for line in section.lines]
        return sorted(lines, key=lambda pair: _haste(pair[1]))

    def of(self, *parts: Part) -> list[Section]:
        """The sections of some parts, those with lines only."""
        return [section for section in self.sections if section.kind.part in parts]


def desk_of(session: Session, person: Person) -> Desk:
    """Everything on the home page of `person`, by what their roles let them do; one statement."""
    key = ("piles", readers.asker_of(session, person))
    answer, as_line = current().prepared.ask(session, key, lambda: _together(person))
    rows = [Found(*row) for row in answer]
    lines = [line for row in rows if (line := as_line[row.pile](row)) is not None]
    kinds = section_kinds()
    by_key = {kind.key: kind for kind in kinds}
    return Desk(
        sections=tuple(_sections(kinds, lines)),
        waiting=sum(by_key[line.section].part is Part.TODO for line in lines),
        late=sum(line.late for line in lines),
        new_today=sum(not by_key[line.section].own and to_city(line.at).date() == today() for line in lines),
        full=any(count >= MOST for count in Counter(row.pile for row in rows).values()),
    )


def section_kinds() -> list[SectionKind]:
    """The sections of all capabilities in the order of the page."""
    return sorted(chain.from_iterable(piles.sections.call()), key=lambda kind: kind.order)


def _together(person: Person) -> tuple[Statement, dict[str, Callable[[Found], Line | None]]]:
    """All piles as one statement, and how the rows of each become lines."""
    offered = {pile.key: pile for pile in chain.from_iterable(piles.piles.call(person))}
    # Each pile in a subquery of its own: a member of a union can't be ordered and cut otherwise.
    members = [select(pile.rows.limit(MOST).subquery()) for pile in offered.values()]
    return union_all(*members), {key: pile.line for key, pile in offered.items()}


def _sections(kinds: Sequence[SectionKind], lines: Sequence[Line]) -> Iterator[Section]:
    for kind in kinds:
        mine = [line for line in lines if line.section == kind.key]
        mine.sort(key=_newest_first if kind.part is Part.NEWS else _first_things_first)
        if mine:
            yield Section(kind, tuple(mine[:SHOWN]), len(mine))


def _first_things_first(line: Line) -> tuple[bool, date, int, datetime]:
    return (*_haste(line), line.at)


def _newest_first(line: Line) -> tuple[bool, date, int, float]:
    return (*_haste(line), -line.at.timestamp())


def _haste(line: Line) -> tuple[bool, date, int]:
    days = WITHIN_DAYS.get(line.urgency, NO_HASTE)
    urgent_by = today() + timedelta(days=days)
    return (not line.late, min(line.last_day or date.max, urgent_by), days)
