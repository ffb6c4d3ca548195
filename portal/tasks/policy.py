"""Who asks, who receives, who deals with it; conditions on the person and the rows alone."""

from __future__ import annotations

from portal.content import policy as items
from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.people.roles import Role
from portal.tasks.lifecycle import OPEN, RUNNING, AssignmentState
from portal.tasks.models import Assignment, Task

# They see what is asked of one of their people by name, and decide who deals with it.
HEADS = frozenset({Role.LEADER, Role.OFFICE_HEAD, Role.UNIT_HEAD})
# Who may put a matter on the supervision list: leaders, and those who hand their instructions on.
SUPERVISORS = HEADS | {Role.OFFICE_LEADER, Role.SECRETARIAT}


def may_supervise(person: Person) -> bool:
    """Whether the person may flag a leader's matter."""
    return bool(person.roles & SUPERVISORS)


def is_head(person: Person) -> bool:
    """Whether the person is one of the heads of their unit."""
    return bool(person.roles & HEADS)


def asks(task: Task, person: Person) -> bool:
    """Whether the person sees the request from the side that asked: who follows it, and the unit's heads."""
    return task.requester_id == person.desk_id or items.sees_inside(task.item, person)


def decides(task: Task, person: Person) -> bool:
    """Whether the person judges replies: who follows it, or whoever makes requests in the unit that holds it."""
    item: Item = task.item
    if person.unit_id != item.holder_id:
        return False
    return task.requester_id == person.desk_id or person.may(P.TASKS_REQUEST)


def receives(assignment: Assignment, person: Person) -> bool:
    """Whether the person is of the side that was asked: the unit; of one asked by name, the assignee and heads."""
    if person.unit_id != assignment.holder_id or assignment.state == AssignmentState.PLANNED:
        return False
    return assignment.person_id is None or assignment.assignee_id == person.desk_id or is_head(person)


def deals_with(assignment: Assignment, person: Person) -> bool:
    """Whether the person is the one to act: the assignee; before there is one, the person asked or the unit's desk."""
    if not receives(assignment, person) or assignment.state not in OPEN:
        return False
    if assignment.assignee_id is not None:
        return assignment.assignee_id == person.desk_id
    return person.may(P.TASKS_HANDLE)


def may_assign(assignment: Assignment, person: Person) -> bool:
    """Whether the person may say who deals with it: the assignee, or the unit's desk."""
    if assignment.state not in RUNNING or not receives(assignment, person):
        return False
    return assignment.assignee_id == person.desk_id or person.may(P.TASKS_HANDLE)
