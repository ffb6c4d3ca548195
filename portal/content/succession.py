"""What a change of a unit means for its items: the heir answers for them, and reads what the unit read (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, exists, func, insert, select
from sqlalchemy.orm import Session, aliased

from portal.content import readers
from portal.content.groups import LONGEST_NAME
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ReaderGroup, ReaderKey
from portal.core.clock import now
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, Effect

GROUPS = Effect("content.groups", N_("Groups of readers"), N_("The successor keeps them from then on."), 0)
_ALIVE = (ItemState.DRAFTING, ItemState.SUBMITTED, ItemState.PUBLISHED)
HELD = Effect(
    "content.items", N_("Items of information exchange"), N_("The successor answers for them from then on."), 0
)


def survey(session: Session, change: Change) -> list[Effect]:
    """How many items the unit answers for."""
    if change.heir.id == change.unit.id:
        return []
    count = (
        session.scalar(_held(change).with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
    )
    effects = [replace(HELD, count=count), replace(GROUPS, count=len(_groups(session, change)))]
    return [effect for effect in effects if effect.count]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Hand them to the heir, whose people also read what was addressed to the unit."""
    if change.heir.id == change.unit.id:
        return []
    items = session.scalars(_held(change).with_for_update(of=Item)).all()
    for item in items:
        item.holder_id = change.heir.id
        if item.state != ItemState.PUBLISHED and change.receiver_id is not None:
            item.author_id, item.author_for_id = change.receiver_id, None
        record(Event.ITEM_INHERITED, subject=item, actor=actor, former=change.unit.id, heir=change.heir.id)
    _readdress(session, change)
    effects = [replace(HELD, count=len(items)), replace(GROUPS, count=_hand_on_groups(session, change))]
    session.flush()
    return [effect for effect in effects if effect.count]


def _groups(session: Session, change: Change) -> Sequence[ReaderGroup]:
    return session.scalars(select(ReaderGroup).where(ReaderGroup.unit_id == change.unit.id)).all()


def _hand_on_groups(session: Session, change: Change) -> int:
    """Groups without a unit would be nobody's to change, and their members would read on for ever."""
    taken = set(session.scalars(select(ReaderGroup.name).where(ReaderGroup.unit_id == change.heir.id)))
    groups = _groups(session, change)
    for group in groups:
        if group.name in taken:
            group.name = f"{change.unit.short_name}-{group.name}"[:LONGEST_NAME]
        group.unit_id, group.changed_at = change.heir.id, now()
    return len(groups)


def _held(change: Change) -> Select[Any]:
    return select(Item).where(Item.holder_id == change.unit.id, Item.state.in_(_ALIVE)).order_by(Item.id)


def _readdress(session: Session, change: Change) -> None:
    """Add the heir wherever the unit was named as a reader, in one statement however many items there are."""
    former, heir = f"unit:{change.unit.id}", f"unit:{change.heir.id}"
    key = func.replace(ReaderKey.key, former, heir)
    there = aliased(ReaderKey)
    same = ("excluded", "kind", "published_at", "expires_at", "pinned")
    rows = select(ReaderKey.item_id, key, *(getattr(ReaderKey, column) for column in same)).where(
        (ReaderKey.key == former) | ReaderKey.key.startswith(f"{former}&", autoescape=True),
        ~exists().where(there.item_id == ReaderKey.item_id, there.key == key, there.excluded == ReaderKey.excluded),
    )
    session.execute(insert(ReaderKey).from_select(["item_id", "key", *same], rows))
    named = (
        select(ReaderKey.key)
        .distinct()
        .where((ReaderKey.key == heir) | ReaderKey.key.startswith(f"{heir}&", autoescape=True))
    )
    readers.make_known(session, session.scalars(named))
