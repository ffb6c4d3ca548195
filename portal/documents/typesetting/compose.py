"""From a manuscript to pages: head, text, closing, annexes, imprint, page numbers."""

from dataclasses import dataclass
from pathlib import Path

from portal.core.errors import Invalid
from portal.documents.typesetting.closing import attachment_lines, closing
from portal.documents.typesetting.fonts import Style, is_traditional
from portal.documents.typesetting.geometry import (
    BOTTOM,
    CELL,
    COLUMNS,
    EM_ABOVE_BASELINE,
    LEFT,
    PAGE_NUMBER_TOP,
    PALE,
    PITCH,
    RIGHT,
    SIZE_4,
    TOP,
    millimetres,
)
from portal.documents.typesetting.head import set_head, set_recipients, set_title
from portal.documents.typesetting.imprint import place_imprint, set_imprint
from portal.documents.typesetting.lines import Line, Run, Setter
from portal.documents.typesetting.manuscript import Annex, Manuscript
from portal.documents.typesetting.pages import Page, Placed, Tail, TextLine, capacity, lay
from portal.documents.typesetting.parse import Block, Division, Kind, divide, parse_lines

PROOF_MARK, PROOF_SIZE = "未签发", 100.0
NO_TAIL = Tail((), 0.0)


@dataclass(frozen=True)
class Plan:
    """Two liberties the standard leaves when page and signature don't come out (7.3.2, 7.3.5.5)."""

    recipients_above: bool  # or in the imprint
    note_with_signature: bool  # or running on as lines of text


PLANS = (Plan(True, True), Plan(True, False), Plan(False, True), Plan(False, False))


def compose(manuscript: Manuscript, fonts_dir: Path) -> list[Page]:
    """The pages of a document, in order."""
    setter = Setter(fonts_dir, traditional=is_traditional(manuscript.title + manuscript.text, fonts_dir))
    division = divide(manuscript.text)
    pages, plan = _text_pages(manuscript, setter, division)
    if division.issued:
        pages.extend(_annex(division.issued, None, setter))
    annexes = (*manuscript.annexes, *division.annexes)
    for i, annex in enumerate(annexes):
        pages.extend(_annex(annex, str(i + 1) if len(annexes) > 1 else "", setter))
    imprint = set_imprint(manuscript, setter, with_recipients=not plan.recipients_above)
    if imprint:
        place_imprint(imprint, pages, manuscript.even_imprint)
    _number_pages(pages, setter)
    if manuscript.proof:
        _mark_as_proof(pages, setter)
    return pages


def _text_pages(manuscript: Manuscript, setter: Setter, division: Division) -> tuple[list[Page], Plan]:
    """The pages of text and signature, by the first plan that keeps everything inside the type area.

    Raises Invalid when the title alone, or what so many organs need, fills the page.
    """
    lines = set_blocks(parse_lines(division.lines), setter)
    attachments = manuscript.attachments or division.attachments
    for plan in PLANS:
        first = Page()
        top = set_head(manuscript, setter, first)
        if plan.recipients_above:
            top = set_recipients(manuscript, setter, first, top)
        if capacity(top) < 1:  # page 1 must carry text (7.3.3)
            continue
        pages = lay(*_closed(manuscript, setter, lines, attachments, plan), first, top)
        if pages[-1].text_end <= BOTTOM:
            return pages, plan
    if manuscript.joint:
        raise Invalid("Marks and seals of so many units leave no room for text on one page with them.", field="joint")
    raise Invalid("The title leaves no room for text and signature on the first page. Shorten it.", field="title")


def _closed(
    manuscript: Manuscript, setter: Setter, lines: list[TextLine], attachments: tuple[str, ...], plan: Plan
) -> tuple[list[TextLine], Tail]:
    """The lines of text and what closes them."""
    if plan.note_with_signature or not attachments:
        return lines, closing(manuscript, setter, attachments)
    blank = TextLine(setter.single([(" ", Style.FANGSONG)]), keeps=True)
    notes = [TextLine(line) for line in attachment_lines(attachments, setter)]
    return [*lines, blank, *notes], closing(manuscript, setter, ())


def set_blocks(blocks: list[Block], setter: Setter) -> list[TextLine]:
    """Break blocks into lines; the last line of a heading keeps with the next."""
    lines: list[TextLine] = []
    for block in blocks:
        keeps = block.kind is not Kind.PARAGRAPH
        if block.kind is Kind.CENTRED:
            line = setter.single(block.spans)
            lines.append(TextLine(_indented(line, (COLUMNS * CELL - line.width) / 2), keeps))
        else:
            lines.extend(TextLine(line, keeps) for line in setter.paragraph(block.spans))
    return lines


def _indented(line: Line, x: float) -> Line:
    runs = tuple(Run(r.text, r.face, r.size, r.x + x, r.spacing) for r in line.runs)
    return Line(runs, line.width + x, line.size)


def _annex(annex: Annex, number: str | None, setter: Setter) -> list[Page]:
    """An annex on a new page: its mark in row 1, its title centred in row 3 (7.3.7).

    What a notice issues has no `number`, thus no mark.
    """
    page = Page()
    if number is not None:
        page.items.append(Placed(setter.single([(f"附件{number}", Style.HEI)]), LEFT, TOP))
    title, end = set_title(annex.title, setter, TOP + 2 * PITCH)
    page.items.extend(title)
    lines = set_blocks(parse_lines(annex.text.splitlines()), setter)
    return lay(lines, NO_TAIL, page, end + PITCH)


def _number_pages(pages: list[Page], setter: Setter) -> None:
    """Page numbers on the outer side, 1 character in, dashes 7 mm below the type area (7.5)."""
    em = millimetres(SIZE_4)
    small = setter.sized(SIZE_4)
    for number, page in enumerate(pages, 1):
        if not page.numbered:
            continue
        line = small.single([("—", Style.SONG), (f" {number} ", Style.WESTERN), ("—", Style.SONG)])
        _, high = line.runs[0].face.ink("—")
        y = PAGE_NUMBER_TOP - (EM_ABOVE_BASELINE - high) * em
        page.items.append(Placed(line, RIGHT - CELL - line.width if number % 2 else LEFT + CELL, y))


def _mark_as_proof(pages: list[Page], setter: Setter) -> None:
    """Say in pale letters across every page, under the text, that the document isn't issued."""
    line = setter.sized(PROOF_SIZE).single([(PROOF_MARK, Style.HEI)], spacing=12)
    for page in pages:
        page.items.insert(0, Placed(line, 36, 200, PALE, angle=38))
