"""Who may write, approve and withdraw an item; conditions on the person and the item alone."""

from __future__ import annotations

from portal.content.kinds import kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role

EDITABLE = frozenset({ItemState.DRAFTING})
ALIVE = frozenset({ItemState.DRAFTING, ItemState.SUBMITTED, ItemState.PUBLISHED})


def is_author(item: Item, person: Person) -> bool:
    """Whether it is the person's own, or of the one they stand in for, or left to them by its author.

    Rights end with the unit: whoever moved to another has left it to those who answer for it there.
    """
    own = (item.author_id, item.author_for_id, item.keeper_id)
    return person.unit_id == item.holder_id and person.desk_id in own


def is_approver(item: Item, person: Person) -> bool:
    """Whether the person, or the one they stand in for, approved it."""
    return person.unit_id == item.holder_id and person.desk_id in (item.approver_id, item.approver_for_id)


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
    return item.state == ItemState.SUBMITTED and _approves(item, person)


def _approves(item: Item, person: Person) -> bool:
    needed = kind_of(item.kind).approve
    if needed is None or person.unit_id != item.holder_id or not person.may(needed):
        return False
    authors = {author for one in (item, *item.parts) for author in (one.author_id, one.author_for_id)}
    return not authors & {person.id, person.desk_id}


def may_publish(item: Item, person: Person) -> bool:
    """The author of a kind that needs no approval; a part goes out with its parent."""
    alone = item.parent_id is None and kind_of(item.kind).approve is None
    return alone and item.state == ItemState.DRAFTING and is_author(item, person)


def may_withdraw(item: Item, person: Person) -> bool:
    """The author, or the one who approved it; nobody else (OP6). A part goes with its parent."""
    out = item.state == ItemState.PUBLISHED and item.parent_id is None
    return out and (is_author(item, person) or is_approver(item, person))


def may_take_down(item: Item, person: Person) -> bool:
    """The head of the unit that answers for it, and the secrecy office: its author may be away when it must go."""
    return item.state == ItemState.PUBLISHED and item.parent_id is None and _oversees(item, person)


def _oversees(item: Item, person: Person) -> bool:
    here = person.unit_id == item.holder_id or Role.SECRECY_OFFICE in person.roles
    return here and person.may(Permission.CONTENT_TAKE_DOWN)


def may_set_readers(item: Item, person: Person) -> bool:
    """While it is a draft whoever edits it; once it is published those who answer for it or may approve it."""
    if not kind_of(item.kind).chosen_readers:
        return False
    return may_edit(item, person) or may_withdraw(item, person) or may_widen(item, person)


def may_widen(item: Item, person: Person) -> bool:
    """Who lets further readers in: whoever sets them while it is a draft; afterwards only who may approve it (M-1)."""
    if not kind_of(item.kind).chosen_readers:
        return False
    if item.state != ItemState.PUBLISHED:
        return may_edit(item, person)
    if kind_of(item.kind).approve is None:
        return may_withdraw(item, person)
    return item.parent_id is None and _approves(item, person)


def knows_withdrawn(item: Item, person: Person) -> bool:
    """Whether the person is told what became of a withdrawn item: those who answered for it or took it down."""
    answered = is_author(item, person) or is_approver(item, person) or _oversees(item, person)
    return item.state == ItemState.WITHDRAWN and answered


def sees_inside(item: Item, person: Person) -> bool:
    """Whether the person sees the item as one who makes it: draft, opinions, readership; withdrawn, nobody does."""
    if item.state == ItemState.WITHDRAWN:
        return False
    if is_author(item, person) or is_approver(item, person):
        return True
    kind = kind_of(item.kind)
    makes = person.may(kind.draft) or (kind.approve is not None and person.may(kind.approve))
    return not kind.private and person.unit_id == item.holder_id and makes
