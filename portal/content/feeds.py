"""Feeds: what a reader may see, newest first, by lists and by counts (M-6, M-9).

Whatever is asked on every page costs the same with a thousand items and with a million: each of the reader's keys
gives its newest by the index, and what the index can't tell is asked of so many rows at most. So "new" means: not
opened, and among the newest `LOOKED_AT` of one of the reader's keys. What lies deeper has been there for long; lists
page down to it (decision 34).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    false,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session, joinedload

from portal.content import readers
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemReading, ReaderKey
from portal.core.db import UtcDateTime, at_most, session_of
from portal.core.prepared import moment
from portal.people.models import Person
from portal.units.models import Unit

Place = tuple[datetime, int]
"""Where a page of a feed begins: the time and number of the line before."""
LOOKED_AT = 100
"""Of each key so many are looked through for what is new: as many as a count counts."""
LOOKED_THROUGH = 500
"""So many lines a filtered page looks through; the next page goes on where it ended."""
# Word for word as the indexes say it: SQLite uses a partial index for nothing else, `excluded = 0` isn't it.
SHOWN = text("item_reader_key.published_at IS NOT NULL AND NOT item_reader_key.excluded")
PINNED = text("item_reader_key.pinned")
ENDING = text("item_reader_key.published_at IS NOT NULL AND item_reader_key.expires_at IS NOT NULL")


@dataclass(frozen=True)
class Page:
    """A page of a feed, and where the next begins; a filtered one may be short and still go on."""

    rows: Sequence[Item]
    older: Place | None


def page(
    session: Session,
    person: Person,
    kinds: Sequence[ItemKind],
    *,
    before: Place | None = None,
    limit: int = 20,
    unread: bool = False,
) -> Page:
    """What the person may read of some kinds, newest first; `before` pages on."""
    keys = readers.keys_of(session, person)
    most = LOOKED_THROUGH if unread else limit + 1
    places = session.execute(newest(keys, person.id, kinds, before=before, limit=most)).all()
    wanted = places
    if unread:
        these = ItemReading.item_id.in_([row[0] for row in places])
        opened = set(session.scalars(_opened(keys, person.id).where(these)))
        wanted = [row for row in places if row[0] not in opened]
    end = wanted[limit - 1] if len(wanted) > limit else places[-1] if unread and len(places) == most else None
    rows = session.scalars(_whole().where(Item.id.in_([row[0] for row in wanted[:limit]]))).unique().all()
    return Page(rows, (end[1], end[0]) if end else None)


def feed(
    session: Session,
    person: Person,
    kinds: Sequence[ItemKind],
    *,
    before: Place | None = None,
    limit: int = 20,
    unread: bool = False,
) -> Sequence[Item]:
    """The rows of a page, in one statement; `unread`: what is new."""
    keys = readers.keys_of(session, person)
    picked = newest(keys, person.id, kinds, before=before, limit=limit, unread=unread).subquery()
    return session.scalars(_whole().join(picked, picked.c.item_id == Item.id)).unique().all()


def urgent(session: Session, person: Person, kinds: Sequence[ItemKind], limit: int) -> Sequence[Item]:
    """What is new and urgent, newest first."""
    keys = readers.keys_of(session, person)
    picked = newest(keys, person.id, kinds, limit=LOOKED_THROUGH, unread=True).subquery()
    new = _whole().join(picked, picked.c.item_id == Item.id).where(Item.urgency != "")
    return session.scalars(new.limit(limit)).unique().all()


def pinned(session: Session, person: Person, kinds: Sequence[ItemKind], limit: int) -> Sequence[Item]:
    """What is kept at the top for the person, newest first, until it is withdrawn or its time is over."""
    keys = readers.keys_of(session, person)
    picked = _merged([_lines(kind, key, keys, limit, PINNED) for kind, key in _branches(kinds, keys)], limit).subquery()
    return session.scalars(_whole().join(picked, picked.c.item_id == Item.id)).unique().all()


def newest(
    keys: Sequence[str],
    person_id: int,
    kinds: Sequence[ItemKind],
    *,
    before: Place | None = None,
    limit: int = 20,
    unread: bool = False,
) -> Select[Any]:
    """The feed as (item_id, published_at) for a reader with these keys, for lists and counts.

    Each key gives its newest, then the newest of these are taken: the time depends on the number of keys, not of items.
    A line may come from several keys, so each branch gives as many as are wanted.
    """
    after: list[ColumnElement[bool]] = []
    if before is not None:
        here = tuple_(ReaderKey.published_at, ReaderKey.item_id)
        after.append(here < tuple_(literal(before[0], UtcDateTime()), literal(before[1])))
    if not unread:
        return _merged([_lines(kind, key, keys, limit, *after) for kind, key in _branches(kinds, keys)], limit)
    opened = _opened(keys, person_id)
    branches = []
    for kind, key in _branches(kinds, keys):
        line = _lines(kind, key, keys, LOOKED_AT, *after)
        new = ~opened.where(ItemReading.item_id == line.c.item_id).correlate(line).exists()
        branches.append(select(line).where(new).subquery())
    return _merged(branches, limit)


def _opened(keys: Sequence[str], person_id: int) -> Select[Any]:
    """What was opened here. At another's desk nothing is new that they have opened."""
    here = (person_id, *sorted(readers.desks(keys)))
    return select(ItemReading.item_id).where(ItemReading.person_id.in_(here))


def _branches(kinds: Sequence[ItemKind], keys: Sequence[str]) -> list[tuple[ItemKind, str]]:
    return [(kind, key) for kind in kinds for key in readers.opening(kind, keys)]


def _lines(kind: ItemKind, key: str, keys: Sequence[str], limit: int, *conditions: Any) -> Subquery:
    """The newest lines under one key, by the index alone but for what excludes the reader.

    What has run out leaves the index within a minute (`take_out`), so few lines are passed over for it.
    """
    return (
        select(ReaderKey.item_id, ReaderKey.published_at)
        .where(ReaderKey.kind == kind, ReaderKey.key == key, SHOWN, ReaderKey.published_at <= moment(), *conditions)
        .where(or_(ReaderKey.expires_at.is_(None), ReaderKey.expires_at > moment()))
        .where(readers.not_excluded(keys, ReaderKey.item_id))
        .order_by(ReaderKey.published_at.desc(), ReaderKey.item_id.desc())
        .limit(limit)
        .subquery()
    )


def _merged(branches: Sequence[Subquery], limit: int) -> Select[Any]:
    if not branches:
        nothing: Any = select(ReaderKey.item_id, ReaderKey.published_at)
        return cast(Select[Any], nothing.where(false()))
    together = union_all(*(select(branch) for branch in branches)).subquery()
    merged: Select[Any] = (
        select(together.c.item_id, together.c.published_at)
        .distinct()
        .order_by(together.c.published_at.desc(), together.c.item_id.desc())
        .limit(limit)
    )
    return merged


def _whole() -> Select[Item]:
    return (
        select(Item)
        .options(joinedload(Item.unit).selectinload(Unit.names), joinedload(Item.author))
        .order_by(Item.published_at.desc(), Item.id.desc())
    )


def place_of(item: Item) -> Place:
    """The place of an item that is out."""
    assert item.published_at is not None
    return item.published_at, item.id


def unread(person: Person, kinds: Sequence[ItemKind], most: int = LOOKED_AT - 1) -> ColumnElement[int]:
    """How many items are new to the person, at most `most`, as an expression."""
    keys = readers.keys_of(session_of(person), person)
    return at_most(most, newest(keys, person.id, kinds, limit=most, unread=True))


def take_out(session: Session, most: int = 5000) -> None:
    """Take what has run out from the feeds, where readers would pass over it on every page."""
    over = (ReaderKey.expires_at <= moment(), ENDING)
    some = select(ReaderKey.item_id).where(*over).order_by(ReaderKey.expires_at).limit(most)
    session.execute(update(ReaderKey).where(ReaderKey.item_id.in_(some), *over).values(published_at=None))
