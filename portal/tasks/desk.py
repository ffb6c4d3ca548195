"""What requests put on a desk: to accept, to do in time, replies and delays to judge, what is late (M-9, GZ42)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, or_
from sqlalchemy.orm import aliased

from portal.content.models import Item
from portal.core.clock import now
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.tasks import limits, policy, queries
from portal.tasks.lifecycle import ASSIGNMENT_LABELS, RUNNING, AssignmentState
from portal.tasks.models import Assignment, Task
from portal.tasks.queries import BY_US, OF_US
from portal.units.models import Unit

ACCEPT, DUE, JUDGE, EXTEND = "tasks-accept", "tasks-due", "tasks-judge", "tasks-extend"
OURS_LATE, THEIRS_LATE = "tasks-late-ours", "tasks-late-theirs"
INDEX = "tasks.index"


def _list(side: str, state: str) -> dict[str, str]:
    return {"side": side, "state": state}


SECTIONS = (
    SectionKind(
        ACCEPT, N_("Requests to accept"), "checklist", Part.TODO, INDEX, 112, query=_list(OF_US, AssignmentState.SENT)
    ),
    SectionKind(
        DUE,
        N_("Requests to deal with"),
        "hourglass",
        Part.TODO,
        INDEX,
        114,
        query=_list(OF_US, AssignmentState.ACCEPTED),
    ),
    SectionKind(
        JUDGE, N_("Replies to judge"), "message", Part.TODO, INDEX, 116, query=_list(BY_US, AssignmentState.REPLIED)
    ),
    SectionKind(
        EXTEND,
        N_("More time asked for"),
        "clock-exclamation",
        Part.TODO,
        INDEX,
        118,
        query=_list(BY_US, queries.MORE_TIME),
    ),
    SectionKind(
        OURS_LATE,
        N_("Overdue in our unit"),
        "clock-exclamation",
        Part.WATCH,
        INDEX,
        152,
        tone="bad",
        query=_list(OF_US, queries.LATE),
    ),
    SectionKind(
        THEIRS_LATE,
        N_("Overdue at others we asked"),
        "clock-exclamation",
        Part.WATCH,
        INDEX,
        154,
        tone="bad",
        query=_list(BY_US, queries.LATE),
    ),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that requests fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the requests, coming and going, lies before the person."""
    if person.may(P.CONTENT_VIEW):
        yield Pile("tasks-of-us", _of_us(person), _line)
    if person.may(P.TASKS_REQUEST):
        yield Pile("tasks-by-us", _by_us(person), _line)


def _of_us(person: Person) -> Select[Any]:
    """What waits for the person, and for heads what of their unit is late."""
    waits = and_(Assignment.state.in_(RUNNING), queries.dealing(person))
    wanted = or_(waits, limits.overdue()) if policy.is_head(person) else waits
    mark = case(
        (~waits, OURS_LATE),
        (Assignment.state == AssignmentState.SENT, ACCEPT),
        else_=DUE,
    )
    unit = aliased(Unit)
    columns = _columns("tasks-of-us", mark, unit)
    statement = queries.rows().join(unit, unit.id == Item.holder_id).where(queries.received(person), wanted)
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(Assignment.due_at)


def _by_us(person: Person) -> Select[Any]:
    """Replies and requests for more time for who asked; what others owe to them, or to their unit."""
    mine = Task.requester_id == person.desk_id
    judge = and_(mine, Assignment.state == AssignmentState.REPLIED)
    extend = and_(mine, Assignment.asked_at.is_not(None))
    late = and_(limits.overdue(), mine) if not policy.is_head(person) else limits.overdue()
    mark = case((judge, JUDGE), (extend, EXTEND), else_=THEIRS_LATE)
    unit = aliased(Unit)
    columns = _columns("tasks-by-us", mark, unit)
    statement = queries.rows().join(unit, unit.id == Assignment.holder_id)
    statement = statement.where(queries.asked(person), or_(judge, extend, late))
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(Assignment.due_at)


def _columns(pile: str, mark: Any, unit: Any) -> list[Any]:
    return found(
        pile,
        id=Assignment.id,
        title=Item.title,
        at=Assignment.sent_at,
        mark_at=Assignment.due_at,
        party=unit.short_name,
        state=Assignment.state,
        mark=mark,
    )


def _line(row: Found) -> Line:
    late = row.mark_at is not None and row.mark_at <= now() and row.state in RUNNING
    state = ASSIGNMENT_LABELS[AssignmentState(row.state)]
    target = {"assignment_id": row.id}
    return Line(
        row.mark or DUE,
        row.title,
        "tasks.assignment",
        target,
        row.at,
        party=row.party or "",
        state=N_("Overdue") if late else state,
        late=late,
        due=row.mark_at if row.state in RUNNING else None,
    )
