"""For which units somebody imports and lists people (EE4, GZ12)."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES
from portal.registration.import_models import ImportRun, PeopleList, What
from portal.units import policy
from portal.units.models import Unit
from portal.units.policy import Scope

# Given for the whole city only by who runs the exchange: nobody makes themselves more than they are by a file.
CITY_ROLES = OFFICE_ROLES | DISTRICT_ROLES | SEPARATED_ROLES
NOT_THERE = "There is no such page, or it is not yours to see."


def scope_of(person: Person) -> Scope:
    """The widest scope the person's roles give."""
    return policy.scope_of(person, Permission.REGISTRATION_IMPORT) or Scope.UNIT


def kinds_for(person: Person) -> tuple[What, ...]:
    """What the person may import: units only where they are entered, in the municipal office (EE6)."""
    return tuple(What) if scope_of(person) is Scope.CITY else (What.PEOPLE,)


def units_in(scope: Scope | str, unit: Unit) -> ColumnElement[bool]:
    """The condition for units in exchange that belong to the scope of somebody of `unit`."""
    return Unit.left_at.is_(None) & policy.units_within(scope, unit)


def get_for(session: Session, person: Person, run_id: int, *, lock: bool = False) -> ImportRun:
    """The import, for its unit's or district's people and for the information centre. Raises NotFound."""
    run = session.get(ImportRun, run_id, with_for_update={"of": ImportRun} if lock else None, populate_existing=lock)
    if run is None or not may_see(person, run):
        raise NotFound(NOT_THERE)
    return run


def may_see(person: Person, run: ImportRun) -> bool:
    """Whether the import is of the person's own scope, or the person runs the whole."""
    own = scope_of(person)
    return own is Scope.CITY or (run.unit_id == person.unit_id and run.scope == own)


def list_for(session: Session, person: Person, list_id: int) -> PeopleList:
    """The list of people, for who asked for it. Raises NotFound."""
    found = session.get(PeopleList, list_id)
    if found is None or found.person_id != person.id:
        raise NotFound(NOT_THERE)
    return found
