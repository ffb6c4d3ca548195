"""What seals put on a desk: seats to take, applications to decide, seals that nobody keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select

from portal.core.clock import now
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import scope
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, counted, found
from portal.seals import queries, staffing, unit_rules, unusual, watch
from portal.seals.carrier_models import SealLoss
from portal.seals.lifecycle import APPLICATION_LABELS, CEREMONY_LABELS, ApplicationState, CeremonyState
from portal.seals.models import Ceremony, SealApplication, UnitSeal
from portal.seals.rules_models import SealRules
from portal.seals.unusual_models import SIGN_LABELS, Sign, UnusualUse
from portal.seals.use_models import StampRequest
from portal.units.models import Unit

APPLICATION, CEREMONY, SEALS = "seals.application", "ceremonies.room", "seals.index"
SEAL, UNUSUAL, UNUSUALS = "seals.seal", "seal_uses.unusual_use", "seal_uses.unusual_list"
APPLYING, RULES = "applying.apply", "seal_rules.index"
ENDS = {90: N_("Ends within 90 days"), 30: N_("Ends within 30 days"), 7: N_("Ends within 7 days")}
DECIDE = (P.SEALS_AGREE, P.SEALS_REVIEW, P.SEALS_APPROVE, P.SEALS_OPEN_CEREMONY)
SECTIONS = (
    SectionKind("ceremonies", N_("Take your seat"), "certificate", Part.TODO, SEALS, 10, tone="active"),
    SectionKind("applications", N_("Seal application"), "forms", Part.TODO, SEALS, 120),
    SectionKind("seal-lost", N_("Lost seal to be replaced"), "alert-triangle", Part.TODO, SEALS, 122, tone="bad"),
    SectionKind("seal-unusual", N_("Unusual use of a seal"), "alert-triangle", Part.TODO, UNUSUALS, 123, tone="warn"),
    SectionKind("seal-rules", N_("Rules of use to be read"), "book", Part.TODO, RULES, 124),
    SectionKind("seal-ending", N_("Certificate of a seal ends"), "certificate", Part.WATCH, SEALS, 164),
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
    if person.may(P.SEALS_APPLY) or person.may(P.SEALS_AGREE) or person.may(P.SEALS_OPEN_CEREMONY):
        yield Pile("seal-ending", _ending(person), _ending_line)
    if person.may(P.SEALS_UNUSUAL):
        yield Pile("seal-unusual", _unusual(person), _unusual_line)
    if person.may(P.SEALS_APPLY):
        yield Pile("seal-lost", _lost(person), _lost_line)
    if person.may(P.DOCUMENTS_STAMP):
        yield Pile("seal-rules", _rules(person), _rules_line)
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


def _ending(person: Person) -> Select[Any]:
    """Seals whose certificate ends within 90, 30, 7 days (S-12)."""
    columns = found(
        "seal-ending",
        id=UnitSeal.id,
        title=UnitSeal.name,
        at=UnitSeal.made_at,
        mark_at=UnitSeal.valid_until,
        party=Unit.short_name,
    )
    ending = watch.ending_for(person).join(Unit, Unit.id == UnitSeal.unit_id)
    return ending.with_only_columns(*columns, maintain_column_froms=True)


def _ending_line(row: Found) -> Line:
    left = ((row.mark_at or row.at) - now()).days
    warning = next((days for days in sorted(ENDS) if left <= days), max(ENDS))
    return Line(
        "seal-ending",
        row.title,
        SEAL,
        {"seal_id": row.id},
        row.at,
        party=row.party or "",
        state=ENDS[warning],
        late=warning == min(ENDS),
    )


def _unusual(person: Person) -> Select[Any]:
    """Unusual uses that this person's side hasn't acknowledged (S-10)."""
    columns = found(
        "seal-unusual",
        id=UnusualUse.id,
        title=StampRequest.purpose,
        at=UnusualUse.used_at,
        party=Person.name,
        state=UnusualUse.sign,
    )
    waiting = unusual.waiting_for(person).join(StampRequest, StampRequest.id == UnusualUse.request_id)
    waiting = waiting.join(Person, Person.id == StampRequest.asked_by_id)
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(UnusualUse.id)


def _unusual_line(row: Found) -> Line:
    sign, target = SIGN_LABELS[Sign(row.state)], {"use_id": row.id}
    return Line("seal-unusual", row.title, UNUSUAL, target, row.at, party=row.party or "", state=sign)


def _lost(person: Person) -> Select[Any]:
    """Reported losses for which nobody has applied yet (S-8)."""
    columns = found("seal-lost", id=SealLoss.seal_id, title=UnitSeal.name, at=SealLoss.reported_at)
    return watch.losses_for(person).with_only_columns(*columns, maintain_column_froms=True)


def _lost_line(row: Found) -> Line:
    return Line("seal-lost", row.title, APPLYING, {"kind": "replace", "seal": row.id}, row.at)


def _rules(person: Person) -> Select[Any]:
    """The newest rules of the unit, for a custodian who hasn't acknowledged them (S-13)."""
    columns = found("seal-rules", id=SealRules.id, title=SealRules.title, at=SealRules.uploaded_at)
    return unit_rules.unread_for(person).with_only_columns(*columns, maintain_column_froms=True)


def _rules_line(row: Found) -> Line:
    return Line("seal-rules", row.title, RULES, {}, row.at)
