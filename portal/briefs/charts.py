"""Bars for the pages of statistics: their measures, drawn as SVG by `templates/briefs/_charts.html`, on paper too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROW, BAR, LABEL, WIDTH, TAIL = 30, 18, 150, 720, 60
HIGH, BASE, STEP, THICK = 180, 150, 58, 15
MOST_ROWS = 20


@dataclass(frozen=True)
class Bar:
    """A bar with its label and value; `y` is where its row begins."""

    label: str
    value: int
    y: int
    length: int
    mine: bool = False


@dataclass(frozen=True)
class Pair:
    """Two columns of one month: sent and adopted."""

    label: str
    first: int
    second: int
    x: int
    first_high: int
    second_high: int


def bars(rows: Sequence[tuple[str, int, bool]]) -> list[Bar]:
    """Bars across, the longest as wide as there is room; the first twenty."""
    rows = rows[:MOST_ROWS]
    most = max((value for _, value, _ in rows), default=0) or 1
    room = WIDTH - LABEL - TAIL
    return [
        Bar(label, value, place * ROW, max(2, room * value // most) if value else 0, mine)
        for place, (label, value, mine) in enumerate(rows)
    ]


def pairs(rows: Sequence[tuple[str, int, int]]) -> list[Pair]:
    """Pairs of columns upwards, one a month."""
    most = max((max(first, second) for _, first, second in rows), default=0) or 1
    room = BASE - 24
    return [
        Pair(label, first, second, 10 + place * STEP, room * first // most, room * second // most)
        for place, (label, first, second) in enumerate(rows)
    ]
