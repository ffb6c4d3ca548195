"""Who edits a unit's journals; conditions on the person and the journal alone."""

from __future__ import annotations

from portal.core.permissions import Permission as P
from portal.journals.models import Journal
from portal.people.models import Person


def publishes(person: Person) -> bool:
    """Whether the person makes journals at all."""
    return person.may(P.CONTENT_PUBLISH)


def edits(journal: Journal, person: Person) -> bool:
    """The publishers of the unit that holds it (GZ45: the unit decides itself)."""
    return publishes(person) and person.unit_id == journal.holder_id


def makes(person: Person) -> bool:
    """Whether the person edits or approves journals of their unit."""
    return publishes(person) or person.may(P.CONTENT_APPROVE)


def sees_inside(journal: Journal, person: Person) -> bool:
    """Those who edit it, and those who approve its issues: figures and default readers."""
    return person.unit_id == journal.holder_id and makes(person)
