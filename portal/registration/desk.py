"""What registration puts on a desk: applications of units to join (U-2, U-6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.registration import applications_queries as queries
from portal.registration.application_lifecycle import JOIN_LABELS, JoinState
from portal.registration.application_models import UnitApplication
from portal.units.models import Unit

JOINING, JOININGS = "registration.application", "registration.applications"
SECTIONS = (SectionKind("joining", N_("Application to join"), "building", Part.TODO, JOININGS, 130),)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that registration fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Applications whose examination is this person's."""
    if person.may(P.REGISTRATION_ENTER) or person.may(P.REGISTRATION_REVIEW):
        yield Pile("joining", _joining(person), _line)


def _joining(person: Person) -> Select[Any]:
    asked = UnitApplication
    columns = found(
        "joining",
        id=asked.id,
        title=asked.name,
        at=func.coalesce(asked.submitted_at, asked.entered_at),
        party=func.coalesce(Unit.short_name, ""),
        state=asked.state,
    )
    waiting = queries.waiting_for(person).outerjoin(Unit, Unit.id == asked.district_id)
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(asked.id)


def _line(row: Found) -> Line:
    state = JOIN_LABELS[JoinState(row.state)]
    target = {"application_id": row.id}
    return Line("joining", row.title, JOINING, target, row.at, party=row.party or "", state=state)
