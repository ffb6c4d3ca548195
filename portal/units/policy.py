"""Which units a person may administer: the one rule of tiered administration 分级管理 (EE4, EE6)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, false, true

from portal.core.errors import Denied, NotFound
from portal.core.permissions import Permission
from portal.units.models import AddressGroup, Unit

NOT_THERE = "There is no such page, or it is not yours to see."
NOT_YOURS = "Your role doesn't include this. Ask your unit's administrator if it should."


class Member(Protocol):
    """A person, as the units see one."""

    @property
    def id(self) -> int: ...

    @property
    def unit_id(self) -> int: ...

    @property
    def unit(self) -> Unit: ...

    @property
    def acting_for(self) -> Member | None: ...

    def may(self, permission: Permission) -> bool: ...


class Scope(StrEnum):
    """How far a right over units reaches (EE4): the whole city, a district with its government, or one's own unit."""

    CITY = "city"
    DISTRICT = "district"
    UNIT = "unit"


def scope_of(person: Member, right: Permission) -> Scope | None:
    """How far the person's `right` reaches; None without it.

    The city's manager enters units, a district's reviews them: so nobody's reach is wider than their office.
    """
    if not person.may(right):
        return None
    if person.may(Permission.REGISTRATION_ENTER):
        return Scope.CITY
    in_district = person.may(Permission.REGISTRATION_REVIEW) and person.unit.is_district_office
    return Scope.DISTRICT if in_district else Scope.UNIT


def units_within(scope: Scope | str | None, unit: Unit) -> ColumnElement[bool]:
    """The condition for the units that somebody of `unit` reaches with this scope."""
    if scope is None:
        return false()
    conditions = {Scope.CITY: true(), Scope.DISTRICT: Unit.district_id == unit.id, Scope.UNIT: Unit.id == unit.id}
    return conditions[Scope(scope)]


def administers(person: Member, unit: Unit, right: Permission) -> bool:
    """Whether the person's `right` reaches `unit`."""
    reached = {
        Scope.CITY: True,
        Scope.DISTRICT: unit.district_id == person.unit_id,
        Scope.UNIT: unit.id == person.unit_id,
    }
    scope = scope_of(person, right)
    return scope is not None and reached[scope]


def administered(person: Member, right: Permission) -> ColumnElement[bool]:
    """The same as a filter of units."""
    return units_within(scope_of(person, right), person.unit)


def require_administrator(person: Member, unit: Unit) -> None:
    """Raise Denied without the right to keep units at all, NotFound for a unit of others."""
    require(person, Permission.UNITS_MAINTAIN)
    if not administers(person, unit, Permission.UNITS_MAINTAIN):
        raise NotFound(NOT_THERE)


def require(person: Member, permission: Permission) -> None:
    """Raise Denied unless `person` holds `permission`."""
    if not person.may(permission):
        raise Denied(NOT_YOURS)


def may_keep(person: Member, group: AddressGroup) -> bool:
    """Whether the person may change the group: the unit's by its people, the city's by the office."""
    if group.owner_id is None:
        return person.may(Permission.UNITS_SCOPE)
    own = person.may(Permission.UNITS_MAINTAIN) or person.may(Permission.DOCUMENTS_DRAFT)
    return own and group.owner_id == person.unit_id
