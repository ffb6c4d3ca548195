"""Who is a leader, and who answers for a report."""

from __future__ import annotations

from portal.content import policy as items
from portal.content.models import Item
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role

LEADERS = frozenset({Role.LEADER, Role.UNIT_HEAD, Role.OFFICE_LEADER})
"""To whom special reports go (GZ43: 上级领导)."""


def is_leader(person: Person) -> bool:
    """Whether special reports may go to the person, and instructions come from them."""
    return bool(person.roles & LEADERS)


def may_answer(item: Item, person: Person) -> bool:
    """The author, whoever approved it, and the heads of the unit that holds it."""
    if items.is_author(item, person) or items.is_approver(item, person):
        return True
    return person.unit_id == item.holder_id and person.may(Permission.CONTENT_APPROVE)
