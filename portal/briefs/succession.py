"""What a change of a unit means for topics it was asked for, and for drafts it reports jointly (GZ9)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.briefs.models import BriefTopic, BriefTopicUnit
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, Effect

OWED = Effect(
    "briefs.topics", N_("Topics the unit was asked to write on"), N_("The heir is asked instead, once only."), 0
)


def survey(session: Session, change: Change) -> list[Effect]:
    """How many topics wait for the unit."""
    rows = _owed(session, change)
    names = tuple(row.topic.title for row in rows[:5])
    return [replace(OWED, count=len(rows), examples=names)] if rows else []


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Ask the heir instead. What was sent and scored stays with the name it was sent under."""
    effects = survey(session, change)
    other = aliased(BriefTopicUnit)
    for row in _owed(session, change):
        there = select(other.id).where(other.topic_id == row.topic_id, other.unit_id == change.heir.id)
        record(Event.BRIEF_TOPIC_INHERITED, subject=row.topic, actor=actor, former=change.unit.id, heir=change.heir.id)
        if session.scalar(there) is None:
            row.unit_id = change.heir.id
        else:
            session.delete(row)
        session.flush()
    return effects


def _owed(session: Session, change: Change) -> list[BriefTopicUnit]:
    if change.heir.id == change.unit.id:
        return []
    statement = select(BriefTopicUnit).join(BriefTopicUnit.topic)
    statement = statement.where(
        BriefTopicUnit.unit_id == change.unit.id,
        BriefTopicUnit.fulfilled_at.is_(None),
        BriefTopic.closed_at.is_(None),
    )
    return list(session.scalars(statement.order_by(BriefTopicUnit.id).with_for_update(of=BriefTopicUnit)))
