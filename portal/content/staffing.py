"""What a person who leaves has under way among items, and what they answer for (A-7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.content import groups
from portal.content.kinds import KINDS
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import now
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.policy import PERMISSIONS

DRAFTS, OUT, GROUPS = "content.drafts", "content.published", "content.groups"
_UNDER_WAY = (ItemState.DRAFTING, ItemState.SUBMITTED)


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Drafts and items handed in that the person wrote, published ones they answer for, groups they read in."""
    needed = {KINDS[kind].draft for kind in KINDS}
    roles = frozenset(role for role, permissions in PERMISSIONS.items() if permissions & needed)
    drafts, out = _written_by(session, person), _answered(person)
    titles = session.scalars(out.with_only_columns(Item.title).order_by(Item.id.desc()).limit(3)).all()
    count = session.scalar(out.with_only_columns(func.count(), maintain_column_froms=True)) if titles else 0
    within = groups.groups_with(session, person)
    label = N_("Items of information exchange being written")
    found = [
        OpenWork(DRAFTS, label, len(drafts), tuple(item.title for item in drafts[:3]), roles=roles),
        OpenWork(OUT, N_("Published items the person answers for"), count or 0, tuple(titles), roles=roles),
        OpenWork(
            GROUPS,
            N_("Groups of readers the person is in"),
            len(within),
            tuple(group.name for group in within[:3]),
            handed_over=False,
        ),
    ]
    return [work for work in found if work.count]


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Give the person's drafts and what they answer for to the successor; their places in groups end."""
    if key == GROUPS:
        return groups.leave_groups(session, person, actor)
    if successor is None:
        return 0
    if key == DRAFTS:
        return _hand_over_drafts(session, person, successor, actor)
    return _name_keeper(session, person, successor, actor) if key == OUT else 0


def _hand_over_drafts(session: Session, person: Person, successor: Person, actor: Person) -> int:
    items = _written_by(session, person)
    for item in items:
        item.author_id, item.author_for_id = successor.id, None
        record(Event.ITEM_HANDED_OVER, subject=item, actor=actor, before=person.id, author=successor.id)
    return len(items)


def _name_keeper(session: Session, person: Person, successor: Person, actor: Person) -> int:
    """Who wrote and approved them stays as it was; the successor withdraws them and says who reads them."""
    items = session.scalars(_answered(person).order_by(Item.id).with_for_update(of=Item)).all()
    for item in items:
        item.keeper_id = successor.id
        record(Event.ITEM_KEEPER_NAMED, subject=item, actor=actor, before=person.id, keeper=successor.id)
    return len(items)


def _answered(person: Person) -> Select[Item]:
    """Published items of the unit, still shown, that nobody answers for once the person has gone."""
    shown: ColumnElement[bool] = or_(Item.expires_at.is_(None), Item.expires_at > now())
    return select(Item).where(
        Item.holder_id == person.unit_id,
        Item.state == ItemState.PUBLISHED,
        Item.parent_id.is_(None),
        func.coalesce(Item.keeper_id, Item.author_for_id, Item.author_id) == person.id,
        shown,
    )


def _written_by(session: Session, person: Person) -> Sequence[Item]:
    return session.scalars(
        select(Item).where(Item.author_id == person.id, Item.state.in_(_UNDER_WAY)).order_by(Item.id)
    ).all()
