"""Reading requests: both sides of them, the supervision list, and one request or assignment with its authorisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from portal.content import queries as items
from portal.content import readers
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.documents import queries as documents
from portal.documents.models import Document
from portal.people.models import Person
from portal.tasks import limits, policy
from portal.tasks.lifecycle import OPEN, AssignmentState
from portal.tasks.models import Assignment, Reply, ReplyFile, Task, TaskExport
from portal.units.models import Unit

PAGE = 20
OF_US, BY_US = "of-us", "by-us"
SIDES = (OF_US, BY_US)
LATE, WITHOUT_RESULT, MORE_TIME = "late", "open", "more-time"
"""Filters of the state that aren't states."""


@dataclass(frozen=True)
class Filter:
    """Which assignments a list shows."""

    side: str = OF_US
    """`of-us`, `by-us`; empty: both, as on the supervision list."""
    state: str = ""
    q: str = ""
    leaders: bool = False
    before: int | None = None

    def address(self) -> dict[str, Any]:
        """The filters as parameters of an address, without the place."""
        values = asdict(self) | {"leaders": "yes" if self.leaders else ""}
        return {key: value for key, value in values.items() if value and key != "before"}


def received(person: Person) -> ColumnElement[bool]:
    """What is asked of the person's unit, as far as the person sees it; the same rule as `policy.receives`."""
    keys = readers.keys_of(session_of(person), person)
    mine = Assignment.assignee_id == person.desk_id
    return and_(
        Assignment.holder_id == person.unit_id,
        Assignment.state != AssignmentState.PLANNED,
        true() if policy.is_head(person) else or_(Assignment.person_id.is_(None), mine),
        items.published(keys),
    )


def asked(person: Person) -> ColumnElement[bool]:
    """What the person, or the person's unit for whoever makes requests there, asked of others."""
    inside = items.own(person, ItemKind.TASK).with_only_columns(Item.id)
    return and_(
        Item.state == ItemState.PUBLISHED, or_(Task.requester_id == person.desk_id, Assignment.item_id.in_(inside))
    )


def dealing(person: Person) -> ColumnElement[bool]:
    """What waits for this person rather than for others of the unit; the same rule as `policy.deals_with`."""
    free = Assignment.assignee_id.is_(None) if person.may(P.TASKS_HANDLE) else ~true()
    return or_(Assignment.assignee_id == person.desk_id, free)


def rows() -> Select[Any]:
    """Assignments with their request and item."""
    return select(Assignment).join(Task, Task.item_id == Assignment.item_id).join(Item, Item.id == Task.item_id)


def listed(session: Session, person: Person, wanted: Filter, limit: int = PAGE) -> tuple[Sequence[Assignment], bool]:
    """A page of a list, newest first, and whether there is more."""
    statement = _chosen(person, wanted).order_by(Assignment.id.desc()).limit(limit + 1)
    if wanted.before is not None:
        statement = statement.where(Assignment.id < wanted.before)
    found = session.scalars(statement.options(*_whole())).unique().all()
    return found[:limit], len(found) > limit


def everything(session: Session, person: Person, wanted: Filter) -> Iterator[Assignment]:
    """The whole list, page by page, for a table."""
    place: int | None = None
    while True:
        page, more = listed(session, person, Filter(**{**asdict(wanted), "before": place}), 200)
        yield from page
        if not more:
            return
        place = page[-1].id


def _chosen(person: Person, wanted: Filter) -> Select[Any]:
    sides = {OF_US: received, BY_US: asked}
    wants = [sides[wanted.side]] if wanted.side in sides else list(sides.values())
    statement = rows().where(or_(*(side(person) for side in wants)))
    if wanted.leaders:
        statement = statement.where(Task.leaders_matter)
    if wanted.q:
        statement = statement.where(Item.title.contains(wanted.q, autoescape=True))
    if wanted.state == LATE:
        return statement.where(limits.overdue())
    if wanted.state == MORE_TIME:
        return statement.where(Assignment.asked_at.is_not(None))
    if wanted.state == WITHOUT_RESULT:
        return statement.where(Assignment.state.in_(OPEN))
    return statement.where(Assignment.state == wanted.state) if wanted.state else statement


def _whole() -> tuple[Any, ...]:
    return (
        contains_eager(Assignment.task).contains_eager(Task.item).joinedload(Item.holder),
        joinedload(Assignment.holder),
        joinedload(Assignment.unit).selectinload(Unit.names),
        joinedload(Assignment.assignee),
        joinedload(Assignment.person),
        selectinload(Assignment.replies),
    )


def drafts(session: Session, person: Person) -> Sequence[Item]:
    """Requests being written, the newest few."""
    statement = items.own(person, ItemKind.TASK).where(Item.state == ItemState.DRAFTING).order_by(Item.id.desc())
    return session.scalars(statement.options(joinedload(Item.author)).limit(PAGE)).unique().all()


def get_task(session: Session, person: Person, item_id: int) -> Task:
    """A request for those who asked and those who are asked. Raises NotFound."""
    item = items.get_readable(session, person, item_id, ItemKind.TASK)
    return session.get_one(Task, item.id)


def get_draft(session: Session, person: Person, item_id: int) -> Task:
    """A request for those who make it. Raises NotFound."""
    item = items.get_inside(session, person, item_id)
    task = session.get(Task, item.id)
    if task is None:
        raise NotFound(items.GONE)
    return task


def seen_in(task: Task, person: Person) -> list[Assignment]:
    """The assignments of a request the person may see: all for the side that asked, else those of their own."""
    if policy.asks(task, person):
        return list(task.assignments)
    return [row for row in task.assignments if policy.receives(row, person)]


def get_assignment(session: Session, person: Person, assignment_id: int) -> Assignment:
    """An assignment for either side. Raises NotFound."""
    statement = rows().where(Assignment.id == assignment_id, or_(received(person), asked(person)))
    found: Assignment | None = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound(items.GONE)
    return found


def get_file(session: Session, person: Person, assignment_id: int, file_id: int) -> ReplyFile:
    """A file of a reply. Raises NotFound."""
    assignment = get_assignment(session, person, assignment_id)
    statement = select(ReplyFile).join(Reply).where(ReplyFile.id == file_id, Reply.assignment_id == assignment.id)
    file = session.scalars(statement).one_or_none()
    if file is None:
        raise NotFound(items.GONE)
    return file


def get_export(session: Session, person: Person, export_id: int) -> TaskExport:
    """A workbook of the person's own. Raises NotFound."""
    export = session.get(TaskExport, export_id)
    if export is None or export.asked_by_id != person.id:
        raise NotFound("There is no such page, or it is not yours to see.")
    return export


def document_named(session: Session, person: Person, number: str) -> Document | None:
    """The document with this number among those the person may see."""
    statement = documents.visible_to(person).where(Document.number == number).limit(1)
    return session.scalars(statement).one_or_none()


def sees_document(session: Session, person: Person, document_id: int) -> bool:
    """Whether the person may follow the link to a document."""
    if not person.may(P.DOCUMENTS_VIEW):
        return False
    statement = documents.visible_to(person).where(Document.id == document_id)
    return session.scalar(statement.with_only_columns(Document.id)) is not None


def waiting(person: Person) -> ColumnElement[int]:
    """How many matters wait for the person, for the menu: to accept, to do, to judge, to decide."""
    to_do = select(Assignment.id).join(Item, Item.id == Assignment.item_id)
    to_do = to_do.where(Assignment.state.in_((AssignmentState.SENT, AssignmentState.ACCEPTED)), received(person))
    to_do = to_do.where(dealing(person))
    judged = aliased(Assignment)
    to_judge = select(judged.id).join(Task, Task.item_id == judged.item_id).join(Item, Item.id == judged.item_id)
    to_judge = to_judge.where(Task.requester_id == person.desk_id, Item.holder_id == person.unit_id)
    to_judge = to_judge.where(or_(judged.state == AssignmentState.REPLIED, judged.asked_at.is_not(None)))
    return at_most(99, to_do) + at_most(99, to_judge)
