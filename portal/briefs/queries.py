"""Reading government information: the unit's own, the editors' desk, adopted texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.briefs.lifecycle import BriefState
from portal.briefs.models import Brief, BriefComment, BriefSource, BriefUnit
from portal.content import feeds, readers
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.units.models import Unit

KINDS = (ItemKind.ADOPTED_BRIEF,)
PAGE = 20
DESK_PAGE = 50
_MADE = (ItemState.DRAFTING, ItemState.SUBMITTED)
_REVISABLE = (BriefState.WAITING, BriefState.RETURNED, BriefState.NOT_USED)
_NAMES = (joinedload(Item.author), joinedload(Item.unit).selectinload(Unit.names))


def adopted(session: Session, person: Person, before: feeds.Place | None = None) -> feeds.Page:
    """Adopted texts for the person, newest first."""
    return feeds.page(session, person, KINDS, before=before, limit=PAGE)


def adopted_own(session: Session, person: Person) -> Sequence[Item]:
    """Adopted texts that are being made, for those who edit and approve them."""
    statement = items.own(person, ItemKind.ADOPTED_BRIEF).where(Item.state.in_(_MADE))
    return session.scalars(statement.options(*_NAMES).order_by(Item.id.desc()).limit(DESK_PAGE)).unique().all()


def written(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[tuple[Item, Brief]], bool]:
    """What the person and their unit wrote, in every state, newest first."""
    statement = items.own(person, ItemKind.BRIEF).join(Brief, Brief.item_id == Item.id).add_columns(Brief)
    if before is not None:
        statement = statement.where(Item.id < before)
    rows: Sequence[Any] = session.execute(statement.options(*_NAMES).order_by(Item.id.desc()).limit(PAGE + 1)).all()
    return [(row[0], row[1]) for row in rows[:PAGE]], len(rows) > PAGE


def at_desk(
    session: Session, person: Person, state: BriefState, before: int | None = None
) -> tuple[Sequence[tuple[Item, Brief]], bool]:
    """What the office has in a state; those that wait, oldest first, the others newest first."""
    statement = _at_desk(person, state)
    if before is not None:
        older = Item.id > before if state == BriefState.WAITING else Item.id < before
        statement = statement.where(older)
    order = Item.id if state == BriefState.WAITING else Item.id.desc()
    statement = statement.add_columns(Brief).options(*_NAMES).order_by(order).limit(DESK_PAGE + 1)
    rows: Sequence[Any] = session.execute(statement).all()
    return [(row[0], row[1]) for row in rows[:DESK_PAGE]], len(rows) > DESK_PAGE


def _at_desk(person: Person, state: BriefState) -> Select[Any]:
    keys = readers.keys_of(session_of(person), person)
    return (
        select(Item)
        .join(Brief, Brief.item_id == Item.id)
        .where(Item.kind == ItemKind.BRIEF, Brief.state == state, items.published(keys))
    )


def to_edit(person: Person) -> Select[Any]:
    """What waits for the editors and isn't being made into a text."""
    return _at_desk(person, BriefState.WAITING).where(~_taken_up())


def waiting(person: Person) -> ColumnElement[int]:
    """For the menu: what waits at the editors' desk; nothing for others."""
    statement = to_edit(person)
    if not person.may(Permission.BRIEFS_EDIT):
        return feeds.unread(person, KINDS)
    return at_most(99, statement.with_only_columns(Item.id, maintain_column_froms=True))


def _taken_up() -> ColumnElement[bool]:
    text = aliased(Item)
    return exists().where(
        BriefSource.brief_id == Brief.item_id, BriefSource.adopted_id == text.id, text.state.in_(_MADE)
    )


def taken_up(session: Session, item_ids: Sequence[int]) -> set[int]:
    """Which of these briefs are being made into a text."""
    statement = select(Brief.item_id).where(Brief.item_id.in_(item_ids), _taken_up())
    return set(session.scalars(statement)) if item_ids else set()


def being_made_of(session: Session, brief_id: int) -> Item | None:
    """The text being made of a brief."""
    statement = select(Item).join(BriefSource, BriefSource.adopted_id == Item.id)
    statement = statement.where(BriefSource.brief_id == brief_id, Item.state.in_(_MADE))
    return session.scalars(statement.limit(1)).one_or_none()


def get_brief(session: Session, item: Item) -> Brief:
    """The particulars of a brief, with its joint units."""
    options = (
        selectinload(Brief.joint).joinedload(BriefUnit.unit),
        joinedload(Brief.revises),
        joinedload(Brief.topic),
    )
    return session.scalars(select(Brief).where(Brief.item_id == item.id).options(*options)).unique().one()


def made_into(session: Session, item: Item) -> Sequence[Item]:
    """The texts that adopted a brief and stand."""
    statement = select(Item).join(BriefSource, BriefSource.adopted_id == Item.id)
    statement = statement.where(BriefSource.brief_id == item.id, Item.state == ItemState.PUBLISHED)
    return session.scalars(statement.order_by(Item.id)).all()


def revised_by(session: Session, item: Item) -> Item | None:
    """The sent draft that revised a brief."""
    statement = select(Item).join(Brief, Brief.item_id == Item.id)
    return session.scalars(
        statement.where(Brief.revises_id == item.id, Item.state == ItemState.PUBLISHED).limit(1)
    ).one_or_none()


def comments(session: Session, item: Item) -> Sequence[BriefComment]:
    """What was said about a brief, in order."""
    statement = select(BriefComment).where(BriefComment.item_id == item.id).order_by(BriefComment.id)
    return session.scalars(statement.options(joinedload(BriefComment.person).joinedload(Person.unit))).all()


def revisable(session: Session, person: Person) -> Sequence[Item]:
    """What the unit has sent and the office hasn't adopted, newest first."""
    statement = select(Item).join(Brief, Brief.item_id == Item.id)
    mine = (Item.holder_id == person.unit_id, Item.state == ItemState.PUBLISHED, Brief.state.in_(_REVISABLE))
    return session.scalars(statement.where(*mine).order_by(Item.id.desc()).limit(100)).all()


def returned(person: Person) -> Select[Any]:
    """What the office returned and nobody has revised or withdrawn: to its author, and to the unit's heads."""
    mine = items.mine(person)
    if person.may(Permission.CONTENT_APPROVE):
        mine = or_(mine, Item.holder_id == person.unit_id)
    statement = select(Item).join(Brief, Brief.item_id == Item.id)
    return statement.where(Brief.state == BriefState.RETURNED, Item.state == ItemState.PUBLISHED, mine)


def sources(session: Session, text: Item) -> Sequence[tuple[Item, Brief]]:
    """The briefs an adopted text is made of, with their units."""
    statement = select(Item, Brief).join(Brief, Brief.item_id == Item.id)
    statement = statement.join(BriefSource, BriefSource.brief_id == Brief.item_id)
    statement = statement.where(BriefSource.adopted_id == text.id).options(
        *_NAMES, selectinload(Brief.joint).joinedload(BriefUnit.unit)
    )
    rows: Sequence[Any] = session.execute(statement.order_by(Item.id)).unique().all()
    return [(row[0], row[1]) for row in rows]


def chosen(session: Session, person: Person, item_ids: Sequence[int]) -> Sequence[Item]:
    """The briefs an editor chose, as far as they are at the desk. Raises NotFound when one isn't."""
    keys = readers.keys_of(session, person)
    statement = select(Item).where(Item.id.in_(item_ids), Item.kind == ItemKind.BRIEF, items.published(keys))
    rows = session.scalars(statement.options(*_NAMES).order_by(Item.published_at, Item.id)).unique().all()
    if len(rows) != len(set(item_ids)):
        raise NotFound(items.GONE)
    return rows
