"""What disclosure puts on a desk: requests by deadline, extensions, complaints, the annual report (M-9, M-10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, func, select

from portal.core.clock import CITY_ZONE, now
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.disclosure import report_queries, request_queries
from portal.disclosure.lifecycle import COMPLAINT_LABELS, REQUEST_LABELS, ComplaintState, RequestState
from portal.disclosure.operations.reports import due_on
from portal.disclosure.request_models import DisclosureComplaint, DisclosureRequest
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit

REQUESTS, CONSENT, OVERDUE = "disclosure-requests", "disclosure-consent", "disclosure-overdue"
COMPLAINTS, REPORT = "disclosure-complaints", "disclosure-report"
LIST = "disclosure.requests"
SECTIONS = (
    SectionKind(REQUESTS, N_("Requests for disclosure"), "world", Part.TODO, LIST, 131),
    SectionKind(CONSENT, N_("Extensions to consent to"), "hourglass", Part.TODO, LIST, 135),
    SectionKind(COMPLAINTS, N_("Complaints about disclosure"), "message", Part.TODO, "disclosure.complaints", 138),
    SectionKind(REPORT, N_("Annual report on disclosure"), "chart-bar", Part.TODO, "disclosure.reports", 136),
    SectionKind(OVERDUE, N_("Requests for disclosure overdue"), "clock-exclamation", Part.WATCH, LIST, 181, tone="bad"),
)
R = DisclosureRequest
SHOWN = 30


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that disclosure fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of it lies before the person."""
    if person.may(P.DISCLOSURE_HANDLE):
        yield Pile(REQUESTS, _requests(REQUESTS, request_queries.to_do(person)), _request)
        yield _report(person)
    if person.may(P.DISCLOSURE_CONSENT):
        yield Pile(CONSENT, _requests(CONSENT, request_queries.to_consent(person)), _request)
        yield Pile(OVERDUE, _requests(OVERDUE, request_queries.overdue(person, moment())), _request)
    if person.may(P.DISCLOSURE_MANAGE):
        yield Pile(COMPLAINTS, _complaints(), _complaint)


def _requests(key: str, rows: Select[Any]) -> Select[Any]:
    columns = found(
        key,
        id=R.id,
        title=func.substr(R.wanted, 1, SHOWN),
        at=R.received_at,
        mark_at=R.due_at,
        party=func.coalesce(Person.name, ""),
        state=R.state,
    )
    rows = rows.outerjoin(Person, Person.id == R.responsible_id)
    return rows.with_only_columns(*columns, maintain_column_froms=True).order_by(R.due_at, R.id)


def _request(row: Found) -> Line:
    state = RequestState(row.state)
    late = row.mark_at is not None and row.mark_at < now() and state != RequestState.ANSWERED
    title = row.title.replace("\n", " ")
    target = {"request_id": row.id}
    return Line(
        row.pile, title, "disclosure.asked", target, row.at, party=row.party or "",
        state=REQUEST_LABELS[state], late=late, due=None if state == RequestState.ANSWERED else row.mark_at,
    )  # fmt: skip


def _complaints() -> Select[Any]:
    made = DisclosureComplaint
    columns = found(
        COMPLAINTS, id=made.id, title=func.substr(made.text, 1, SHOWN), at=made.received_at, mark_at=made.due_at,
        party=Unit.short_name,
    )  # fmt: skip
    rows = select(*columns).select_from(made).join(Unit, Unit.id == made.unit_id)
    return rows.where(made.state == ComplaintState.RECEIVED).order_by(made.due_at, made.id)


def _complaint(row: Found) -> Line:
    late = row.mark_at is not None and row.mark_at < now()
    title, target = row.title.replace("\n", " "), {"complaint_id": row.id}
    return Line(
        COMPLAINTS, title, "disclosure.complaint", target, row.at, party=row.party or "",
        state=COMPLAINT_LABELS[ComplaintState.RECEIVED], late=late, due=row.mark_at,
    )  # fmt: skip


def _report(person: Person) -> Pile:
    year = report_queries.last_year()
    due = datetime.combine(due_on(year), time(23, 59, 59), CITY_ZONE)
    # Its name, and so in Chinese for all.
    title = f"{year}年度政府信息公开工作年度报告"
    over = datetime(year + 1, 1, 1, tzinfo=CITY_ZONE)
    columns = found(REPORT, id=Unit.id, title=title, at=over, party=Unit.short_name)
    rows = report_queries.report_missing(person, year).with_only_columns(*columns, maintain_column_froms=True)

    def line(row: Found) -> Line:
        late = due < now()
        return Line(REPORT, row.title, "disclosure.reports", {}, row.at, party=row.party or "", late=late, due=due)

    return Pile(REPORT, rows.order_by(Unit.id), line)
