"""Limits in working days, and the lights that follow from them: computed when somebody looks, never stored."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_

from portal.core.clock import CITY_ZONE, Calendar, now, today
from portal.core.errors import Invalid
from portal.core.prepared import moment
from portal.core.rules import ExchangeRules
from portal.tasks.lifecycle import RUNNING
from portal.tasks.models import Assignment

RED, YELLOW, NONE = "red", "yellow", ""


def day_after(days: int) -> date:
    """The last day of a limit of so many working days from today."""
    return Calendar().add_working_days(today(), days)


def end_of(day: date) -> datetime:
    """The moment at which a last day is over."""
    return datetime.combine(day + timedelta(days=1), time(), CITY_ZONE)


def is_overdue(assignment: Assignment) -> bool:
    """Whether the receiver still owes something and the limit is over."""
    return assignment.state in RUNNING and assignment.due_at is not None and assignment.due_at <= now()


def overdue() -> ColumnElement[bool]:
    """The same as a condition."""
    return and_(Assignment.state.in_(RUNNING), Assignment.due_at <= moment())


def warned_until(rules: ExchangeRules) -> date:
    """Limits up to this day are close."""
    return day_after(rules.task_warning_days)


def light(assignment: Assignment, rules: ExchangeRules) -> str:
    """Red: overdue. Yellow: close. Nothing else shines."""
    if is_overdue(assignment):
        return RED
    if assignment.state in RUNNING and assignment.due_on is not None and assignment.due_on <= warned_until(rules):
        return YELLOW
    return NONE


def was_late(assignment: Assignment) -> bool:
    """Whether the last reply came after the limit."""
    return (
        assignment.replied_at is not None
        and assignment.due_at is not None
        and assignment.replied_at > assignment.due_at
    )


def require_days(days: int | None, rules: ExchangeRules) -> int:
    """A limit within the rules. Raises Invalid."""
    if days is None or not 1 <= days <= rules.task_most_days:
        raise Invalid("A limit has 1 to %(most)s working days.", field="days", most=rules.task_most_days)
    return days


def require_later(day: date | None, assignment: Assignment, rules: ExchangeRules, field: str) -> date:
    """A new limit: a working day after the present one, still to come, within the rules. Raises Invalid."""
    assert assignment.due_on is not None
    if day is None or day <= max(assignment.due_on, today()) or not Calendar().is_working(day):
        raise Invalid("The new limit must be a working day after the present one.", field=field)
    if day > Calendar().add_working_days(max(assignment.due_on, today()), rules.task_most_days):
        raise Invalid("A limit is put off by %(most)s working days at most.", field=field, most=rules.task_most_days)
    return day
