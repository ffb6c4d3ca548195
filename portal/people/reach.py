"""Whose keys, sessions and computers an administrator looks after: own unit, own district, or everybody (EE4)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, true

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.models import Unit


def reaches_unit(administrator: Person, unit: Unit) -> bool:
    """Whether the unit is in the administrator's care."""
    if Role.INFORMATION_CENTRE in administrator.roles:
        return True
    if Role.DISTRICT_MANAGER in administrator.roles and unit.district_id == administrator.unit_id:
        return True
    return Role.UNIT_ADMINISTRATOR in administrator.roles and unit.id == administrator.unit_id


def reaches(administrator: Person, person: Person) -> bool:
    """Whether the person is: the security administrator looks after everybody (A-8)."""
    return administrator.may(Permission.PEOPLE_GUARD) or reaches_unit(administrator, person.unit)


def require(administrator: Person, person: Person) -> None:
    """Raises NotFound for a person out of reach: nothing hints that there is one."""
    if not reaches(administrator, person):
        raise NotFound("There is no such person.")


def units_condition(administrator: Person) -> ColumnElement[bool]:
    """The same as a condition on `Unit`, for lists."""
    roles = administrator.roles
    if administrator.may(Permission.PEOPLE_GUARD) or Role.INFORMATION_CENTRE in roles:
        return true()
    mine: list[ColumnElement[bool]] = [false()]
    if Role.DISTRICT_MANAGER in roles:
        mine.append(Unit.district_id == administrator.unit_id)
    if Role.UNIT_ADMINISTRATOR in roles:
        mine.append(Unit.id == administrator.unit_id)
    return or_(*mine)
