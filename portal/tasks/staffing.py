"""What a person who leaves has under way among requests, on both sides (A-7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries as people
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.policy import PERMISSIONS
from portal.people.roles import Role
from portal.tasks.lifecycle import OPEN, AssignmentState
from portal.tasks.models import Assignment, Task
from portal.tasks.operations import address, lock_items

DEALS, FOLLOWS = "tasks.assignments", "tasks.requests"
DEALS_LABEL, FOLLOWS_LABEL = (
    N_("Requests being dealt with"),
    N_("Requests to others, followed until they have a result"),
)
EXAMPLES = 3


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Matters the person deals with, and requests they follow."""
    dealt, followed = _dealt_with(session, person), _followed(session, person)
    titles = {DEALS: [row.task.item.title for row in dealt], FOLLOWS: [task.item.title for task in followed]}
    needed = {DEALS: (DEALS_LABEL, P.TASKS_HANDLE), FOLLOWS: (FOLLOWS_LABEL, P.TASKS_REQUEST)}
    return [
        OpenWork(
            key,
            needed[key][0],
            len(found),
            tuple(found[:EXAMPLES]),
            handed_over=_somebody(session, person, needed[key][1]),
            roles=_roles(needed[key][1]),
        )
        for key, found in titles.items()
        if found
    ]


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Give them to the successor; without one, to the unit's desk and its heads."""
    if key == DEALS:
        return _hand_over_dealing(session, person, successor, actor)
    if key == FOLLOWS and successor is not None:
        tasks = _followed(session, person, lock=True)
        for task in tasks:
            task.requester_id = successor.id
            record(Event.ITEM_HANDED_OVER, subject=task.item, actor=actor, before=person.id, author=successor.id)
        session.flush()
        return len(tasks)
    return 0


def _hand_over_dealing(session: Session, person: Person, successor: Person | None, actor: Person) -> int:
    lock_items(session, (row.item_id for row in _dealt_with(session, person)))
    rows = _dealt_with(session, person, lock=True)
    later = successor.id if successor else None
    for row in rows:
        row.assignee_id = later
        record(Event.ASSIGNMENT_HANDED_OVER, subject=row, actor=actor, former=person.id, assignee=later)
    session.flush()
    for task in {row.task for row in rows}:
        address(task)
    return len(rows)


def _dealt_with(session: Session, person: Person, *, lock: bool = False) -> Sequence[Assignment]:
    states = (AssignmentState.PLANNED, *OPEN)
    statement = select(Assignment).where(Assignment.assignee_id == person.id, Assignment.state.in_(states))
    statement = statement.order_by(Assignment.id)
    statement = statement.execution_options(populate_existing=True)
    return session.scalars(statement.with_for_update(of=Assignment) if lock else statement).all()


def _followed(session: Session, person: Person, *, lock: bool = False) -> Sequence[Task]:
    """Those sent out and open; drafts are handed over with all other drafts."""
    going_on = exists().where(Assignment.item_id == Task.item_id, Assignment.state.in_(OPEN))
    statement = select(Task).join(Task.item).where(Task.requester_id == person.id, Item.state == ItemState.PUBLISHED)
    statement = statement.where(going_on).order_by(Task.item_id)
    return session.scalars(statement.with_for_update(of=Task) if lock else statement).all()


def _roles(permission: P) -> frozenset[Role]:
    return frozenset(role for role, permissions in PERMISSIONS.items() if permission in permissions)


def _somebody(session: Session, person: Person, permission: P) -> bool:
    others = people.holders(session, person.unit_id, *_roles(permission))
    return any(other.id != person.id for other in others)
