"""Who administers whom (GZ13, EE4): a unit its own people, a district its units' people, the office everybody."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units.models import Unit

MISSING = "There is no such page, or it is not yours to see."


def administers(person: Person, unit: Unit) -> bool:
    """Whether `person` looks after the accounts of `unit`."""
    if not person.may(Permission.PEOPLE_ADMINISTER):
        return False
    if Role.INFORMATION_CENTRE in person.roles:
        return True
    if Role.DISTRICT_MANAGER in person.roles and unit.district_id == person.unit.district_id is not None:
        return True
    return Role.UNIT_ADMINISTRATOR in person.roles and unit.id == person.unit_id


def administered(person: Person) -> ColumnElement[bool]:
    """The same as a filter over Unit."""
    if not person.may(Permission.PEOPLE_ADMINISTER):
        return false()
    if Role.INFORMATION_CENTRE in person.roles:
        return true()
    parts: list[ColumnElement[bool]] = []
    if Role.DISTRICT_MANAGER in person.roles and person.unit.district_id is not None:
        parts.append(Unit.district_id == person.unit.district_id)
    if Role.UNIT_ADMINISTRATOR in person.roles:
        parts.append(Unit.id == person.unit_id)
    return or_(*parts) if parts else false()


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
    is the office's decision.
    """
    if not administers(actor, unit):
        return []
    in_office = unit.is_office and actor.unit.is_office
    of_district = unit.is_district_office and Role.INFORMATION_CENTRE in actor.roles
    return [
        role
        for role in Role
        if not (role in OFFICE_ROLES | SEPARATED_ROLES and not in_office)
        and not (role in DISTRICT_ROLES and not of_district)
    ]
