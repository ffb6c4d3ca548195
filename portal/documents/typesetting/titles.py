"""Titles broken by meaning into lines that form a trapezium or a diamond (GB/T 9704-2012, 7.3.1)."""

import logging
from functools import cache
from itertools import combinations, pairwise
from types import ModuleType

from portal.documents.typesetting.lines import NOT_FIRST, NOT_LAST

LONGEST = 20  # size-2 characters that fit the type area
COMFORTABLE = 18
MOST_LINES = 4  # beyond it the combinations of cuts grow too many and no shape is left to see
_NUMERALS = frozenset("0123456789〇○一二三四五六七八九十")
_CLINGS_TO_THE_LEFT = frozenset("的之和与及等了")


@cache
def _segmenter() -> ModuleType:
    import jieba  # builds its prefix dictionary once: only titles that need breaking pay for it

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba


def load_words() -> None:
    """Load the dictionary of words now instead of with the first long title: it takes seconds."""
    _segmenter()


def break_title(title: str) -> list[str]:
    """The lines of a title; a title of at most 20 characters stays on one line."""
    if len(title) <= LONGEST:
        return [title]
    borders = _borders(title)
    wanted = -(-len(title) // COMFORTABLE)
    for count in range(wanted, MOST_LINES + 1):
        cuts = [c for c in combinations(borders, count - 1) if _fits(title, c)]
        if cuts:
            return _slices(title, min(cuts, key=lambda c: _cost(title, c)))
    return _filled(title, borders)


def _filled(title: str, borders: list[int]) -> list[str]:
    """Lines filled one after the other: for a title too long to be given a shape."""
    lines, start = [], 0
    while len(title) - start > COMFORTABLE:
        end = max((b for b in borders if start + 4 <= b <= start + COMFORTABLE), default=start + COMFORTABLE)
        lines.append(title[start:end])
        start = end
    return [*lines, title[start:]]


def _borders(title: str) -> list[int]:
    """Where a title may be broken: between words, but not in a number or date, nor where a mark forbids it."""
    borders, at = [], 0
    for word in _segmenter().cut(title):
        at += len(word)
        if at < len(title) and not _sticks(title[at - 1], title[at]):
            borders.append(at)
    return borders


def _sticks(before: str, after: str) -> bool:
    if after in NOT_FIRST or after in _CLINGS_TO_THE_LEFT or before in NOT_LAST:
        return True
    return before in _NUMERALS and (after in _NUMERALS or after in "年月日号届次")


def _slices(title: str, cuts: tuple[int, ...]) -> list[str]:
    edges = (0, *cuts, len(title))
    return [title[a:b] for a, b in pairwise(edges)]


def _fits(title: str, cuts: tuple[int, ...]) -> bool:
    return all(4 <= len(line) <= LONGEST for line in _slices(title, cuts))


def _cost(title: str, cuts: tuple[int, ...]) -> float:
    """How far the lines are from a calm trapezium or diamond; breaks before 关于 and outside 《》 are favoured."""
    lines = _slices(title, cuts)
    lengths = [len(line) for line in lines]
    mean = len(title) / len(lines)
    cost = sum(abs(length - mean) for length in lengths)
    steps = [b - a for a, b in pairwise(lengths)]
    cost += sum(2.0 for step in steps if step == 0)
    if any(a < 0 < b for a, b in pairwise(steps)):
        cost += 6  # an hourglass
    cost -= sum(5.0 for cut in cuts if title.startswith("关于", cut))
    cost += sum(3.0 for line in lines[:-1] if line.endswith("关于"))
    cost += sum(2.0 for line in lines[:-1] if line.count("《") != line.count("》"))
    return cost
