"""Who may do what with catalogue, requests, complaints and questionnaires."""

from __future__ import annotations

from portal.core.permissions import Permission as P
from portal.disclosure.lifecycle import RequestState
from portal.disclosure.models import DisclosureCategory
from portal.disclosure.request_models import DisclosureRequest
from portal.people.models import Person

INSIDE = (P.DISCLOSURE_HANDLE, P.DISCLOSURE_CONSENT)


def keeps_category(category: DisclosureCategory, person: Person) -> bool:
    """The office keeps the common categories, a unit its own."""
    if category.unit_id is None:
        return person.may(P.DISCLOSURE_MANAGE)
    return person.may(P.DISCLOSURE_HANDLE) and category.unit_id == person.unit_id


def sees_request(request: DisclosureRequest, person: Person) -> bool:
    """Nobody but the unit that handles it: the clerks who answer and the heads who consent."""
    return request.holder_id == person.unit_id and any(person.may(permission) for permission in INSIDE)


def may_accept(request: DisclosureRequest, person: Person) -> bool:
    """Any clerk of the unit, while nobody was asked first."""
    return request.state == RequestState.RECEIVED and sees_request(request, person) and person.may(P.DISCLOSURE_HANDLE)


def is_responsible(request: DisclosureRequest, person: Person) -> bool:
    """Whoever was asked first, or took it over 首问负责."""
    return request.responsible_id == person.desk_id and sees_request(request, person)


def may_hand_over(request: DisclosureRequest, person: Person) -> bool:
    """Whoever is responsible, or a head of the unit."""
    return is_responsible(request, person) or (sees_request(request, person) and person.may(P.DISCLOSURE_CONSENT))


def may_consent(request: DisclosureRequest, person: Person) -> bool:
    """A leader of the unit, never whoever asked for the extension."""
    waits = request.state == RequestState.IN_HAND and request.extension_asked_at is not None
    if not waits or request.extended_at is not None:
        return False
    return (
        sees_request(request, person)
        and person.may(P.DISCLOSURE_CONSENT)
        and request.responsible_id not in (person.id, person.desk_id)
    )
