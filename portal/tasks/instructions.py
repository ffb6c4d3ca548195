"""Leaders’ instructions on special reports, as requests on the supervision list (M-3, M-4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.content import operations as items
from portal.content.models import Item
from portal.core.runtime import current
from portal.people.models import Person
from portal.reports.hooks import Order, Standing
from portal.tasks import limits, operations, policy
from portal.tasks.lifecycle import ASSIGNMENT_LABELS, ASSIGNMENT_TONES, AssignmentState
from portal.tasks.models import Assignment, Reply, Task

TITLE = "领导批示："
"""Chinese as the titles of reports are."""


def begin(session: Session, order: Order) -> Item:
    """Send what a leader instructs as the leader's request. Raises Denied, Invalid, Refused by the content gate."""
    leader, rules = order.leader, current().rules
    title = f"{TITLE}{order.report.title}"[: items.LONGEST_TITLE]
    terms = operations.Terms(order.days, instructed_by=(leader.acting_for or leader).name)
    task = operations.draft_task(session, leader, rules, title, order.text, terms)
    operations.add_receiver(task, leader, order.unit, order.named)
    items.publish(task.item, leader, rules)
    return task.item


def standings(session: Session, person: Person, numbers: Sequence[int]) -> dict[int, Standing]:
    """How these requests stand: read where they live, so that report and request never differ."""
    statement = (
        select(Assignment)
        .where(Assignment.item_id.in_(numbers))
        .order_by(Assignment.id)
        .options(
            joinedload(Assignment.task).joinedload(Task.item),
            joinedload(Assignment.holder),
            joinedload(Assignment.person),
            selectinload(Assignment.replies).options(joinedload(Reply.author), joinedload(Reply.author_for)),
        )
    )
    return {row.item_id: _standing(row, person) for row in session.scalars(statement).unique()}


def _standing(row: Assignment, person: Person) -> Standing:
    state, late = AssignmentState(row.state), limits.is_overdue(row)
    reply = row.replies[-1] if row.replies else None
    open_to = policy.asks(row.task, person) or policy.receives(row, person)
    return Standing(
        receiver=row.holder.name + (f"（{row.person.name}）" if row.person else ""),
        label="Overdue" if late else ASSIGNMENT_LABELS[state],
        tone="bad" if late else ASSIGNMENT_TONES[state],
        due_on=row.due_on,
        result=reply.text if reply else "",
        result_by=(reply.author, reply.author_for) if reply else None,
        result_at=reply.at if reply else None,
        address=("tasks.assignment", {"assignment_id": row.id}) if open_to else None,
    )
