"""What a change of a unit means for circulations that have reached or will reach it: the heir reads them (GZ9)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from portal.content import operations as items
from portal.core.text import N_
from portal.ledger.operations import Actor
from portal.notices import passing
from portal.notices.models import CirculationStep
from portal.units.hooks import Change, Effect

OPEN = "notices.circulations"
LABEL, OUTCOME = N_("Circulations the unit has not finished"), N_("The heir reads them in its place.")


def survey(session: Session, change: Change) -> list[Effect]:
    """How many wait for the unit."""
    if change.heir.id == change.unit.id:
        return []
    count = session.scalar(select(func.count()).select_from(CirculationStep).where(_open(change))) or 0
    return [Effect(OPEN, LABEL, OUTCOME, count)] if count else []


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Give the heir the unit's place, or close it where the heir has one: readers follow with `content`."""
    effects = survey(session, change)
    there = aliased(CirculationStep)
    heir = f"unit:{change.heir.id}"
    has_own = exists().where(there.item_id == CirculationStep.item_id, there.key == heir)
    if effects:
        session.execute(update(CirculationStep).where(_open(change), ~has_own).values(key=heir))
        doubled = select(CirculationStep).where(_open(change), has_own).order_by(CirculationStep.item_id)
        for step in session.scalars(doubled).all():
            _close(session, step)
    return effects


def _close(session: Session, step: CirculationStep) -> None:
    """The heir answers in a place of its own: nobody is left to answer here, and whose turn comes next reads it."""
    item = step.item
    items.lock(item)
    session.delete(step)
    session.flush()
    if step.position and step.begun_at is not None:
        passing.go_on(session, item)


def _open(change: Change) -> ColumnElement[bool]:
    return (CirculationStep.key == f"unit:{change.unit.id}") & CirculationStep.done_at.is_(None)
