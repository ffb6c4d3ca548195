"""What documents put on a desk: drafts, reviews, the stations between issue and sending."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Select, String, cast, func, or_, select

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.documents import queries
from portal.documents.lifecycle import STATE_LABELS, DocumentState
from portal.documents.models import Document, ReviewStep
from portal.documents.routes import StepKind
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.seals import custody
from portal.seals import queries as seals
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampApproval, StampRequest
from portal.units.models import Unit

DOCUMENT, DOCUMENTS, WAITING = "documents.show", "documents.index", "documents.waiting"
STATIONS = {
    DocumentState.ISSUED: ("number", P.DOCUMENTS_NUMBER),
    DocumentState.FROZEN: ("stamp", P.DOCUMENTS_STAMP),
    DocumentState.SEALED: ("send", P.DOCUMENTS_SEND),
}
REVIEWS: dict[str, str] = {StepKind.ISSUE: "issue", StepKind.COUNTERSIGN: "countersign"}
SECTIONS = (
    SectionKind("returned", N_("To be revised"), "arrow-back-up", Part.TODO, DOCUMENTS, 20, tone="warn"),
    SectionKind("review", N_("To be reviewed"), "checklist", Part.TODO, WAITING, 30),
    SectionKind("issue", N_("To be issued"), "signature", Part.TODO, WAITING, 40),
    SectionKind("countersign", N_("To be signed for a joint document"), "signature", Part.TODO, WAITING, 45),
    SectionKind("number", N_("To be numbered"), "number", Part.TODO, DOCUMENTS, 50),
    SectionKind("stamp", N_("To be stamped"), "rubber-stamp", Part.TODO, DOCUMENTS, 60),
    SectionKind("send", N_("To be sent"), "send", Part.TODO, DOCUMENTS, 70),
    SectionKind("drafts", N_("My draft"), "pencil", Part.TODO, DOCUMENTS, 140, tone="neutral", own=True),
    SectionKind("under-way", N_("My documents under way"), "hourglass", Part.WATCH, DOCUMENTS, 220, own=True),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that documents fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the unit's documents lies before the person."""
    if person.may(P.DOCUMENTS_DRAFT):
        yield Pile("own-documents", _own(person), _own_line)
    if person.may(P.DOCUMENTS_REVIEW) or person.may(P.DOCUMENTS_ISSUE):
        yield Pile("reviews", _reviews(person), _review_line)
    if any(person.may(permission) for _, permission in STATIONS.values()):
        yield Pile("stations", _stations(person), _station_line)
    if person.may(P.DOCUMENTS_STAMP):
        yield Pile("joint-stamps", _joint_stamps(person), partial(document_line, "stamp"))
        yield Pile("stampings", _stampings(person), partial(_stamping_line, person))


def _own(person: Person) -> Select[Any]:
    """Drafts, returned ones apart, and what is on its way to being sent."""
    ended = (DocumentState.SENT, DocumentState.CANCELLED)
    returned = (
        select(func.max(ReviewStep.done_at))
        .where(ReviewStep.document_id == Document.id, ReviewStep.outcome == "returned")
        .scalar_subquery()
    )
    return (
        select(*_columns("own-documents", at=Document.created_at, mark_at=returned))
        .where(queries.at_drafting_desk_of(person), Document.state.not_in(ended))
        .order_by(Document.id.desc())
    )


def _own_line(row: Found) -> Line:
    if row.state != DocumentState.DRAFTING:
        return document_line("under-way", row, state=STATE_LABELS[DocumentState(row.state)])
    if row.mark_at is not None:  # when it was returned
        return document_line("returned", row._replace(at=row.mark_at))
    return document_line("drafts", row)


def _reviews(person: Person) -> Select[Any]:
    """Drafts whose open step is this person's to take (D-1)."""
    columns = _columns("reviews", at=ReviewStep.begun_at, mark=ReviewStep.kind, party=Person.name)
    waiting = queries.waiting_for(person).join(Person, Person.id == Document.drafter_id)
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(ReviewStep.begun_at)


def _review_line(row: Found) -> Line:
    return document_line(REVIEWS.get(row.mark or "", "review"), row)


def _stations(person: Person) -> Select[Any]:
    """Issued documents at the registrar's, the custodian's and the clerk's desk."""
    states = [state for state, (_, permission) in STATIONS.items() if person.may(permission)]
    return (
        select(*_columns("stations", at=func.coalesce(Document.issued_at, Document.created_at)))
        .where(Document.holder_id == person.unit_id, Document.state.in_(states))
        .where(or_(Document.state != DocumentState.FROZEN, Document.seals_on == 0))  # else another unit's turn
        .order_by(Document.id)
    )


def _joint_stamps(person: Person) -> Select[Any]:
    """Frozen documents of other units on which the next seal is that of the person's unit (D-4)."""
    columns = _columns("joint-stamps", at=func.coalesce(Document.issued_at, Document.created_at), party=Unit.name)
    waiting = queries.joint_turns(person).join(Unit, Unit.id == Document.unit_id)
    waiting = waiting.where(Document.state == DocumentState.FROZEN)
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(Document.id)


def _station_line(row: Found) -> Line:
    return document_line(STATIONS[DocumentState(row.state)][0], row)


def _stampings(person: Person) -> Select[Any]:
    """Stampings of documents that need this keeper's consent too (S-6)."""
    asked = StampRequest
    given = select(func.aggregate_strings(cast(StampApproval.person_id, String), " "))
    columns = found(
        "stampings",
        id=asked.id,
        title=asked.purpose,
        at=asked.asked_at,
        mark=asked.reference,
        state=func.coalesce(given.where(StampApproval.request_id == asked.id).scalar_subquery(), ""),
        number=UnitSeal.custody_record,
    )
    waiting = seals.stampings_for(person).where(asked.reference.startswith(queries.REFERENCE))
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(asked.id)


def _stamping_line(person: Person, row: Found) -> Line | None:
    # Where carrier and password are kept apart, a second consent of one side helps nobody.
    if not custody.read(json.loads(row.number or "{}")).helps(person.id, map(int, row.state.split())):
        return None
    number = int((row.mark or "").removeprefix(queries.REFERENCE))
    return Line("stamp", row.title, DOCUMENT, {"document_id": number}, row.at)


def _columns(key: str, **others: Any) -> list[Any]:
    return found(key, id=Document.id, state=Document.state, **told(), **others)


def told() -> dict[str, Any]:
    """What a line tells of a Document in the statement."""
    return {"title": Document.title, "number": Document.number, "urgency": Document.urgency}


def document_line(section: str, row: Found, *, state: str = "") -> Line:
    """The line of a row whose id is a document's."""
    return Line(
        section,
        row.title,
        DOCUMENT,
        {"document_id": row.id},
        row.at,
        party=row.party or "",
        number=row.number or "",
        urgency=row.urgency,
        state=state,
    )
