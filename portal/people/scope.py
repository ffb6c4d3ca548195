"""Who administers whom (GZ13, EE4): a unit its own people, a district its units' people, the office everybody."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units import policy
from portal.units.models import Unit
from portal.units.policy import Scope

MISSING = "There is no such page, or it is not yours to see."


def administers(person: Person, unit: Unit) -> bool:
    """Whether `person` looks after the accounts of `unit`."""
    return policy.administers(person, unit, Permission.PEOPLE_ADMINISTER)


def administered(person: Person) -> ColumnElement[bool]:
    """The same as a filter over Unit."""
    return policy.administered(person, Permission.PEOPLE_ADMINISTER)


def names_heads(person: Person, unit: Unit) -> bool:
    """Whether `person` looks after `unit` from above: only then is who heads it theirs to say, or to confirm."""
    own = policy.scope_of(person, Permission.PEOPLE_ADMINISTER) is not Scope.CITY and unit.id == person.unit_id
    return administers(person, unit) and not own


def heads_named(person: Person) -> ColumnElement[bool]:
    """The same as a filter over Unit."""
    if policy.scope_of(person, Permission.PEOPLE_ADMINISTER) is Scope.CITY:
        return true()
    return and_(administered(person), Unit.id != person.unit_id)


def guards(person: Person, other: Person) -> bool:
    """Whether `person` looks after the keys of `other`: the security administrator after everybody's (A-8)."""
    return person.may(Permission.PEOPLE_GUARD) or administers(person, other.unit)


def guarded(person: Person) -> ColumnElement[bool]:
    """The same as a filter over Unit."""
    return true() if person.may(Permission.PEOPLE_GUARD) else administered(person)


def require_guard(person: Person, other: Person) -> None:
    """Raise NotFound for somebody whose keys others look after: nothing hints that there is such a person."""
    if not guards(person, other):
        raise NotFound("There is no such person.")


def person_for(session: Session, actor: Person, person_id: int) -> Person:
    """Load and authorise. Raises NotFound for a person who isn't there or whom `actor` doesn't administer."""
    person = session.get(Person, person_id)
    if person is None or not administers(actor, person.unit):
        raise NotFound(MISSING)
    return person


def unit_for(session: Session, actor: Person, unit_id: int) -> Unit:
    """A unit in exchange whose accounts `actor` looks after. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or unit.left_at is not None or not administers(actor, unit):
        raise NotFound(MISSING)
    return unit


def units_of(session: Session, actor: Person, most: int | None = None) -> list[Unit]:
    """The units in exchange whose accounts `actor` looks after, in the order of the register, the first `most`."""
    here = select(Unit).where(administered(actor), Unit.left_at.is_(None))
    return list(session.scalars(here.order_by(Unit.sort_key, Unit.id).limit(most)))


def roles_given_by(actor: Person, unit: Unit) -> list[Role]:
    """The roles `actor` may give to people of `unit` and take from them (A-8).

    Roles of the office and the three separated ones are given in the office to its own people; who manages a district
    is the office's decision. Who heads a unit is said from above it; the unit files it (`portal.people.headship`).
    """
    if not administers(actor, unit):
        return []
    in_office = unit.is_office and actor.unit.is_office
    of_district = unit.is_district_office and Role.INFORMATION_CENTRE in actor.roles
    from_above = names_heads(actor, unit)
    return [
        role
        for role in Role
        if not (role in OFFICE_ROLES | SEPARATED_ROLES and not in_office)
        and not (role in DISTRICT_ROLES and not of_district)
        and not (role is Role.UNIT_HEAD and not from_above)
    ]
