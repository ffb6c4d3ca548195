"""Lists of requests as tables: a CSV file streamed at once, a workbook made by a worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openpyxl import Workbook
from sqlalchemy.orm import Session

from portal.core.clock import now, to_city
from portal.core.errors import Refused
from portal.core.jobs import Queue, enqueue
from portal.core.sheets import harmless
from portal.people.models import Person
from portal.tasks import limits
from portal.tasks.lifecycle import AssignmentState
from portal.tasks.models import Assignment, TaskExport
from portal.tasks.queries import Filter, everything

JOB = "portal.tasks.jobs.make_workbook"
# As they stand on the city's papers, whatever language the page has.
HEADINGS = (
    *("序号", "事项", "交办领导", "交办单位", "联系人", "承办单位", "承办人", "交办时间", "办理时限"),
    *("状态", "是否超期", "延误说明", "办理结果", "办结时间"),
)
STATES = {
    AssignmentState.PLANNED: "未发出",
    AssignmentState.SENT: "待签收",
    AssignmentState.ACCEPTED: "办理中",
    AssignmentState.REPLIED: "已回复",
    AssignmentState.CLOSED: "已办结",
    AssignmentState.CANCELLED: "已撤销",
}


def table(session: Session, person: Person, wanted: Filter) -> Iterator[tuple[str, ...]]:
    """Every line of the list, headings first."""
    yield HEADINGS
    for number, row in enumerate(everything(session, person, wanted), start=1):
        yield (str(number), *(harmless(value) for value in _line(row)))


def lines(session: Session, person: Person, wanted: Filter) -> Iterator[str]:
    """The lines of the CSV file; the mark in front tells spreadsheets that it is UTF-8."""
    yield "\ufeff"
    for row in table(session, person, wanted):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def workbook(session: Session, person: Person, wanted: Filter) -> io.BytesIO:
    """The list as XLSX, for workers only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("督办台账" if wanted.leaders else "请求办理事项")
    for row in table(session, person, wanted):
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made


def ask_workbook(session: Session, person: Person, wanted: Filter) -> TaskExport:
    """Ask for the list as a workbook; a worker makes it, with what this person may see then.

    Raises Refused at another's desk: the worker knows who asked, not for whom.
    """
    if person.acting is not None:
        raise Refused("Switch back to your own desk for a workbook. The CSV file has what you see here.")
    export = TaskExport(asked_by_id=person.id, asked_at=now(), wanted=wanted.address())
    session.add(export)
    session.flush()
    enqueue(session, Queue.WORK, JOB, export_id=export.id)
    return export


def _line(row: Assignment) -> tuple[str, ...]:
    result = row.replies[-1].text if row.replies and row.state == AssignmentState.CLOSED else ""
    overdue = limits.is_overdue(row) or limits.was_late(row)
    return (
        row.task.item.title,
        row.task.instructed_by,
        row.task.item.holder.name,
        row.task.requester.name,
        row.holder.name,
        row.assignee.name if row.assignee else "",
        to_city(row.sent_at).strftime("%Y-%m-%d") if row.sent_at else "",
        row.due_on.isoformat() if row.due_on else "",
        STATES[AssignmentState(row.state)],
        "超期" if overdue else "",
        row.delay_reason,
        result,
        to_city(row.ended_at).strftime("%Y-%m-%d") if row.ended_at else "",
    )
