"""What a change of a unit means for its columns: they close with it, and keep their entries (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, Effect
from portal.workstatus.models import WorkColumn

COLUMNS = Effect("workstatus.columns", N_("Columns of work status"), N_("Closed; their entries can still be read."), 0)


def survey(session: Session, change: Change) -> list[Effect]:
    """How many open columns the unit keeps."""
    return _counted(_columns(session, change))


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Close them."""
    columns = _columns(session, change)
    for column in columns:
        column.closed_at = now()
        record(Event.WORK_COLUMN_CLOSED, subject=column, actor=actor, name=column.name)
    return _counted(columns)


def _columns(session: Session, change: Change) -> Sequence[WorkColumn]:
    if change.heir.id == change.unit.id:
        return []
    own = select(WorkColumn).where(WorkColumn.owner_id == change.unit.id, WorkColumn.closed_at.is_(None))
    return session.scalars(own.order_by(WorkColumn.id).with_for_update(of=WorkColumn)).all()


def _counted(columns: Sequence[WorkColumn]) -> list[Effect]:
    return [replace(COLUMNS, count=len(columns), examples=tuple(one.name for one in columns[:5]))] if columns else []
