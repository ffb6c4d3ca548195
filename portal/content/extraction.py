"""The text of an accepted file, for the content gate and the search."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import groupby
from threading import Lock
from typing import BinaryIO

import pypdfium2

from portal.content.clean_text import decode
from portal.content.packages import Element, open_package, read_xml
from portal.content.uploads import DOCX, OFD, PDF, TXT, XLSX
from portal.core.errors import Refused

# PDFium isn't made for threads: everything in one process that uses it takes this lock.
PDFIUM_LOCK = Lock()

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_WORD_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_SHEET_PARTS = re.compile(r"xl/(worksheets/sheet\d+|comments\d*|drawings/drawing\d+)\.xml")
_OFD_PARTS = re.compile(r"(Doc_\d+/)?(Pages|Tpls|Annots)/.+\.xml|.*/Content\.xml")
_NUMBERS = re.compile(r"[0-9]{1,9}")
_INDEX = re.compile(r"[0-9]{1,9}")


def text_of(file: BinaryIO, media_type: str, name: str) -> str:
    """Return the readable text, a line for each paragraph or table row; empty for pictures and scans.

    Raises Refused when the file can't be read though it was accepted.
    """
    extract = _EXTRACTORS.get(media_type)
    file.seek(0)
    return "\n".join(extract(file, name)) if extract else ""


def _pdf(file: BinaryIO, name: str) -> Iterator[str]:
    with PDFIUM_LOCK:
        try:
            pdf = pypdfium2.PdfDocument(file)
            try:
                texts = [_page_text(page) for page in pdf]
            finally:
                pdf.close()
        except pypdfium2.PdfiumError as error:
            raise Refused("The text of %(name)s can't be read: make the file anew.", name=name) from error
    yield from texts


def _page_text(page: pypdfium2.PdfPage) -> str:
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_range()).replace("\r\n", "\n").replace("\r", "\n")
    finally:
        textpage.close()
        page.close()


def _docx(file: BinaryIO, name: str) -> Iterator[str]:
    with open_package(file, name) as package:
        for part in _parts(package, _WORD_PARTS):
            yield from _word_lines(read_xml(package, part, name))


def _word_lines(root: Element) -> Iterator[str]:
    """Give paragraphs, and each table row as one line, so that cells aren't taken for lines of their own."""
    for block in root.iter(f"{_WORD}p", f"{_WORD}tr"):
        if block.tag == f"{_WORD}tr":
            cells = ["".join(map(_word_text, cell.iter(f"{_WORD}p"))) for cell in block.iter(f"{_WORD}tc")]
            yield "\t".join(cells)
        elif next(block.iterancestors(f"{_WORD}tr"), None) is None:
            yield _word_text(block)


def _word_text(paragraph: Element) -> str:
    """Return the text of a paragraph, deleted text of tracked changes too: the recipient could read it."""
    parts = []
    for element in paragraph.iter(f"{_WORD}t", f"{_WORD}delText", f"{_WORD}tab", f"{_WORD}br"):
        if next(element.iterancestors(f"{_WORD}p")) is paragraph:
            parts.append({f"{_WORD}tab": "\t", f"{_WORD}br": "\n"}.get(element.tag, element.text or ""))
    return "".join(parts)


def _xlsx(file: BinaryIO, name: str) -> Iterator[str]:
    with open_package(file, name) as package:
        shared = []
        if "xl/sharedStrings.xml" in package.namelist():
            strings = read_xml(package, "xl/sharedStrings.xml", name)
            shared = ["".join(text.text or "" for text in item.iter("{*}t")) for item in strings.iter("{*}si")]
        for sheet in read_xml(package, "xl/workbook.xml", name).iter("{*}sheet"):
            yield sheet.get("name", "")
        for part in _parts(package, _SHEET_PARTS):
            root = read_xml(package, part, name)
            for row in root.iter("{*}row"):
                yield "\t".join(_cell_text(cell, shared) for cell in row.iter("{*}c"))
            # Drawings and comments have <t> outside cells, printed headers and footers elements of their own.
            for text in root.iter("{*}t", "{*}oddHeader", "{*}oddFooter", "{*}evenHeader", "{*}firstHeader"):
                if next(text.iterancestors("{*}c"), None) is None:
                    yield re.sub(r"&[LCR]", "\n", text.text or "")


def _cell_text(cell: Element, shared: list[str]) -> str:
    value = cell.findtext("{*}v") or ""
    if cell.get("t") == "s":
        return shared[int(value)] if _INDEX.fullmatch(value) and int(value) < len(shared) else ""
    return "".join(text.text or "" for text in cell.iter("{*}t")) or value


def _ofd(file: BinaryIO, name: str) -> Iterator[str]:
    with open_package(file, name) as package:
        for part in _parts(package, _OFD_PARTS):
            yield from _ofd_lines(read_xml(package, part, name))


def _ofd_lines(root: Element) -> Iterator[str]:
    """Give the text objects, those at one height joined: writers cut lines where the font changes."""
    for _, runs in groupby(root.iter("{*}TextObject"), key=_ofd_height):
        yield "".join(code.text or "" for run in runs for code in run.iter("{*}TextCode"))


def _ofd_height(run: Element) -> float | None:
    """Return where the object's box (x y width height, mm) begins, rounded to half a millimetre."""
    try:
        return round(float(run.get("Boundary", "").split()[1]) * 2) / 2
    except (ValueError, IndexError):
        return None


def _txt(file: BinaryIO, name: str) -> Iterator[str]:
    yield decode(file.read())


def _parts(package: zipfile.ZipFile, pattern: re.Pattern[str]) -> list[str]:
    """Return the matching parts in reading order: page 2 before page 10."""
    names = (name for name in package.namelist() if pattern.fullmatch(name))
    return sorted(names, key=lambda name: ([int(number) for number in _NUMBERS.findall(name)], name))


_EXTRACTORS: dict[str, Callable[[BinaryIO, str], Iterator[str]]] = {
    PDF.media_type: _pdf,
    DOCX.media_type: _docx,
    XLSX.media_type: _xlsx,
    OFD.media_type: _ofd,
    TXT.media_type: _txt,
}
