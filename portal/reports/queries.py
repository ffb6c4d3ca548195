"""Reading reports and the instructions on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.content import feeds
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.people.models import Person, RoleAssignment
from portal.people.roles import LEADERS
from portal.reports.models import Instruction, Report
from portal.units.models import Unit

KINDS = (ItemKind.REPORT,)
PAGE = 20
MOST_LEADERS = 200


def received(
    session: Session, person: Person, before: feeds.Place | None = None, *, unread: bool = False
) -> feeds.Page:
    """Reports for the person, newest first."""
    return feeds.page(session, person, KINDS, before=before, limit=PAGE, unread=unread)


def written(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Item], bool]:
    """The person's own and their unit's reports in every state, newest first."""
    statement = items.own(person, ItemKind.REPORT).order_by(Item.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(Item.id < before)
    statement = statement.options(joinedload(Item.author), joinedload(Item.unit).selectinload(Unit.names))
    rows = session.scalars(statement).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def get_report(session: Session, item: Item) -> Report:
    """The times of a report."""
    return session.get_one(Report, item.id)


def unread(person: Person) -> ColumnElement[int]:
    """How many reports the person has not opened yet, for the menu."""
    return feeds.unread(person, KINDS)


def leaders_above(session: Session, person: Person) -> Sequence[Person]:
    """To whom the person's unit reports: the leaders of the units above it, of the office, and its own."""
    line = select(Unit.id, Unit.parent_id).where(Unit.id == person.unit_id).cte("above", recursive=True)
    parent = select(Unit.id, Unit.parent_id).join(line, line.c.parent_id == Unit.id)
    line = line.union(parent)
    holds = exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role.in_(LEADERS))
    statement = (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.closed_at.is_(None), holds, or_(Unit.is_office, Unit.id.in_(select(line.c.id))))
        .options(joinedload(Person.unit))
        .order_by(Unit.is_office.desc(), Unit.sort_key, Person.id)
        .limit(MOST_LEADERS)
    )
    return session.scalars(statement).unique().all()


def are_leaders(session: Session, person_ids: set[int]) -> bool:
    """Whether all of these people hold a leader's role."""
    statement = select(RoleAssignment.person_id).where(
        RoleAssignment.person_id.in_(person_ids), RoleAssignment.role.in_(LEADERS)
    )
    return set(session.scalars(statement)) == person_ids


def instructions(session: Session, item: Item, *, of: Person | None = None) -> Sequence[Instruction]:
    """The instructions on a report in their order; `of` one leader alone."""
    statement = select(Instruction).where(Instruction.item_id == item.id).order_by(Instruction.id)
    if of is not None:
        statement = statement.where(or_(Instruction.person_id == of.desk_id, Instruction.person_for_id == of.desk_id))
    names = (joinedload(Instruction.person).joinedload(Person.unit), joinedload(Instruction.person_for))
    return session.scalars(statement.options(*names)).unique().all()


def report_of(session: Session, person: Person, task_id: int) -> Item | None:
    """The report on which a leader's instruction began this request, for whoever may read it."""
    item = session.scalars(
        select(Item).join(Instruction, Instruction.item_id == Item.id).where(Instruction.task_id == task_id)
    ).one_or_none()
    return item if item is not None and items.may_read(session, person, item) else None
