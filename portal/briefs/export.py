"""The ranking of a month as a table: CSV at once, a workbook from a worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openpyxl import Workbook
from sqlalchemy.orm import Session

from portal.briefs import statistics
from portal.briefs.models import BriefExport
from portal.briefs.policy import require_editor
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.jobs import Queue, enqueue
from portal.core.sheets import harmless
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

JOB = "portal.briefs.jobs.make_table"
HEADINGS = ("名次", "单位", "报送条数", "采用条数", "联合采用", "采用率（%）", "得分")


def table(session: Session, month: str) -> Iterator[tuple[str | int, ...]]:
    """The ranking line by line, headings first."""
    yield HEADINGS
    for row in statistics.ranking(session, month):
        name = row.unit.name
        yield (
            row.rank,
            harmless(name),
            row.sent,
            row.adopted,
            row.joint,
            row.share,
            row.points,
        )


def text(session: Session, month: str) -> str:
    """The CSV file; the mark in front tells spreadsheets that it is UTF-8."""
    lines = io.StringIO()
    csv.writer(lines).writerows(table(session, month))
    return "\ufeff" + lines.getvalue()


def workbook(session: Session, month: str) -> io.BytesIO:
    """The ranking as XLSX, for workers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(f"政务信息 {month}")
    for row in table(session, month):
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made


def ask(session: Session, person: Person, month: str) -> BriefExport:
    """Ask for the workbook of a month; a worker makes it. Raises Denied."""
    require_editor(person)
    made = BriefExport(month=month, asked_by_id=person.id, asked_at=now())
    session.add(made)
    session.flush()
    enqueue(session, Queue.WORK, JOB, export_id=made.id)
    record(Event.BRIEF_EXPORT_ASKED, subject=made, actor=person, month=month)
    return made


def get(session: Session, person: Person, export_id: int) -> BriefExport:
    """A workbook the person asked for. Raises NotFound."""
    made = session.get(BriefExport, export_id)
    if made is None or made.asked_by_id != person.id:
        raise NotFound("There is no such workbook, or you didn't ask for it.")
    return made
