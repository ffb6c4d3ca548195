"""What seals put on a desk: seats to take, applications to decide, seals that nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import scope
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, counted, found
from portal.seals import queries, staffing
from portal.seals.lifecycle import APPLICATION_LABELS, CEREMONY_LABELS, ApplicationState, CeremonyState
from portal.seals.models import Ceremony, SealApplication
from portal.units.models import Unit

APPLICATION, CEREMONY, SEALS = "seals.application", "ceremonies.room", "seals.index"
DECIDE = (P.SEALS_AGREE, P.SEALS_REVIEW, P.SEALS_APPROVE, P.SEALS_OPEN_CEREMONY)
SECTIONS = (
    SectionKind("ceremonies", N_("Take your seat"), "certificate", Part.TODO, SEALS, 10, tone="active"),
    SectionKind("applications", N_("Seal application"), "forms", Part.TODO, SEALS, 120),
    SectionKind("no-keeper", N_("Seals without a keeper"), "rubber-stamp", Part.WATCH, SEALS, 180, own=True),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that seals fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the seals lies before the person."""
    if person.may(P.SEALS_TAKE_SEAT):
        yield Pile("ceremonies", _ceremonies(person), _ceremony_line)
    if any(person.may(permission) for permission in DECIDE):
        yield Pile("applications", _applications(person), _application_line)
    if person.may(P.PEOPLE_ADMINISTER):
        alone = staffing.without_keeper(scope.administered(person))
        yield counted("no-keeper", person.unit.short_name, alone, SEALS, {})


def _ceremonies(person: Person) -> Select[Any]:
    """Ceremonies going on in which this person may take a seat (S-5)."""
    application = SealApplication
    columns = found(
        "ceremonies",
        id=Ceremony.id,
        title=application.face_text,
        at=Ceremony.called_at,
        party=Unit.short_name,
        state=Ceremony.state,
    )
    called = queries.called_ceremonies(person).join(Unit, Unit.id == application.unit_id)
    return called.with_only_columns(*columns, maintain_column_froms=True).order_by(Ceremony.id)


def _ceremony_line(row: Found) -> Line:
    state = CEREMONY_LABELS[CeremonyState(row.state)]
    return Line("ceremonies", row.title, CEREMONY, {"ceremony_id": row.id}, row.at, party=row.party or "", state=state)


def _applications(person: Person) -> Select[Any]:
    """Applications for seals whose next step is this person's (S-3)."""
    application = SealApplication
    columns = found(
        "applications",
        id=application.id,
        title=application.face_text,
        at=application.applied_at,
        party=Unit.short_name,
        state=application.state,
    )
    waiting = queries.waiting_applications(person).join(Unit, Unit.id == application.unit_id)
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(application.id)


def _application_line(row: Found) -> Line:
    state = APPLICATION_LABELS[ApplicationState(row.state)]
    target = {"application_id": row.id}
    return Line("applications", row.title, APPLICATION, target, row.at, party=row.party or "", state=state)
