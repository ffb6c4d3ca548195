"""What every unit owes and by when, from the exchange rules (GZ41); announced and reminded of once each.

《广州办法》第四十一条: by the end of February last year's summary and this year's plan, by the tenth of each month
last month's report and this month's plan. The days are rules; one that is no working day may move on.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, Calendar, now, to_city, today
from portal.core.db import UtcDateTime
from portal.core.rules import ExchangeRules
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.units.models import Unit
from portal.workstatus import queries
from portal.workstatus.models import MONTHLY, YEARLY, DueKind, WorkDue, WorkReminder

Place = tuple[DueKind, int, int]
"""Kind, year and month in which it is owed."""


def due_day(kind: DueKind, year: int, month: int, rules: ExchangeRules) -> date:
    """The day by which it is owed."""
    if kind in YEARLY:
        day = date(year, rules.year_work_due_month, monthrange(year, rules.year_work_due_month)[1])
    else:
        day = date(year, month, min(rules.month_work_due_day, monthrange(year, month)[1]))
    calendar = Calendar()
    if rules.work_due_next_working_day and not calendar.is_working(day):
        day = calendar.next_working_day(day)
    return day


def title_of(kind: DueKind, year: int, month: int) -> str:
    """What officials call it; it stands as the title of what is owed in every language of the pages."""
    before = (year - 1, 12) if month == 1 else (year, month - 1)
    return {
        DueKind.YEAR_SUMMARY: f"{year - 1}年度工作总结",
        DueKind.YEAR_PLAN: f"{year}年度工作计划",
        DueKind.MONTH_REPORT: f"{before[0]}年{before[1]}月工作完成情况",
        DueKind.MONTH_PLAN: f"{year}年{month}月工作安排",
    }[kind]


def open_due(session: Session, kind: DueKind, year: int, month: int, rules: ExchangeRules) -> WorkDue:
    """Announce one due item to all units."""
    day = due_day(kind, year, month, rules)
    due = WorkDue(
        kind=kind,
        year=year,
        month=month,
        title=title_of(kind, year, month),
        opens_at=_start(date(year, month or 1, 1)),
        due_on=day,
        due_at=_start(day + timedelta(days=1)),
        announced_at=now(),
    )
    session.add(due)
    session.flush()
    record(Event.WORK_DUE_ANNOUNCED, subject=due, title=due.title, due_on=day.isoformat())
    return due


def announce(session: Session, rules: ExchangeRules) -> list[WorkDue]:
    """Announce what is owed by now and isn't announced yet; a month the scheduler missed is made up for."""
    known: set[Place] = {
        (DueKind(kind), year, month)
        for kind, year, month in session.execute(select(WorkDue.kind, WorkDue.year, WorkDue.month))
    }
    return [open_due(session, *place, rules) for place in _wanted(known, rules, today()) if place not in known]


def _wanted(known: set[Place], rules: ExchangeRules, day: date) -> Iterator[Place]:
    """From the first month ever announced to this one; the yearly ones while they can still be met, or once begun."""
    months = [(year, month) for _kind, year, month in known if month]
    year, month = min(months, default=(day.year, day.month))
    while (year, month) <= (day.year, day.month):
        yield from ((kind, year, month) for kind in MONTHLY)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    begun = min((year for _kind, year, month in known if not month), default=day.year)
    for owed in range(begun, day.year + 1):
        if begun < day.year or day <= due_day(DueKind.YEAR_PLAN, owed, 0, rules):
            yield from ((kind, owed, 0) for kind in YEARLY)


def remind(session: Session, rules: ExchangeRules) -> list[WorkDue]:
    """Remind every unit that still owes something of it, some working days before the day, once."""
    open_ones = select(WorkDue).where(WorkDue.reminded_at.is_(None), WorkDue.due_at > now())
    done = []
    for due in session.scalars(open_ones.order_by(WorkDue.id).with_for_update()):
        if today() >= _days_before(due.due_on, rules.work_reminder_days):
            due.reminded_at = now()
            owing = select(literal(due.id), Unit.id, literal(due.reminded_at, UtcDateTime)).where(
                queries.owed(Unit, due.id, due)
            )
            columns = [WorkReminder.due_id, WorkReminder.unit_id, WorkReminder.at]
            units = session.execute(insert(WorkReminder).from_select(columns, owing)).rowcount  # type: ignore[attr-defined]
            record(Event.WORK_DUE_REMINDED, subject=due, units=units)
            done.append(due)
    return done


def _days_before(day: date, count: int) -> date:
    calendar = Calendar()
    while count:
        day -= timedelta(days=1)
        count -= calendar.is_working(day)
    return day


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)


def days_late(due: WorkDue, at: datetime | None) -> int:
    """By how many days it came late, or is late today."""
    return max(0, (to_city(at or now()).date() - due.due_on).days)
