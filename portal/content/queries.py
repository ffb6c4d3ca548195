"""Reading items: what somebody may see, by list, count, direct link and file alike (M-6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload, undefer

from portal.content import policy, readers
from portal.content.kinds import KINDS, ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile, ItemReading, ReaderGroup
from portal.core.errors import NotFound
from portal.core.prepared import moment
from portal.core.text import N_
from portal.people.models import Person
from portal.units.models import Unit

_GONE = (ItemState.DISCARDED, ItemState.WITHDRAWN)


class TakenAway(NotFound):
    """The item `item_id` was withdrawn, and the person is one of those who are told."""

    def __init__(self, item_id: int) -> None:
        super().__init__(GONE)
        self.item_id = item_id


GONE = N_("There is no such item, or it isn't for you.")


def published(person_keys: Sequence[str], item: Any = Item) -> ColumnElement[bool]:
    """The condition that an item is out and within the scope of a reader with these keys; a part goes by its parent."""
    top = func.coalesce(item.parent_id, item.id)
    # A part is read with its parent and not before; the sender of a report may set the day from which it is shown.
    return and_(
        item.state == ItemState.PUBLISHED,
        item.published_at <= moment(),
        or_(item.expires_at.is_(None), item.expires_at > moment()),
        readers.addressed(person_keys, top),
    )


def may_read(session: Session, person: Person, item: Item) -> bool:
    """Whether the person may see the item now, as a reader or as one who makes it."""
    top = item.parent or item
    if item.state in _GONE or top.state in _GONE:
        return False
    if policy.sees_inside(top, person):
        return True
    keys = readers.keys_of(session, person)
    statement = select(Item.id).where(Item.id.in_((top.id, item.id)), published(keys))
    return set(session.scalars(statement)) == {top.id, item.id}


def is_addressed(session: Session, person: Person, item: Item) -> bool:
    """Whether the item is shown to the person now as one of its readers, apart from who makes it."""
    keys = readers.keys_of(session, person)
    return session.scalar(select(Item.id).where(Item.id == item.id, published(keys))) is not None


def get_readable(session: Session, person: Person, item_id: int, kind: ItemKind, *options: Any) -> Item:
    """Load and authorise for reading. Raises NotFound: outside its scope an item doesn't exist.

    Raises TakenAway for those who answered for an item that is withdrawn: they are told, and shown no more than that.
    """
    item = _loaded(session, item_id, options)
    _tell_withdrawn(item, person)
    if item is None or item.kind != kind or not may_read(session, person, item):
        raise NotFound(GONE)
    return item


def get_inside(session: Session, person: Person, item_id: int, *options: Any, lock: bool = False) -> Item:
    """Load and authorise for those who make it; `lock` for acts. Raises NotFound, TakenAway as `get_readable` does."""
    item = _loaded(session, item_id, options, lock=lock)
    _tell_withdrawn(item, person)
    if item is None or item.state == ItemState.DISCARDED or not policy.sees_inside(item.parent or item, person):
        raise NotFound(GONE)
    return item


def _tell_withdrawn(item: Item | None, person: Person) -> None:
    top = item and (item.parent or item)
    if top is not None and policy.knows_withdrawn(top, person):
        raise TakenAway(top.id)


def get_withdrawn(session: Session, person: Person, item_id: int) -> Item:
    """A withdrawn item for those who answered for it. Raises NotFound."""
    item = _loaded(session, item_id, (joinedload(Item.withdrawn_by),))
    if item is None or not policy.knows_withdrawn(item, person):
        raise NotFound(GONE)
    return item


def get_for_taking_down(session: Session, person: Person, item_id: int) -> Item:
    """A published item for whoever may take it down, readable or not. Raises NotFound."""
    item = _loaded(session, item_id, ())
    if item is not None:
        _tell_withdrawn(item, person)
    if item is None or not policy.may_take_down(item, person):
        raise NotFound(GONE)
    return item


def _loaded(session: Session, item_id: int, options: Sequence[Any], *, lock: bool = False) -> Item | None:
    statement = select(Item).where(Item.id == item_id)
    if lock:
        statement = statement.with_for_update(of=Item).execution_options(populate_existing=True)
    else:
        statement = statement.options(
            joinedload(Item.unit).selectinload(Unit.names),
            joinedload(Item.author),
            joinedload(Item.approver),
            joinedload(Item.parent),
            selectinload(Item.files),
            undefer(Item.text),
        )
    return session.scalars(statement.options(*options)).unique().one_or_none()


def get_file(session: Session, person: Person, item_id: int, file_id: int) -> ItemFile:
    """A file of an item the person may see. Raises NotFound."""
    file = session.scalars(
        select(ItemFile).where(ItemFile.id == file_id, ItemFile.item_id == item_id).options(joinedload(ItemFile.item))
    ).one_or_none()
    if file is None or not may_read(session, person, file.item):
        raise NotFound(GONE)
    return file


def read_ids(session: Session, person: Person, items: Sequence[Item]) -> set[int]:
    """Which of these the person, or the one they stand in for, has opened before."""
    ids = [item.id for item in items]
    here = {person.id, person.desk_id}
    statement = select(ItemReading.item_id).where(ItemReading.person_id.in_(here), ItemReading.item_id.in_(ids))
    return set(session.scalars(statement)) if ids else set()


def mine(person: Person) -> ColumnElement[bool]:
    """What the person wrote, or answers for in its author's place; the same rule as `policy.is_author`."""
    desk = person.desk_id
    own = or_(Item.author_id == desk, Item.author_for_id == desk, Item.keeper_id == desk)
    return and_(Item.holder_id == person.unit_id, own)


def own(person: Person, kind: ItemKind) -> Select[Any]:
    """Items of a kind that the person makes: their own, and those of the unit for whoever writes or approves them."""
    rules = KINDS[kind]
    makes = not rules.private and (person.may(rules.draft) or (rules.approve is not None and person.may(rules.approve)))
    return select(Item).where(
        Item.kind == kind,
        Item.state != ItemState.DISCARDED,
        Item.holder_id == person.unit_id,
        # The title of what was withdrawn may be what had to go.
        or_(mine(person), Item.approver_id == person.desk_id, Item.state != ItemState.WITHDRAWN if makes else false()),
    )


def to_approve(person: Person) -> Select[Any]:
    """Items that wait for the person's approval."""
    kinds = [kind for kind, rules in KINDS.items() if rules.approve is not None and person.may(rules.approve)]
    part, own = aliased(Item), (person.id, person.desk_id)
    wrote_part = or_(part.author_id.in_(own), part.author_for_id.in_(own))
    return select(Item).where(
        Item.state == ItemState.SUBMITTED,
        Item.kind.in_(kinds),
        Item.holder_id == person.unit_id,
        Item.author_id.not_in(own),
        func.coalesce(Item.author_for_id, 0).not_in(own),
        ~exists().where(part.parent_id == Item.id, wrote_part),
    )


MOST_UNITS = 100
"""Units on a page of who has read an item."""
UnitPlace = tuple[int, int]
"""Where a page of units begins: the figure by which they are ordered and the number of the unit before."""


def readership(session: Session, item_id: int, before: UnitPlace | None = None) -> tuple[Sequence[Any], bool]:
    """(unit, readers, first, last) by unit, most readers first, and whether there are more units (M-6)."""
    statement = (
        select(Unit, func.count(), func.min(ItemReading.read_at), func.max(ItemReading.read_at))
        .join(ItemReading, ItemReading.unit_id == Unit.id)
        .where(ItemReading.item_id == item_id)
        .group_by(Unit.id)
    )
    if before is not None:
        count, last = before
        statement = statement.having(or_(func.count() < count, (func.count() == count) & (Unit.id > last)))
    rows = session.execute(statement.order_by(func.count().desc(), Unit.id).limit(MOST_UNITS + 1)).all()
    return rows[:MOST_UNITS], len(rows) > MOST_UNITS


def reader_count(session: Session, item_id: int) -> int:
    """How many people opened an item."""
    return session.scalar(select(func.count()).where(ItemReading.item_id == item_id)) or 0


def receipts(session: Session, item_id: int, after: int = 0, limit: int = 100) -> Sequence[ItemReading]:
    """Who opened it, by person; `after` pages on."""
    return session.scalars(
        select(ItemReading)
        .where(ItemReading.item_id == item_id, ItemReading.person_id > after)
        .options(joinedload(ItemReading.person), joinedload(ItemReading.person_for), joinedload(ItemReading.unit))
        .order_by(ItemReading.person_id)
        .limit(limit)
    ).all()


def people_page(session: Session, scope: readers.Scope, after: int = 0, limit: int = 50) -> Sequence[Person]:
    """A page of the people in a scope, by number of the person."""
    statement = readers.people_in(scope).where(Person.id > after).order_by(Person.id).limit(limit)
    return session.scalars(statement).unique().all()


def people_count(session: Session, scope: readers.Scope) -> int:
    """How many people are in a scope, exactly: the publisher decides by it."""
    return session.scalar(select(func.count()).select_from(readers.people_in(scope).subquery())) or 0


def groups_of(session: Session, person: Person) -> Sequence[ReaderGroup]:
    """The groups the person's unit keeps."""
    return session.scalars(
        select(ReaderGroup)
        .where(ReaderGroup.unit_id == person.unit_id)
        .options(selectinload(ReaderGroup.members))
        .order_by(ReaderGroup.name)
    ).all()


def get_group(session: Session, person: Person, group_id: int) -> ReaderGroup:
    """A group of the person's unit. Raises NotFound."""
    group = session.scalars(
        select(ReaderGroup).where(ReaderGroup.id == group_id, ReaderGroup.unit_id == person.unit_id)
    ).one_or_none()
    if group is None:
        raise NotFound("There is no such group.")
    return group
