"""Reading notices."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.notices.models import Notice
from portal.people.models import Person
from portal.units.models import Unit

KINDS = (ItemKind.NOTICE,)
PAGE = 20


def received(
    session: Session, person: Person, before: items.Place | None = None, *, unread: bool = False
) -> tuple[Sequence[Item], bool]:
    """Notices for the person, newest first, and whether there are older ones."""
    rows = items.feed(session, person, KINDS, before=before, limit=PAGE + 1, unread=unread)
    return rows[:PAGE], len(rows) > PAGE


def written(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Item], bool]:
    """The person's own and their unit's notices in every state, newest first."""
    statement = items.own(person, ItemKind.NOTICE).order_by(Item.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(Item.id < before)
    statement = statement.options(joinedload(Item.author), joinedload(Item.unit).selectinload(Unit.names))
    rows = session.scalars(statement).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def pinned(session: Session, person: Person, most: int = 5) -> Sequence[Item]:
    """Notices kept at the top, newest first: a feed of a hundred is looked through for them."""
    rows = items.feed(session, person, KINDS, limit=100)
    return [item for item in rows if item.pinned][:most]


def is_of_unit(session: Session, item: Item) -> bool:
    """Whether the notice speaks for its unit."""
    return bool(session.scalar(select(Notice.of_unit).where(Notice.item_id == item.id)))


def unread(person: Person) -> ColumnElement[int]:
    """How many notices the person has not opened yet, for the menu."""
    return items.unread(person, KINDS)
