"""Reading notices, deliveries and circulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.content import feeds, readers
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.documents import hooks
from portal.documents import queries as documents
from portal.documents.models import Document
from portal.notices.models import Circulation, Notice
from portal.people.models import Person
from portal.units.models import Unit

KINDS = (ItemKind.NOTICE,)
HANDED_OVER = (ItemKind.CIRCULATION, ItemKind.DIRECT_DELIVERY)
PAGE = 20
COUNTED = 99
NAMED = ("person:", "unit:")


def received(
    session: Session,
    person: Person,
    kinds: Sequence[ItemKind] = KINDS,
    before: feeds.Place | None = None,
    *,
    unread: bool = False,
) -> feeds.Page:
    """What the person may read of some kinds, newest first."""
    return feeds.page(session, person, kinds, before=before, limit=PAGE, unread=unread)


def written(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Item], bool]:
    """The person's own and their unit's notices, and what they handed to others, in every state, newest first."""
    numbers = [items.own(person, kind).with_only_columns(Item.id) for kind in (ItemKind.NOTICE, *HANDED_OVER)]
    statement = select(Item).where(or_(*(Item.id.in_(mine) for mine in numbers)))
    if before is not None:
        statement = statement.where(Item.id < before)
    statement = statement.options(joinedload(Item.author), joinedload(Item.unit).selectinload(Unit.names))
    rows = session.scalars(statement.order_by(Item.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def first(session: Session, person: Person, most: int = 5) -> Sequence[Item]:
    """Notices shown above the others, newest first: those kept at the top, and the urgent ones that are new."""
    found = {*feeds.pinned(session, person, KINDS, most), *feeds.urgent(session, person, KINDS, most)}
    shown = sorted(found, key=feeds.place_of, reverse=True)
    return sorted(shown, key=lambda item: item.urgency != "特急")[:most]


def is_of_unit(session: Session, item: Item) -> bool:
    """Whether the notice speaks for its unit."""
    return bool(session.scalar(select(Notice.of_unit).where(Notice.item_id == item.id)))


def unread(person: Person) -> ColumnElement[int]:
    """How many notices, deliveries and circulations the person has not opened yet, for the menu."""
    return feeds.unread(person, KINDS) + at_most(COUNTED, newest_passed(person, limit=COUNTED, unread=True))


def newest_passed(person: Person, *, limit: int, unread: bool) -> Select[Any]:
    """Deliveries and circulations for the person; only keys of units and people can lead to them."""
    keys = [
        key for key in readers.keys_of(session_of(person), person) if key.split(readers.DESK_MARK)[-1].startswith(NAMED)
    ]
    return feeds.newest(keys, person.id, HANDED_OVER, limit=limit, unread=unread)


def circulation_of(session: Session, item: Item) -> Circulation:
    """How it goes round."""
    return session.get_one(Circulation, item.id, options=[joinedload(Circulation.document)])


def way_to(session: Session, person: Person, document: Document | None) -> hooks.Way | None:
    """The page of a document for this reader: their unit's own, or as it came to them; None if they may see neither."""
    if document is None:
        return None
    own = documents.visible_to(person).where(Document.id == document.id)
    if person.may(P.DOCUMENTS_VIEW) and session.scalars(own).first() is not None:
        return "documents.show", {"document_id": document.id}
    return next((way for way in hooks.way_to.call(session, person, document.id) if way is not None), None)


def linkable(session: Session, person: Person, document_id: int) -> Document:
    """A document the sender may see and so may link. Raises NotFound."""
    document = session.get(Document, document_id)
    if document is None or way_to(session, person, document) is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return document
