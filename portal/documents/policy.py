"""Who may act on a document (A-8): the permission, and the unit it belongs to."""

from __future__ import annotations

from portal.core.errors import AlreadyDone, Denied, Refused
from portal.core.permissions import Permission
from portal.documents.models import Document
from portal.people.models import Person


def may_act(person: Person, document: Document, permission: Permission) -> bool:
    """Whether `person` holds `permission` for documents of this unit."""
    return person.unit_id == document.holder_id and person.may(permission)


def require(person: Person, document: Document, permission: Permission) -> None:
    """Raise Denied unless `person` may."""
    if not may_act(person, document, permission):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")


def is_drafter(person: Person, document: Document) -> bool:
    """Whether the draft is this person's own to write, submit and cancel."""
    own = person.desk_id in (document.drafter_id, document.drafted_for_id)
    return own and may_act(person, document, Permission.DOCUMENTS_DRAFT)


def require_drafter(person: Person, document: Document) -> None:
    """Raise Denied unless `person` drafted the document."""
    if not is_drafter(person, document):
        raise Denied("Only the drafter can do this: %(name)s.", name=document.drafter.name)


def may_stamp(person: Person, document: Document) -> bool:
    """Whether the next seal is that of the person's unit, and the person stamps there."""
    return person.unit_id == document.turn_id and person.may(Permission.DOCUMENTS_STAMP)


def require_stamper(person: Person, document: Document) -> None:
    """Raise unless `may_stamp`: AlreadyDone when the unit's seal is on, Refused when others come first (7.3.5.1)."""
    if not person.may(Permission.DOCUMENTS_STAMP) or person.unit_id not in document.issuer_ids:
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    place = document.issuer_ids.index(person.unit_id)
    if place < document.seals_on:
        raise AlreadyDone("Your unit's seal is on this document already.")
    if place > document.seals_on:
        raise Refused("The seals of a joint document are pressed one after another, in the issuers' order.")
