"""Writing notices: anyone who writes may send their own, only clerks the unit's (M-7, OP6)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.core.errors import Denied, Invalid
from portal.notices.models import Notice
from portal.people.models import Person
from portal.people.roles import Role

# Who speaks for the unit in a notice (OP6: the unit's clerks).
SPEAKERS = frozenset({Role.EXCHANGE_CLERK, Role.OFFICE_HEAD, Role.SECRETARIAT, Role.INFORMATION_CENTRE})


def speaks_for_unit(person: Person) -> bool:
    """Whether the person may send notices of the unit."""
    return bool(person.roles & SPEAKERS)


def draft_notice(session: Session, author: Person, title: str, text: str, *, of_unit: bool, pinned: bool) -> Item:
    """Begin a notice. Raises Denied for the unit's by somebody who isn't its clerk, Invalid."""
    if of_unit and not speaks_for_unit(author):
        raise Denied("Only the unit's clerks send notices of the unit.")
    if pinned and not of_unit:
        raise Invalid("Only notices of the unit are kept at the top.", field="pinned")
    item = items.draft(session, author, ItemKind.NOTICE, title, text)
    item.pinned = pinned
    session.add(Notice(item_id=item.id, of_unit=of_unit))
    session.flush()
    return item
