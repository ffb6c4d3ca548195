"""Reading import files: CSV (UTF-8 or GB18030) and XLSX become lines of text by column; nothing in them is computed."""

from __future__ import annotations

import csv
import io
import tempfile
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from openpyxl import load_workbook

from portal.content.clean_office import clean_xlsx
from portal.content.packages import BROKEN
from portal.content.uploads import MEGABYTE, clean_name
from portal.core.errors import Refused
from portal.core.sheets import harmless
from portal.registration.import_models import What
from portal.registration.import_words import COLUMNS, IGNORED, Column, plain

LARGEST = 20 * MEGABYTE
MOST_LINES = 50_000
MOST_COLUMNS = 40
LONGEST_CELL = 500
SUFFIXES = (".csv", ".xlsx")

Cells = Sequence[object]


@dataclass(frozen=True)
class Row:
    """A line with its number in the file and its texts by column key; missing cells are ''."""

    line: int
    texts: dict[str, str]


def usable_name(filename: str) -> str:
    """The file's name, if it is of a kind we read. Raises Refused."""
    name = clean_name(filename)
    if not name.endswith(SUFFIXES):
        raise Refused("%(name)s can't be read: an import file is an XLSX or CSV table.", name=name)
    return name


def read_table(file: BinaryIO, name: str, what: What) -> list[Row]:
    """All lines of a table. Raises Refused for a file as a whole: damaged, too long, headings missing or unknown."""
    numbered = _sheet(file, name) if name.endswith(".xlsx") else _text(file, name)
    rows: list[Row] = []
    keys: list[str | None] | None = None
    for line, cells in numbered:
        texts = [_clean(cell) for cell in cells]
        if len(texts) > MOST_COLUMNS and any(texts[MOST_COLUMNS:]):
            raise Refused("%(name)s has more than %(count)s columns.", name=name, count=MOST_COLUMNS)
        if not any(texts):
            continue
        if keys is None:
            keys = _keys(texts, what)
            continue
        if len(rows) >= MOST_LINES:
            raise Refused("%(name)s has more than %(count)s lines: split it.", name=name, count=MOST_LINES)
        rows.append(Row(line, {key: text for key, text in zip(keys, texts, strict=False) if key}))
    if not rows:
        raise Refused("%(name)s holds no lines below its headings.", name=name)
    return rows


def _keys(headings: Iterable[str], what: What) -> list[str | None]:
    known = {plain(word): column.key for column in COLUMNS[what] for word in (column.heading, *column.others)}
    keys: list[str | None] = []
    for heading in headings:
        word = plain(heading)
        if word and word not in known and word not in IGNORED:
            raise Refused("There is no column %(heading)s: take the headings of the template.", heading=heading[:40])
        key = known.get(word)
        if key is not None and key in keys:
            raise Refused("The column %(heading)s stands there twice.", heading=heading[:40])
        keys.append(key)
    missing = [column.heading for column in COLUMNS[what] if column.required and column.key not in keys]
    if missing:
        raise Refused("The column %(heading)s is missing: take the template.", heading="、".join(missing))
    return keys


def _text(file: BinaryIO, name: str) -> Iterator[tuple[int, Cells]]:
    content = file.read(LARGEST + 1)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused("%(name)s isn't text in UTF-8 or GB18030: save it as CSV again.", name=name)
    if "\0" in text:
        raise Refused("%(name)s isn't a CSV table: save it as CSV again.", name=name)
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if head.count("\t") > head.count(",") else ",")
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise Refused("%(name)s isn't a CSV table: save it as CSV again.", name=name) from error


def _sheet(file: BinaryIO, name: str) -> Iterator[tuple[int, Cells]]:
    with tempfile.TemporaryFile() as clean:
        clean_xlsx(file, clean, name)
        clean.seek(0)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it doesn't support (styles, validations) we don't need
                yield from _first_sheet(clean, name)
        except Refused:
            raise
        except (*BROKEN, TypeError, AttributeError, IndexError, SyntaxError) as error:
            raise Refused("%(name)s is damaged: save it anew and attach it again.", name=name) from error


def _first_sheet(file: BinaryIO, name: str) -> Iterator[tuple[int, Cells]]:
    book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size needn't be true
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if line > 2 * MOST_LINES:
                raise Refused("%(name)s has more than %(count)s lines: split it.", name=name, count=MOST_LINES)
            yield line, cells
    finally:
        book.close()


def _clean(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    text = unicodedata.normalize("NFC", str(cell)).replace("\r\n", "\n")
    return "".join(char for char in text if char == "\n" or unicodedata.category(char)[0] != "C").strip()


# -- writing ----------------------------------------------------------------------------------------------------------


def template(what: What, kind: str) -> bytes:
    """The empty file with its headings and a line as example."""
    columns: tuple[Column, ...] = COLUMNS[what]
    return table_bytes(
        [[column.heading for column in columns], [column.example for column in columns]], kind, sheet="导入"
    )


def table_bytes(rows: Iterable[Sequence[str]], kind: str, *, sheet: str) -> bytes:
    """A table as CSV (UTF-8 with its mark, as spreadsheet programs want it) or XLSX."""
    return _as_sheet(rows, sheet) if kind == "xlsx" else _as_text(rows)


def _as_text(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _as_sheet(rows: Iterable[Sequence[str]], title: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type, cell.number_format = "s", "@"  # text: neither computed nor rounded
            cells.append(cell)
        sheet.append(cells)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
