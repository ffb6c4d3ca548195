"""Who may act on a delivery: people of the recipient unit on this side, of the sending unit on the other."""

from __future__ import annotations

from portal.core.errors import Denied
from portal.core.permissions import Permission
from portal.exchange.models import Delivery
from portal.people.models import Person


def may_receive(person: Person, delivery: Delivery, *permissions: Permission) -> bool:
    """Whether `person` belongs to the recipient unit and holds one of `permissions`."""
    return person.unit_id == delivery.holder_id and any(person.may(permission) for permission in permissions)


def require_recipient(person: Person, delivery: Delivery, *permissions: Permission) -> None:
    """Raise Denied unless `person` may act for the recipient."""
    if not may_receive(person, delivery, *permissions):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")


def require_sender(person: Person, delivery: Delivery) -> None:
    """Raise Denied unless `person` is an exchange clerk of the sending unit."""
    if person.unit_id != delivery.document.holder_id or not person.may(Permission.DOCUMENTS_SEND):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
