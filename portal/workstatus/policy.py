"""Who may write in a column, keep it, and see what a unit owes."""

from __future__ import annotations

from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.units.models import Unit
from portal.workstatus.models import WorkColumn, Writers


def may_write(column: WorkColumn, person: Person) -> bool:
    """Whether the person's unit writes in an open column."""
    if column.closed_at is not None or not person.may(P.CONTENT_WRITE):
        return False
    unit = person.unit
    match column.writers:
        case Writers.ALL:
            return True
        case Writers.BELOW:
            return column.owner_id in (unit.id, unit.parent_id, unit.district_id)
    return unit.is_office if column.owner_id is None else unit.id == column.owner_id


def keeps_columns(person: Person) -> bool:
    """Whether the person defines columns at all."""
    return person.may(P.WORKSTATUS_MANAGE) or person.may(P.CONTENT_APPROVE)


def owner_of_new(person: Person) -> int | None:
    """Whose a new column is: the office defines the city's, everybody else their unit's."""
    return None if person.may(P.WORKSTATUS_MANAGE) else person.unit_id


def keeps(column: WorkColumn, person: Person) -> bool:
    """Whether the person orders, renames and closes the column."""
    if column.owner_id is None:
        return person.may(P.WORKSTATUS_MANAGE)
    return column.owner_id == person.unit_id and person.may(P.CONTENT_APPROVE)


def writes(person: Person) -> bool:
    """Whether what the unit owes lies on the person's desk."""
    return person.may(P.CONTENT_WRITE) or person.may(P.CONTENT_APPROVE)


def sees_duties(person: Person, unit: Unit) -> bool:
    """The office sees what every unit owes; who writes or answers in a unit sees its own."""
    return person.may(P.WORKSTATUS_OVERSEE) or (person.unit_id == unit.id and writes(person))
