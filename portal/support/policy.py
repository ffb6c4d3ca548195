"""Who may do what in help, by the object."""

from __future__ import annotations

from portal.core.errors import Denied
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.support.models import Dispute, Training
from portal.units.policy import Scope, scope_of

NO_RIGHT = "Your role doesn't include this. Ask your unit's administrator if it should."


def require(person: Person, permission: Permission) -> None:
    """Raise Denied unless the person holds the permission."""
    if not person.may(permission):
        raise Denied(NO_RIGHT)


def speaks_in(person: Person, dispute: Dispute) -> bool:
    """Whether the person speaks for one of the two units."""
    return person.may(Permission.SUPPORT_DISPUTE) and person.unit_id in (dispute.opener_id, dispute.other_id)


def require_speaker(person: Person, dispute: Dispute) -> None:
    """Raise Denied unless the person speaks for one of the two units."""
    if not speaks_in(person, dispute):
        raise Denied(NO_RIGHT)


def coordinates(person: Person, dispute: Dispute) -> bool:
    """Whether the person coordinates for the office; never in a dispute that wasn't brought before it."""
    return person.may(Permission.SUPPORT_MANAGE) and dispute.escalated_at is not None


def district_of(person: Person) -> int | None:
    """For which units the person announces training: the city's (None), or those of their own district."""
    return None if scope_of(person, Permission.SUPPORT_TRAIN) is Scope.CITY else person.unit_id


def organises(person: Person, training: Training) -> bool:
    """Whether the person runs this session: the office the city's, a district's manager those of the district."""
    scope = scope_of(person, Permission.SUPPORT_TRAIN)
    if training.district_id is None:
        return scope is Scope.CITY
    return scope is Scope.DISTRICT and person.unit_id == training.district_id


def require_organiser(person: Person, training: Training) -> None:
    """Raise Denied unless the person runs this session."""
    if not organises(person, training):
        raise Denied(NO_RIGHT)
