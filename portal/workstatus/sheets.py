"""The board of a year as a table, for officials' spreadsheets: in Chinese, one line a unit and due item."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openpyxl import Workbook
from sqlalchemy.orm import Session

from portal.core.clock import to_city
from portal.core.sheets import harmless
from portal.workstatus import board, duties
from portal.workstatus.board import Status

HEADINGS = ("单位编码", "单位名称", "报送事项", "截止日期", "报送情况", "发布时间", "逾期天数")
WORDS = {
    Status.MISSING: "逾期未报",
    Status.LATE: "逾期报送",
    Status.OPEN: "未到期",
    Status.DONE: "按时报送",
    Status.EXEMPT: "免报",
    Status.NONE: "无需报送",
}
_LATE = (Status.MISSING, Status.LATE)


def table(session: Session, year: int) -> Iterator[tuple[str | int, ...]]:
    """Headings, then every unit and item of the year."""
    yield HEADINGS
    for code, name, due, status, at in board.everything(session, year):
        late = duties.days_late(due, at) if status in _LATE else 0
        when = f"{to_city(at):%Y-%m-%d %H:%M}" if at else ""
        yield _safe(code), _safe(name), due.title, due.due_on.isoformat(), WORDS[Status(status)], when, late or ""


def _safe(text: str) -> str:
    """Text that a spreadsheet doesn't take for a formula."""
    return harmless(text)


def as_csv(session: Session, year: int) -> io.BytesIO:
    """UTF-8 with the mark by which spreadsheets know it."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(table(session, year))
    return io.BytesIO(b"\xef\xbb\xbf" + lines.getvalue().encode())


def as_xlsx(session: Session, year: int) -> io.BytesIO:
    """A workbook; some seconds for thousands of units, so for workers only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(f"{year}年工作动态报送")
    for row in table(session, year):
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made


MAKERS = {"csv": as_csv, "xlsx": as_xlsx}
