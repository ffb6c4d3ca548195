"""The head of an official document: marks, red head, number, signers, title, main recipients (7.2, 7.3.1, 7.3.2)."""

from portal.core.typefaces import RED
from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.geometry import (
    CELL,
    EM_ABOVE_BASELINE,
    GLYPH,
    LEADING,
    LEFT,
    LETTER_GAP,
    NUMBER_TO_RULE,
    PITCH,
    RED_HEAD_TOP,
    RED_RULE,
    RIGHT,
    SIZE_2,
    TOP,
    WIDTH,
    millimetres,
    points,
)
from portal.documents.typesetting.lines import Line, Setter
from portal.documents.typesetting.manuscript import Manuscript
from portal.documents.typesetting.marks import MOST_MARKS, stacked_marks
from portal.documents.typesetting.pages import Item, Page, Placed, Rule
from portal.documents.typesetting.titles import break_title

MARK_WIDTH = 146.0  # mm the red head may fill
MARK_HEIGHT = 17.0  # mm, em of the largest red head
MARK_SPREAD = 0.28  # em a short red head is letter-spaced by at most
NARROWEST = 0.62  # horizontal scale below which a long red head gets smaller instead
SIGNERS_IN_ROW = 2


def red_head(text: str, setter: Setter) -> tuple[Placed, float]:
    """The red head, its upper ink edge 35 mm below the type area's; and the y of its lower ink edge."""
    wanted = len(text) * MARK_HEIGHT
    stretch = max(min(1.0, MARK_WIDTH / wanted), NARROWEST)
    em = min(MARK_HEIGHT, MARK_WIDTH / (len(text) * stretch))
    gaps = max(len(text) - 1, 1)
    spread = min(max(MARK_WIDTH - len(text) * em * stretch, 0) / gaps, em * MARK_SPREAD)
    line = setter.sized(points(em)).single([(text, Style.TITLE)], spread)
    low, high = line.runs[0].face.ink(text)
    x = LEFT + (WIDTH - line.width * stretch) / 2
    y = RED_HEAD_TOP - (EM_ABOVE_BASELINE - high) * em
    return Placed(line, x, y, colour=RED, stretch=stretch), RED_HEAD_TOP + (high - low) * em


def _red_heads(manuscript: Manuscript, setter: Setter) -> tuple[list[Placed], float]:
    """One mark, or those of all organs of a joint document."""
    organs = [manuscript.red_head, *(organ.red_head for organ in manuscript.joint)]
    if not 1 < len(organs) <= MOST_MARKS:
        mark, end = red_head(manuscript.red_head, setter)
        return [mark], end
    return stacked_marks(organs, setter, width=MARK_WIDTH, tallest=MARK_HEIGHT, narrowest=NARROWEST)


def centred(line: Line, y: float) -> Placed:
    """A line in the middle of the type area."""
    return Placed(line, LEFT + (WIDTH - line.width) / 2, y)


def set_title(title: str, setter: Setter, y: float) -> tuple[list[Placed], float]:
    """Title lines in 2号 小标宋 from `y` on; and the y of their lower edge."""
    em = millimetres(SIZE_2)
    large = setter.sized(SIZE_2)
    lines = [large.single([(text, Style.TITLE)]) for text in break_title(title)]
    placed = [centred(line, y + i * (em + LEADING)) for i, line in enumerate(lines)]
    return placed, y + len(lines) * (em + LEADING) - LEADING


def set_head(manuscript: Manuscript, setter: Setter, page: Page) -> float:
    """Draw everything down to the title on page 1; returns the y of the next line."""
    page.items.extend(_marks(manuscript, setter))
    marks, mark_end = _red_heads(manuscript, setter)
    rows, y = _number_and_signers(manuscript, setter, mark_end + LETTER_GAP)
    page.items.extend([*marks, *rows, Rule(y + NUMBER_TO_RULE, RED_RULE, RED)])
    title, y = set_title(manuscript.title, setter, y + NUMBER_TO_RULE + RED_RULE + LETTER_GAP)
    page.items.extend(title)
    return y + PITCH


def set_recipients(manuscript: Manuscript, setter: Setter, page: Page, y: float) -> float:
    """Draw the main recipients from `y` on, flush left; returns the y of the next line, off the page if so many."""
    if not manuscript.recipients:
        return y
    lines = setter.paragraph([("，".join(manuscript.recipients) + "：", Style.FANGSONG)], first=0)
    page.items.extend(Placed(line, LEFT, y + i * PITCH) for i, line in enumerate(lines))
    return y + len(lines) * PITCH


def _marks(manuscript: Manuscript, setter: Setter) -> list[Placed]:
    """Copy number and urgency, one below the other at the top left (7.2.1, 7.2.3)."""
    marks = [(manuscript.serial, Style.FANGSONG), (manuscript.urgency, Style.HEI)]
    present = [setter.single([mark]) for mark in marks if mark[0]]
    return [Placed(line, LEFT, TOP + i * PITCH) for i, line in enumerate(present)]


def _number_and_signers(manuscript: Manuscript, setter: Setter, y: float) -> tuple[list[Item], float]:
    """The document number, centred or, beside the last signer, at the left (7.2.5, 7.2.6); and its lower edge."""
    number = setter.single([(manuscript.document_number or " ", Style.FANGSONG)])
    if not manuscript.signers:
        return [centred(number, y)], y + GLYPH
    label = setter.single([("签发人：", Style.FANGSONG)])
    rows = [manuscript.signers[i : i + SIGNERS_IN_ROW] for i in range(0, len(manuscript.signers), SIGNERS_IN_ROW)]
    names = [setter.single([("\u3000".join(row), Style.KAI)]) for row in rows]
    x = RIGHT - CELL - max(line.width for line in names)
    items: list[Item] = [Placed(label, x - label.width, y)]
    items.extend(Placed(line, x, y + i * PITCH) for i, line in enumerate(names))
    last = y + (len(rows) - 1) * PITCH
    items.append(Placed(number, LEFT + CELL, last))
    return items, last + GLYPH
