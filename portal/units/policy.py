"""Which units a person may administer: the one rule of tiered administration 分级管理 (EE4, EE6)."""

from __future__ import annotations

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


def _runs_the_city(person: Member) -> bool:
    return person.may(Permission.REGISTRATION_ENTER)


def _runs_a_district(person: Member) -> bool:
    return person.may(Permission.REGISTRATION_REVIEW) and person.unit.district_id is not None


def may_administer(person: Member, unit: Unit) -> bool:
    """Whether `person` looks after `unit`: the city's manager after all, a district's after its own, else one's own."""
    if not person.may(Permission.UNITS_MAINTAIN):
        return False
    if _runs_the_city(person):
        return True
    if _runs_a_district(person):
        return unit.district_id == person.unit.district_id
    return unit.id == person.unit_id


def administered_by(person: Member) -> ColumnElement[bool]:
    """The same rule as a filter of units."""
    if not person.may(Permission.UNITS_MAINTAIN):
        return false()
    if _runs_the_city(person):
        return true()
    if _runs_a_district(person):
        return Unit.district_id == person.unit.district_id
    return Unit.id == person.unit_id


def require_administrator(person: Member, unit: Unit) -> None:
    """Raise Denied without the right at all, NotFound for a unit of others."""
    if not person.may(Permission.UNITS_MAINTAIN):
        raise Denied(NOT_YOURS)
    if not may_administer(person, unit):
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
