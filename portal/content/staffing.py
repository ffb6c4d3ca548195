"""What a person who leaves has under way among items (A-7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.kinds import KINDS
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.policy import PERMISSIONS

DRAFTS = "content.drafts"
_UNDER_WAY = (ItemState.DRAFTING, ItemState.SUBMITTED)


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Drafts and items handed in that the person wrote."""
    items = _written_by(session, person)
    if not items:
        return []
    needed = {KINDS[kind].draft for kind in KINDS}
    roles = frozenset(role for role, permissions in PERMISSIONS.items() if permissions & needed)
    label = N_("Items of information exchange being written")
    return [OpenWork(DRAFTS, label, len(items), tuple(item.title for item in items[:3]), roles=roles)]


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Give the person's drafts to the successor."""
    if key != DRAFTS or successor is None:
        return 0
    items = _written_by(session, person)
    for item in items:
        item.author_id, item.author_for_id = successor.id, None
        record(Event.ITEM_HANDED_OVER, subject=item, actor=actor, before=person.id, author=successor.id)
    return len(items)


def _written_by(session: Session, person: Person) -> Sequence[Item]:
    return session.scalars(
        select(Item).where(Item.author_id == person.id, Item.state.in_(_UNDER_WAY)).order_by(Item.id)
    ).all()
