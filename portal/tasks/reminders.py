"""Reminders of limits: the working day before, and when one has passed; each once, on record for both sides."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.core.clock import now, today
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.tasks import limits
from portal.tasks.lifecycle import RUNNING
from portal.tasks.models import Assignment

BATCH = 500
SOON, OVER = "soon", "over"


def remind(session: Session) -> int:
    """Note what is due by the next working day, and what has become overdue; a new limit is reminded of anew."""
    count = 0
    soon = (Assignment.due_at > now(), Assignment.due_on > today(), Assignment.due_on <= limits.day_after(1))
    for row in _found(session, or_(Assignment.warned_for.is_(None), Assignment.warned_for != Assignment.due_on), *soon):
        row.warned_for = row.due_on
        record(Event.ASSIGNMENT_REMINDED, subject=row, why=SOON, due_on=str(row.due_on))
        count += 1
    late = or_(Assignment.late_for.is_(None), Assignment.late_for != Assignment.due_on)
    for row in _found(session, late, limits.overdue()):
        row.late_for = row.due_on
        record(Event.ASSIGNMENT_REMINDED, subject=row, why=OVER, due_on=str(row.due_on))
        count += 1
    return count


def _found(session: Session, *conditions: ColumnElement[bool]) -> list[Assignment]:
    statement = select(Assignment).where(Assignment.state.in_(RUNNING), *conditions).order_by(Assignment.id)
    return list(session.scalars(statement.limit(BATCH).with_for_update(skip_locked=True, of=Assignment)))
