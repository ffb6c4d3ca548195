"""What a change of a unit means for requests: the heir answers what was asked, and follows what was asked (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.tasks.lifecycle import OPEN, AssignmentState
from portal.tasks.models import Assignment, Task
from portal.tasks.operations import address, lock_items
from portal.units.hooks import Change, Effect

TAKEN = Effect("tasks.received", N_("Requests asked of the unit"), N_("The successor answers them from then on."), 0)
FREED = Effect(
    "tasks.dealt-with", N_("Requests dealt with by people who don't stay"), N_("Who takes over open work gets them."), 0
)
FOLLOWED = Effect(
    "tasks.asked",
    N_("Requests to others, followed by people who don't stay"),
    N_("Who takes over open work follows them."),
    0,
)
EXAMPLES = 5
_ALIVE = (AssignmentState.PLANNED, *OPEN)


def survey(session: Session, change: Change) -> list[Effect]:
    """What was asked of the unit, and what lies with people who go."""
    rows = [_row(FREED, [row.task.item.title for row in _freed(session, change)])]
    rows.append(_row(FOLLOWED, [task.item.title for task in _followed(session, change)]))
    if change.heir.id != change.unit.id:
        rows.append(_row(TAKEN, [row.task.item.title for row in _received(session, change)]))
    return [row for row in rows if row.count]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Hand over on locked rows. Before the items change their holder: what is asked is found by it."""
    lock_items(session, session.scalars(select(Assignment.item_id).where(Assignment.holder_id == change.unit.id)))
    locked = select(Assignment.id).where(Assignment.holder_id == change.unit.id).order_by(Assignment.id)
    session.scalars(locked.with_for_update(of=Assignment)).all()
    effects = survey(session, change)
    for row in _freed(session, change):
        former, row.assignee_id = row.assignee_id, change.receiver_id
        record(Event.ASSIGNMENT_HANDED_OVER, subject=row, actor=actor, former=former, assignee=change.receiver_id)
    for task in _followed(session, change):
        task.requester_id = change.receiver_id or task.requester_id
    received = _received(session, change)
    if change.heir.id != change.unit.id:
        for row in received:
            row.holder_id = change.heir.id
            record(Event.ASSIGNMENT_INHERITED, subject=row, actor=actor, former=change.unit.id, heir=change.heir.id)
    session.flush()
    for row in received:
        session.expire(row, ["holder", "assignee"])  # read before their numbers changed
    for item_id in sorted({row.item_id for row in received}):
        address(session.get_one(Task, item_id))
    return effects


def _received(session: Session, change: Change) -> Sequence[Assignment]:
    statement = select(Assignment).where(Assignment.holder_id == change.unit.id).order_by(Assignment.id)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _freed(session: Session, change: Change) -> list[Assignment]:
    gone = [row for row in _received(session, change) if row.assignee_id not in change.going_on]
    return [row for row in gone if row.assignee_id not in (None, change.receiver_id) and row.state in _ALIVE]


def _followed(session: Session, change: Change) -> Sequence[Task]:
    alive = exists().where(Assignment.item_id == Task.item_id, Assignment.state.in_(OPEN))
    statement = (
        select(Task)
        .join(Task.item)
        .where(Item.holder_id == change.unit.id, or_(alive, Item.state != ItemState.PUBLISHED))
        .where(Task.requester_id.not_in(change.going_on), Item.state != ItemState.DISCARDED)
        .order_by(Task.item_id)
    )
    if change.receiver_id is None:
        return []
    return session.scalars(statement.where(Task.requester_id != change.receiver_id)).all()


def _row(effect: Effect, titles: Sequence[str]) -> Effect:
    return replace(effect, count=len(titles), examples=tuple(titles[:EXAMPLES]))
