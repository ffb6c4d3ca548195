"""Who may write, approve and withdraw an item; conditions on the person and the item alone."""

from __future__ import annotations

from portal.content.kinds import kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.people.models import Person

EDITABLE = frozenset({ItemState.DRAFTING})
ALIVE = frozenset({ItemState.DRAFTING, ItemState.SUBMITTED, ItemState.PUBLISHED})


def is_author(item: Item, person: Person) -> bool:
    """Whether it is the person's own, or of the one they stand in for."""
    return person.desk_id in (item.author_id, item.author_for_id)


def is_approver(item: Item, person: Person) -> bool:
    """Whether the person, or the one they stand in for, approved it."""
    return person.desk_id in (item.approver_id, item.approver_for_id)


def may_edit(item: Item, person: Person) -> bool:
    """The author, and whoever writes this kind in the unit that holds it, while it is a draft."""
    if any(one.state not in EDITABLE for one in (item, item.parent) if one is not None):
        return False
    if is_author(item, person):
        return True
    kind = kind_of(item.kind)
    return not kind.private and person.unit_id == item.holder_id and person.may(kind.draft)


def may_approve(item: Item, person: Person) -> bool:
    """Whoever approves this kind in the unit that holds it; never an author of it or of a part of it (M-1)."""
    needed = kind_of(item.kind).approve
    if needed is None or item.state != ItemState.SUBMITTED:
        return False
    authors = {author for one in (item, *item.parts) for author in (one.author_id, one.author_for_id)}
    return person.unit_id == item.holder_id and person.may(needed) and not authors & {person.id, person.desk_id}


def may_publish(item: Item, person: Person) -> bool:
    """The author of a kind that needs no approval; a part goes out with its parent."""
    alone = item.parent_id is None and kind_of(item.kind).approve is None
    return alone and item.state == ItemState.DRAFTING and is_author(item, person)


def may_withdraw(item: Item, person: Person) -> bool:
    """The author, or the one who approved it; nobody else (OP6). A part goes with its parent."""
    out = item.state == ItemState.PUBLISHED and item.parent_id is None
    return out and (is_author(item, person) or is_approver(item, person))


def may_set_readers(item: Item, person: Person) -> bool:
    """While it is a draft whoever edits it; once it is published its author or approver, who answer for it."""
    return kind_of(item.kind).chosen_readers and (may_edit(item, person) or may_withdraw(item, person))


def sees_inside(item: Item, person: Person) -> bool:
    """Whether the person sees the item as one who makes it: draft, opinions, readership."""
    if is_author(item, person) or is_approver(item, person):
        return True
    kind = kind_of(item.kind)
    makes = person.may(kind.draft) or (kind.approve is not None and person.may(kind.approve))
    return not kind.private and person.unit_id == item.holder_id and makes
