"""Tables as files that spreadsheets open: CSV and XLSX, with nothing in them that could be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from openpyxl import Workbook

from portal.core.text import without_control

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: str) -> str:
    """Text that a spreadsheet takes, and not for a formula."""
    value = without_control(value)
    return f"'{value}" if value.startswith(_FORMULA) else value


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a CSV file; the mark in front tells spreadsheets that it is UTF-8."""
    yield "\ufeff"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([harmless(value) for value in row])
        yield line.getvalue()


def workbook(title: str, rows: Iterable[Sequence[str]]) -> io.BytesIO:
    """The table as XLSX; some seconds for thousands of rows, so for workers only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append([harmless(value) for value in row])
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made
