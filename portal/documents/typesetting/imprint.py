"""The imprint 版记 at the foot of the last page (7.4)."""

from dataclasses import dataclass

from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.geometry import (
    BOTTOM,
    LEADING,
    LEFT,
    RIGHT,
    SIZE_4,
    THICK_RULE,
    THIN_RULE,
    WIDTH,
    millimetres,
)
from portal.documents.typesetting.lines import Line, Setter
from portal.documents.typesetting.manuscript import Manuscript, written_date
from portal.documents.typesetting.pages import Item, Page, Placed, Rule, moved

EM = millimetres(SIZE_4)
ROW = EM + LEADING


@dataclass(frozen=True)
class Imprint:
    """Its items from y = 0, the upper edge of the first rule, and its height."""

    items: tuple[Item, ...]
    height: float


def set_imprint(manuscript: Manuscript, setter: Setter, with_recipients: bool) -> Imprint | None:
    """The imprint: copied organs, printing organ and date; main recipients where page 1 had no room for them."""
    small = setter.sized(SIZE_4)
    lists: list[Line] = []
    if with_recipients and manuscript.recipients:
        lists.extend(_organs("主送：", manuscript.recipients, small))
    if manuscript.copies:
        lists.extend(_organs("抄送：", manuscript.copies, small))
    printed = _printing(manuscript, small)
    if not lists and not printed:
        return None
    items: list[Item] = [Rule(0, THICK_RULE)]
    items.extend(Placed(line, LEFT + EM, THICK_RULE + LEADING / 2 + i * ROW) for i, line in enumerate(lists))
    y = THICK_RULE + len(lists) * ROW
    if printed:
        if lists:
            items.append(Rule(y, THIN_RULE))
            y += THIN_RULE
        items.extend(Placed(line, x, y + LEADING / 2) for line, x in printed)
        y += ROW
    items.append(Rule(y, THICK_RULE))
    return Imprint(tuple(items), y + THICK_RULE)


def _organs(label: str, names: tuple[str, ...], small: Setter) -> list[Line]:
    text = label + "，".join(name.rstrip("。，") for name in names) + "。"
    return small.paragraph([(text, Style.FANGSONG)], columns=WIDTH / EM - 2, first=0, rest=len(label))


def _printing(manuscript: Manuscript, small: Setter) -> list[tuple[Line, float]]:
    if not manuscript.printing_organ:
        return []
    organ = small.single([(manuscript.printing_organ, Style.FANGSONG)])
    date = small.single([(written_date(manuscript.printing_date or manuscript.date) + "印发", Style.FANGSONG)])
    return [(organ, LEFT + EM), (date, RIGHT - EM - date.width)]


def place_imprint(imprint: Imprint, pages: list[Page], even: bool) -> None:
    """Stand the imprint on the foot of the last page, on an even one if so wished (GB/T 33476.2).

    Adds a page where the last has no room or is odd; behind a blank page neither is numbered (7.5).
    """
    fits = pages[-1].text_end + LEADING <= BOTTOM - imprint.height
    if not fits or (even and len(pages) % 2):
        pages.append(Page())
        if even and len(pages) % 2:
            pages[-1].numbered = False
            pages.append(Page(numbered=False))
    page, y = pages[-1], BOTTOM - imprint.height
    page.items.extend(moved(item, y) for item in imprint.items)
    page.text_end = BOTTOM
