"""Copies of a sealed file: numbered prints (GZ35, GZ31) and declassified downloads, equal to photocopies (GZ36).

On a copy the seals are part of the picture and no signature is left, so that nobody takes it for the original.
Marks keep to the margins outside the type area of GB/T 9704; only page numbers stand there, and they give way.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import cast

import pikepdf
import segno
from segno import consts

from portal.core.clock import to_city
from portal.core.errors import Refused
from portal.core.text import N_
from portal.seals.codes import CopyKind
from portal.seals.lettering import FONTS_DIR, Lettering

MM = 72 / 25.4
# The type area of GB/T 9704 5.2 begins 28 mm from the left, is 156 mm wide and ends 35 mm above the edge.
LEFT_MM, TYPE_WIDTH_MM = 28.0, 156.0
LINE_MM = 10.0
QR_MM, FACE_MM, GAP_MM, BLOCK_BOTTOM_MM = 26.0, 24.0, 3.0, 5.0
LABEL_TOP_MM = 18.0
SIZE, LINE_HEIGHT, LABEL_SIZE = 7.5, 12.0, 10.5

# The marks are in Chinese as the documents are, whatever language the reader has chosen for the pages.
HOW_TO_CHECK = "扫码或在核验页输入编号核验"
DOWNLOAD_LABEL = "脱密下载 等同于复印件"
_ACTS = {CopyKind.PRINT: "打印", CopyKind.DOWNLOAD: "下载"}


class NotCopied(Refused):
    """The sealed file can't be read as a PDF."""


@dataclass(frozen=True)
class CopyMarks:
    """What is drawn on a copy: of whom, when, which number.

    `address` goes into the QR code, `face_pdf` is the verification seal's, drawn beside it; each is left out when
    None. `copy` of `copies` is None for a download.
    """

    kind: CopyKind
    unit: str
    person: str
    at: dt.datetime
    copy_id: str
    copy: int | None = None
    copies: int | None = None
    address: str | None = None
    face_pdf: bytes | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The facts, a few words each."""
        at = to_city(self.at)
        number = () if self.copy is None else (f"第{self.copy}份 共{self.copies}份",)
        when = f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
        return (self.unit, *number, f"{self.person} {when} {_ACTS[self.kind]}", f"编号 {self.copy_id}")


def make_copy(sealed_pdf: Path, target: Path, marks: CopyMarks, fonts_dir: Path = FONTS_DIR) -> None:
    """Write the marked copy of `sealed_pdf` to `target`, whole or not at all; raises NotCopied."""
    try:
        with pikepdf.open(sealed_pdf) as pdf:
            _flatten(pdf)
            _draw_marks(pdf, marks, Lettering(fonts_dir))
            _save(pdf, target)
    except pikepdf.PdfError as error:
        raise NotCopied(N_("The file can't be read, so no copy was made.")) from error


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Make the seals part of the pages and drop what belongs to the original alone."""
    pdf.flatten_annotations("print")
    for page in pdf.pages:
        annotations = page.obj.get("/Annots", ())
        kept = [item for item in annotations if item.get("/Subtype") != "/Widget"]
        if kept:
            page.obj.Annots = pikepdf.Array(kept)
        elif "/Annots" in page.obj:
            del page.obj.Annots
    for key in ("/AcroForm", "/Perms", "/DSS"):
        if key in pdf.Root:
            del pdf.Root[key]


def _draw_marks(pdf: pikepdf.Pdf, marks: CopyMarks, lettering: Lettering) -> None:
    """Lay the margin marks over every page; the last one bears code and verification seal."""
    drawn: dict[tuple[object, ...], pikepdf.Object] = {}
    last = len(pdf.pages) - 1
    for index, page in enumerate(pdf.pages):
        box = tuple(float(edge) for edge in page.mediabox)
        closing = index == last and marks.address is not None
        key = (box, closing)
        if key not in drawn:
            drawn[key] = _overlay(pdf, box, marks, lettering, closing, number=index + 1)
        page.add_overlay(drawn[key], pikepdf.Rectangle(*box))


def _overlay(
    pdf: pikepdf.Pdf,
    box: Sequence[float],
    marks: CopyMarks,
    lettering: Lettering,
    closing: bool,
    number: int,
) -> pikepdf.Object:
    """Return the marks of a page as a form as large as the page."""
    left, bottom, right, top = box
    form = pikepdf.Dictionary(Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=list(box))
    parts = [f"q 0.25 g 1 0 0 1 {left:.3f} {bottom:.3f} cm"]
    if marks.kind is CopyKind.DOWNLOAD:
        parts.append(_label(lettering, right - left, top - bottom))
    if closing:
        parts.append(_block(lettering, marks, number))
        if marks.face_pdf is not None:
            form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Face=_face(pdf, marks.face_pdf)))
    else:
        parts.append(lettering.draw(_one_line(marks), SIZE, LEFT_MM * MM, LINE_MM * MM))
    parts.append("Q")
    return pdf.make_stream("\n".join(parts).encode(), form)


def _one_line(marks: CopyMarks) -> str:
    words = (DOWNLOAD_LABEL, *marks.lines) if marks.kind is CopyKind.DOWNLOAD else marks.lines
    return "　".join(words)


def _label(lettering: Lettering, width: float, height: float) -> str:
    """Return the framed words at the head of a download, centred in the top margin."""
    length = lettering.width(DOWNLOAD_LABEL, LABEL_SIZE)
    x, y = (width - length) / 2, height - LABEL_TOP_MM * MM
    frame = f"0.25 G 0.6 w {x - 6:.3f} {y - 5:.3f} {length + 12:.3f} {LABEL_SIZE + 8:.3f} re S"
    return f"{frame}\n{lettering.draw(DOWNLOAD_LABEL, LABEL_SIZE, x, y)}"


def _block(lettering: Lettering, marks: CopyMarks, number: int) -> str:
    """Return QR code, verification seal and facts in the foot, on the side without the page number (7.5)."""
    words = (*marks.lines, HOW_TO_CHECK)
    face = 0.0 if marks.face_pdf is None else (FACE_MM + GAP_MM) * MM
    text = (QR_MM + GAP_MM) * MM + face
    width = text + max(lettering.width(line, SIZE) for line in words)
    x = LEFT_MM * MM if number % 2 else (LEFT_MM + TYPE_WIDTH_MM) * MM - width
    middle = (BLOCK_BOTTOM_MM + QR_MM / 2) * MM
    parts = [_qr(marks.address or "", x, BLOCK_BOTTOM_MM * MM)]
    if face:
        side = FACE_MM * MM
        place = f"{x + (QR_MM + GAP_MM) * MM:.3f} {middle - side / 2:.3f}"
        parts.append(f"q {side:.3f} 0 0 {side:.3f} {place} cm /Face Do Q")
    first = middle + (len(words) - 1) * LINE_HEIGHT / 2 - SIZE * 0.36
    for row, line in enumerate(words):
        parts.append(lettering.draw(line, SIZE, x + text, first - row * LINE_HEIGHT))
    return "\n".join(parts)


def _qr(address: str, x: float, y: float) -> str:
    """Return the QR code at level M as filled rows; the paper's white around it is its quiet zone."""
    head, slash, code = address.rpartition("/")
    segments = [(head + slash, consts.MODE_BYTE), (code, consts.MODE_ALPHANUMERIC)]
    # segno takes a list of segments too, though its type doesn't say so.
    symbol = segno.make(cast(str, segments), error="m", micro=False, boost_error=False)
    side = QR_MM * MM / len(symbol.matrix)
    parts = [f"q 0 g {side:.5f} 0 0 {-side:.5f} {x:.3f} {y + QR_MM * MM:.3f} cm"]
    for row, modules in enumerate(symbol.matrix):
        line = "".join("1" if module else "0" for module in modules)
        start = line.find("1")
        while start >= 0:
            end = line.find("0", start) if "0" in line[start:] else len(line)
            parts.append(f"{start} {row} {end - start} 1 re")
            start = line.find("1", end)
    return " ".join([*parts, "f Q"])


def _face(pdf: pikepdf.Pdf, face_pdf: bytes) -> pikepdf.Object:
    """Return the seal's face as a form one unit wide and high."""
    with pikepdf.open(BytesIO(face_pdf)) as source:
        page = source.pages[0]
        left, bottom, right, top = (float(edge) for edge in page.mediabox)
        form = pdf.copy_foreign(page.as_form_xobject())
    width, height = right - left, top - bottom
    form.Matrix = [1 / width, 0, 0, 1 / height, -left / width, -bottom / height]
    return form


def _save(pdf: pikepdf.Pdf, target: Path) -> None:
    """Write to a temporary name beside `target` and rename."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        pdf.save(temporary)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
