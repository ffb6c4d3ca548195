"""What closes the text: attachment note, signature with the seal's place, note (7.3.4–7.3.6)."""

from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.geometry import CELL, GLYPH, LEFT, PITCH, RIGHT
from portal.documents.typesetting.joint import SEAL_ABOVE_NAME, Signature, joint_block, name_row, row
from portal.documents.typesetting.lines import Line, Setter
from portal.documents.typesetting.manuscript import Manuscript, written_date
from portal.documents.typesetting.pages import Anchor, Item, Placed, Tail


def attachment_lines(names: tuple[str, ...], setter: Setter) -> list[Line]:
    """The attachment note: 附件：1. name, further lines aligned under the name's first character."""
    label = "附件："
    lines: list[Line] = []
    for i, name in enumerate(names):
        number = f"{i + 1}. " if len(names) > 1 else ""
        lead = setter.single([(label + number, Style.FANGSONG)])
        offset = 2 + lead.width / setter.cell
        if i == 0:
            lines.extend(setter.paragraph([(label + number + name, Style.FANGSONG)], first=2, rest=offset))
        else:
            lines.extend(setter.paragraph([(number + name, Style.FANGSONG)], first=5, rest=offset))
    return lines


def closing(manuscript: Manuscript, setter: Setter, attachments: tuple[str, ...]) -> Tail:
    """The tail of a document, measured from the lower edge of its last line of text."""
    items: list[Item] = []
    end = 0.0
    if notes := attachment_lines(attachments, setter):
        items.extend(Placed(line, LEFT, row(i + 1)) for i, line in enumerate(notes))
        end = row(len(notes)) + GLYPH
    signature, bottom, date_y = _signature(manuscript, setter, end)
    items.extend(signature)
    if manuscript.note:
        notes = setter.paragraph([(f"（{manuscript.note.strip('（）()')}）", Style.FANGSONG)])
        items.extend(Placed(line, LEFT, date_y + (i + 1) * PITCH) for i, line in enumerate(notes))
        bottom = max(bottom, date_y + len(notes) * PITCH + GLYPH)
    return Tail(tuple(items), bottom)


def _signature(manuscript: Manuscript, setter: Setter, end: float) -> tuple[list[Item], float, float]:
    """Items, lower edge, and the date's upper edge."""
    name = setter.single([(manuscript.organ, Style.FANGSONG)])
    date = setter.single([(written_date(manuscript.date), Style.FANGSONG)])
    if manuscript.joint:
        others = [(setter.single([(organ.name, Style.FANGSONG)]), organ.seal_diameter) for organ in manuscript.joint]
        signatures = [Signature(line, diameter) for line, diameter in ((name, manuscript.seal_diameter), *others)]
        return joint_block(signatures, date, end)
    if manuscript.seal_diameter:
        return _sealed(name, date, manuscript.seal_diameter, end)
    return _unsealed(name, date, end)


def _sealed(name: Line, date: Line, diameter: float, end: float) -> tuple[list[Item], float, float]:
    """7.3.5.1: date 4 characters from the right, name centred above it, the seal's top within one row of the text."""
    centre_x = min(RIGHT - 4 * CELL - date.width / 2, RIGHT - name.width / 2)
    name_y = end + name_row(diameter)
    date_y, centre_y, radius = name_y + PITCH, name_y - SEAL_ABOVE_NAME, diameter / 2
    items: list[Item] = [
        Placed(name, centre_x - name.width / 2, name_y),
        Placed(date, centre_x - date.width / 2, date_y),
        Anchor("seal-1-tl", centre_x - radius, centre_y - radius),
        Anchor("seal-1-br", centre_x + radius, centre_y + radius),
    ]
    return items, max(date_y + GLYPH, centre_y + radius), date_y


def _unsealed(name: Line, date: Line, end: float) -> tuple[list[Item], float, float]:
    """7.3.5.2: one blank row, name 2 characters from the right, date 2 characters further in than the name."""
    name_y = end + row(1)
    if date.width > name.width:
        date_x = RIGHT - 2 * CELL - date.width
        name_x = date_x - 2 * CELL
    else:
        name_x = RIGHT - 2 * CELL - name.width
        date_x = name_x + 2 * CELL
    return [Placed(name, name_x, name_y), Placed(date, date_x, name_y + PITCH)], name_y + PITCH + GLYPH, name_y + PITCH
