"""The signatures of a joint document 联合公文: a name and a seal for each organ, none touching another (7.3.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.documents.typesetting.geometry import CELL, GLYPH, LEADING, LEFT, PITCH, RIGHT, WIDTH
from portal.documents.typesetting.lines import Line
from portal.documents.typesetting.pages import Anchor, Item, Placed

SEAL_ABOVE_NAME = 0.5  # mm from the seal's centre down to the name's upper edge: name and date sit below the centre
APART = 2.0  # mm left free between two seals, side by side and one above the other
MOST_IN_ROW = 3


@dataclass(frozen=True)
class Signature:
    """An organ's name as set, and its seal in millimetres."""

    name: Line
    diameter: float

    @property
    def half(self) -> float:
        """How far it reaches to either side."""
        return max(self.diameter, self.name.width) / 2


def row(index: int) -> float:
    """Upper edge of a row below a line that ends at 0; row 0 is the next one, row 1 follows a blank row."""
    return LEADING + index * PITCH


def name_row(diameter: float) -> float:
    """The upper edge of a name whose seal has its top within one row of the text."""
    return next(row(i) for i in range(9) if row(i) - SEAL_ABOVE_NAME >= diameter / 2)


def joint_block(signatures: Sequence[Signature], date: Line, end: float) -> tuple[list[Item], float, float]:
    """Items, lower edge, and the date's upper edge: rows of up to three, the last organ at the right above the date.

    Rows stand under each other in columns; a row that isn't full keeps to the right, where the date is.
    """
    half, widest = max(one.half for one in signatures), max(one.diameter for one in signatures)
    pitch = max(widest + APART, max(one.name.width for one in signatures) + CELL)
    columns = max(count for count in range(1, MOST_IN_ROW + 1) if count == 1 or 2 * half + (count - 1) * pitch <= WIDTH)
    columns = min(columns, len(signatures))
    last_x = _last_column(date, half, pitch, columns)
    rows, first_y, height = -(-len(signatures) // columns), end + name_row(widest), widest + APART
    items: list[Item] = []
    for index, one in enumerate(signatures):
        number = index // columns
        in_row = min(columns, len(signatures) - number * columns)
        x = last_x - (in_row - 1 - index % columns) * pitch
        items.extend(_signature(one, index + 1, x, first_y + number * height))
    date_y = first_y + (rows - 1) * height + PITCH
    items.append(Placed(date, last_x - date.width / 2, date_y))
    return items, max(date_y + GLYPH, date_y - PITCH - SEAL_ABOVE_NAME + widest / 2), date_y


def _last_column(date: Line, half: float, pitch: float, columns: int) -> float:
    """The middle of the last column: the date 4 characters from the right, unless the row needs the room."""
    wanted = min(RIGHT - 4 * CELL - date.width / 2, RIGHT - half)
    return max(wanted, LEFT + half + (columns - 1) * pitch)


def _signature(one: Signature, place: int, x: float, y: float) -> list[Item]:
    centre, radius = y - SEAL_ABOVE_NAME, one.diameter / 2
    return [
        Placed(one.name, x - one.name.width / 2, y),
        Anchor(f"seal-{place}-tl", x - radius, centre - radius),
        Anchor(f"seal-{place}-br", x + radius, centre + radius),
    ]
