"""Who administers whose units, by role and unit: one rule for units, people, computers, changes and imports (EE4)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.people.roles import Role
from portal.units import policy
from portal.units.models import Unit
from portal.units.policy import Scope
from tests.city import KEYS, City

RIGHTS = (
    P.PEOPLE_ADMINISTER,
    P.PEOPLE_COMPUTERS,
    P.REGISTRATION_IMPORT,
    P.REGISTRATION_REVIEW,
    P.SUPPORT_TRAIN,
    P.UNITS_MAINTAIN,
)
DISTRICT = {P.REGISTRATION_REVIEW, P.SUPPORT_TRAIN}
"""What a unit's own administrator may not do at all."""
EVERYWHERE = set(KEYS)
REACHED = [
    ("office", Role.INFORMATION_CENTRE, Scope.CITY, EVERYWHERE),
    ("east", Role.DISTRICT_MANAGER, Scope.DISTRICT, {"east", "east-education"}),
    ("west", Role.DISTRICT_MANAGER, Scope.DISTRICT, {"west"}),
    ("office", Role.UNIT_ADMINISTRATOR, Scope.UNIT, {"office"}),
    ("finance", Role.UNIT_ADMINISTRATOR, Scope.UNIT, {"finance"}),
    ("east", Role.UNIT_ADMINISTRATOR, Scope.UNIT, {"east"}),
    ("east-education", Role.UNIT_ADMINISTRATOR, Scope.UNIT, {"east-education"}),
]
MANAGING = {role for _, role, _, _ in REACHED}


def reached(session: Session, city: City, person: Person, right: P) -> set[str]:
    """The units a right reaches, asked both ways: one by one, and as a filter."""
    listed = set(session.scalars(select(Unit.id).where(policy.administered(person, right))))
    one_by_one = {key for key, unit in city.units.items() if policy.administers(person, unit, right)}
    assert {city.units[key].id for key in one_by_one} == listed
    return one_by_one


@pytest.mark.req("U-7", "A-8")
@pytest.mark.parametrize(("at", "role", "scope", "units"), REACHED)
def test_each_right_reaches_as_far_as_the_office_of_its_holder(
    session: Session, city: City, at: str, role: Role, scope: Scope, units: set[str]
) -> None:
    person = city.person(at, role)
    for right in RIGHTS:
        held = role is not Role.UNIT_ADMINISTRATOR or right not in DISTRICT
        assert policy.scope_of(person, right) is (scope if held else None)
        assert reached(session, city, person, right) == (units if held else set())


@pytest.mark.req("A-8")
def test_nobody_else_administers_anything(session: Session, city: City) -> None:
    for (_, role), person in city.people.items():
        for right in RIGHTS if role not in MANAGING else ():
            assert policy.scope_of(person, right) is None
            assert not any(policy.administers(person, unit, right) for unit in city.units.values())
