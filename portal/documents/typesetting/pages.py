"""Sheets of paper: what is drawn where, and how lines of text are shared out over them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from portal.core.typefaces import BLACK, Colour
from portal.documents.typesetting.geometry import (
    BOTTOM,
    GLYPH,
    LEFT,
    LOOSEST,
    PITCH,
    TIGHTEST,
    TOP,
    WIDTH,
)
from portal.documents.typesetting.lines import Line


@dataclass(frozen=True)
class Placed:
    """A line of text; `y` is the upper edge of its glyphs, `stretch` its horizontal scale, `angle` in degrees."""

    line: Line
    x: float
    y: float
    colour: Colour = BLACK
    stretch: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True)
class Rule:
    """A horizontal rule; `y` is its upper edge."""

    y: float
    thickness: float
    colour: Colour = BLACK
    x: float = LEFT
    width: float = WIDTH


@dataclass(frozen=True)
class Anchor:
    """A named point; two of them are the corners of a seal."""

    name: str
    x: float
    y: float


Item = Placed | Rule | Anchor


@dataclass
class Page:
    """One side of a sheet; the imprint page behind a blank page isn't numbered (7.5)."""

    items: list[Item] = field(default_factory=list)
    numbered: bool = True
    text_end: float = TOP


@dataclass(frozen=True)
class TextLine:
    """A line of running text; one that `keeps` may not be the last of its page, as a heading."""

    line: Line
    keeps: bool = False


@dataclass(frozen=True)
class Tail:
    """What closes the text (attachment note, signature, note): items from y = 0, the lower edge of the last line."""

    items: tuple[Item, ...]
    height: float


@dataclass(frozen=True)
class Share:
    """The lines of one page and the distance of their rows."""

    lines: Sequence[TextLine]
    pitch: float = PITCH


def extent(count: int, pitch: float = PITCH) -> float:
    """Height of `count` rows between the outer glyph edges."""
    return (count - 1) * pitch + GLYPH if count else 0.0


def capacity(top: float) -> int:
    """How many rows fit between `top` and the foot of the type area."""
    return int((BOTTOM - top - GLYPH) / PITCH + 1e-6) + 1


def moved(item: Item, y: float) -> Item:
    """The item `y` mm further down."""
    return replace(item, y=item.y + y)


def share_out(lines: Sequence[TextLine], top: float, tail: Tail) -> list[Share]:
    """Divide lines into pages so that the tail stands under at least one line of text (7.3.5.5).

    Where the tail has no room under the last lines, the rows of that page are drawn together a little; where that isn't
    enough, the last lines move over with it and the rows they leave are spread.
    """
    shares: list[Share] = []
    start, page_top = 0, top
    while len(lines) - start > (room := capacity(page_top)):
        end = _page_end(lines, start, start + room)
        shares.append(Share(lines[start:end]))
        start, page_top = end, TOP
    rest = lines[start:]
    return [*shares, *_close(rest, page_top, tail)]


def _page_end(lines: Sequence[TextLine], start: int, end: int) -> int:
    """Leave headings at the foot of a page to the next one, unless the page is nothing but headings."""
    kept = end
    while kept > start + 1 and lines[kept - 1].keeps:
        kept -= 1
    return kept if kept > start + 1 or not lines[kept - 1].keeps else end


def _close(lines: Sequence[TextLine], top: float, tail: Tail) -> list[Share]:
    """The last page of text, or the last two when lines have to move over with the tail."""
    space = BOTTOM - top - tail.height
    if extent(len(lines)) <= space:
        return [Share(lines)]
    if len(lines) > 1 and (pitch := (space - GLYPH) / (len(lines) - 1)) >= TIGHTEST:
        return [Share(lines, pitch)]
    if len(lines) < 2:
        return [Share(lines)]
    stay = _page_end(lines, 0, len(lines) - (2 if len(lines) > 3 else 1))
    loose = (BOTTOM - top - GLYPH) / (stay - 1) if stay > 1 else PITCH
    return [Share(lines[:stay], loose if PITCH < loose <= LOOSEST else PITCH), Share(lines[stay:])]


def lay(lines: Sequence[TextLine], tail: Tail, first: Page, top: float) -> list[Page]:
    """Set lines and tail onto pages, starting at `top` of the page given; returns it and the pages after it."""
    pages: list[Page] = []
    for share in share_out(lines, top, tail):
        page, y = (Page(), TOP) if pages else (first, top)
        for i, text in enumerate(share.lines):
            page.items.append(Placed(text.line, LEFT, y + i * share.pitch))
        page.text_end = y + extent(len(share.lines), share.pitch)
        pages.append(page)
    last = pages[-1]
    last.items.extend(moved(item, last.text_end) for item in tail.items)
    last.text_end += tail.height
    return pages
