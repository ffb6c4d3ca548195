"""What checking the lines of a file yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from portal.core.errors import Invalid, PortalError
from portal.registration.import_tables import LONGEST_CELL, Row
from portal.registration.import_words import Column

T = TypeVar("T")
SQL_MOST = 500
"""Values asked for in one statement, and lines written in one transaction."""

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a line; `heading` as it stands in our templates; `message` is a msgid."""

    line: int
    heading: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class Checked:
    """The lines that would be written, as plain values; how many are as the register has them; what is wrong."""

    plan: list[dict[str, Any]] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def wrong_lines(self) -> set[int]:
        """The lines that can't be taken."""
        return {problem.line for problem in self.problems}


class LineReader:
    """Reads one line's cells, noting what is wrong with each; the values of a line with problems aren't used."""

    def __init__(self, row: Row, columns: Sequence[Column], problems: list[Problem]) -> None:
        self.row = row
        self.columns = {column.key: column for column in columns}
        self.problems = problems
        self.faultless = True
        for key, text in row.texts.items():
            if text.startswith("="):
                self.blame(key, Invalid("This is a formula: put the value itself there."))
            elif len(text) > LONGEST_CELL:
                self.blame(key, Invalid("This is too long: at most %(count)s characters.", count=LONGEST_CELL))

    def text(self, key: str, longest: int, *, default: str = "") -> str:
        """A cell of at most `longest` characters; empty only if the column isn't required."""
        value = " ".join(self.row.texts.get(key, "").split()) or default
        if not value and self.columns[key].required:
            self.blame(key, Invalid("This must be filled in."))
        elif len(value) > longest:
            self.blame(key, Invalid("This is too long: at most %(count)s characters.", count=longest))
        return value

    def blame(self, key: str, error: PortalError) -> None:
        """Note that the cell is wrong."""
        self.faultless = False
        self.problems.append(Problem(self.row.line, self.columns[key].heading, error.message, dict(error.params)))


def some_at_a_time(values: Iterable[T], most: int = SQL_MOST) -> Iterator[list[T]]:
    """The values in pieces a statement can hold."""
    everything = list(values)
    for start in range(0, len(everything), most):
        yield everything[start : start + most]
