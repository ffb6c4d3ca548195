"""The page of GB/T 9704-2012 in millimetres, measured from the top left corner of the sheet.

Vertical figures are distances between glyph edges, as GB/T 33476.2-2016 reads them: a row is the height of a
size-3 character (5.54 mm) plus 7/8 of it (4.85 mm), and the first row of a page starts at the upper edge of the
type area, so that 22 rows fill 37 mm … 262 mm.
"""

from portal.core.typefaces import Colour

MM_PER_POINT = 25.4 / 72

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
TOP, LEFT, WIDTH, HEIGHT = 37.0, 28.0, 156.0, 225.0
RIGHT, BOTTOM = LEFT + WIDTH, TOP + HEIGHT

COLUMNS, ROWS = 28, 22
CELL = WIDTH / COLUMNS

SIZE_2, SIZE_3, SIZE_4 = 22.0, 16.0, 14.0  # 二号, 三号, 四号 in points

EM_ABOVE_BASELINE = 0.88  # the em square of every Han face used stands 0.12 em below the baseline
GLYPH = 5.54  # height of a size-3 character (GB/T 33476.2)
LEADING = GLYPH * 7 / 8
PITCH = GLYPH + LEADING  # one row, 10.39 mm
TIGHTEST, LOOSEST = 9.9, 11.0  # row pitches allowed to keep a signature with its text (7.3.5.5)

RED_HEAD_TOP = TOP + 35  # 7.2.4
LETTER_GAP = 2 * PITCH  # mark → number, rule → title: two rows between edges (GB/T 33476.2)
NUMBER_TO_RULE = 4.0  # 7.2.7
RED_RULE = 0.5
PAGE_NUMBER_TOP = BOTTOM + 7  # upper edge of the dashes, 7.5
THICK_RULE, THIN_RULE = 0.35, 0.25  # 7.4.1

PALE: Colour = (0.925, 0.925, 0.925)


def points(mm: float) -> float:
    """Millimetres to points."""
    return mm / MM_PER_POINT


def millimetres(pt: float) -> float:
    """Points to millimetres."""
    return pt * MM_PER_POINT
