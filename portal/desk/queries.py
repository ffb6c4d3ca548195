"""What waits for a person, what is late, what is new: read from every capability, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, load_only

from portal.core.clock import now, to_city, today
from portal.core.permissions import Permission as P
from portal.core.runtime import current
from portal.desk import seal_lines, support
from portal.desk.sections import (
    APPLICATION,
    CEREMONY,
    DELIVERY,
    DOCUMENT,
    JOINING,
    KINDS,
    PEOPLE,
    SEALS,
    SECTIONS,
    Line,
    Part,
    Section,
)
from portal.documents import queries as documents
from portal.documents.lifecycle import STATE_LABELS, DocumentState
from portal.documents.models import Document, ReviewStep
from portal.documents.routes import StepKind
from portal.exchange import claiming
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Delivery, MoreCopiesRequest
from portal.people import listing as people
from portal.people import scope
from portal.people.listing import Wanted
from portal.people.models import Person
from portal.registration import applications_queries as registration
from portal.registration.application_lifecycle import JOIN_LABELS, JoinState
from portal.registration.application_models import UnitApplication
from portal.seals import queries as seals
from portal.seals import staffing as keepers
from portal.seals.lifecycle import APPLICATION_LABELS, CEREMONY_LABELS, ApplicationState, CeremonyState, StampState
from portal.seals.models import Ceremony, SealApplication, SealKeeper, StampApproval, StampRequest, UnitSeal

MOST = 50
"""Lines read for a source: who has more waiting needs the list, not the home page."""
SHOWN = 6
NEWS_DAYS = 7
OWN = frozenset({"drafts", "under-way", "no-password", "no-mobile", "no-keeper"})
"""Sections whose lines are never new to the reader: they wrote them, or they are counts."""

# What a list needs of a document; its text stays in the database.
_COLUMNS = (
    Document.title,
    Document.urgency,
    Document.state,
    Document.unit_id,
    Document.drafter_id,
    Document.number_code,
    Document.number_year,
    Document.number_serial,
    Document.freeze_error,
    Document.created_at,
    Document.sent_at,
)


@dataclass(frozen=True)
class Desk:
    """The home page of one person."""

    sections: tuple[Section, ...]
    waiting: int
    late: int
    new_today: int
    full: bool
    """Whether a source had more than was read: figures are then lower bounds."""

    @property
    def todo(self) -> list[tuple[Section, Line]]:
        """What to do in the order to do it: the late first, then the urgent, then section by section."""
        lines = [(section, line) for section in self.of(Part.TODO) for line in section.lines]
        return sorted(lines, key=lambda pair: _haste(pair[1]))

    def of(self, *parts: Part) -> list[Section]:
        """The sections of some parts, those with lines only."""
        return [section for section in self.sections if section.kind.part in parts]


def desk_of(session: Session, person: Person) -> Desk:
    """Everything on the home page of `person`, by what their roles let them do."""
    lines: list[Line] = []
    full = False
    for source in SOURCES:
        if any(person.may(permission) for permission in source.permissions):
            found = list(source.read(session, person))
            full = full or len(found) >= MOST
            lines += found
    sections = tuple(_sections(lines))
    return Desk(
        sections=sections,
        waiting=sum(KINDS[line.section].part is Part.TODO for line in lines),
        late=sum(line.late for line in lines),
        new_today=sum(line.section not in OWN and to_city(line.at).date() == today() for line in lines),
        full=full,
    )


def _sections(lines: Sequence[Line]) -> Iterator[Section]:
    for kind in SECTIONS:
        mine = sorted((line for line in lines if line.section == kind.key), key=_first_things_first)
        if mine:
            yield Section(kind, tuple(mine[:SHOWN]), len(mine))


def _first_things_first(line: Line) -> tuple[bool, int, datetime]:
    return (*_haste(line), line.at)


def _haste(line: Line) -> tuple[bool, int]:
    return (not line.late, {"特急": 0, "加急": 1}.get(line.urgency, 2))


# -- sources: each one query ------------------------------------------------------------------------------------------


def _my_documents(session: Session, person: Person) -> Iterator[Line]:
    """Drafts, returned ones apart, and what is on its way to being sent."""
    ended = (DocumentState.SENT, DocumentState.CANCELLED)
    returned = (
        select(func.max(ReviewStep.done_at))
        .where(ReviewStep.document_id == Document.id, ReviewStep.outcome == "returned")
        .scalar_subquery()
    )
    rows = session.execute(
        select(Document, returned)
        .where(documents.at_drafting_desk_of(person), Document.state.not_in(ended))
        .options(load_only(*_COLUMNS))
        .order_by(Document.id.desc())
        .limit(MOST)
    )
    for document, returned_at in rows:
        if document.state != DocumentState.DRAFTING:
            yield _document("under-way", document, document.created_at, state=STATE_LABELS[_state(document)])
        elif returned_at is not None:
            yield _document("returned", document, returned_at)
        else:
            yield _document("drafts", document, document.created_at)


def _reviews(session: Session, person: Person) -> Iterator[Line]:
    """Drafts whose open step is this person's to take (D-1)."""
    rows = session.execute(
        documents.waiting_for(person)
        .add_columns(ReviewStep.kind, ReviewStep.begun_at)
        .options(load_only(*_COLUMNS), joinedload(Document.drafter).lazyload(Person.unit))
        .order_by(ReviewStep.begun_at)
        .limit(MOST)
    )
    for document, step, begun_at in rows:
        section = "issue" if step == StepKind.ISSUE else "review"
        yield _document(section, document, begun_at, party=document.drafter.name)


STATIONS = {
    DocumentState.ISSUED: ("number", P.DOCUMENTS_NUMBER),
    DocumentState.FROZEN: ("stamp", P.DOCUMENTS_STAMP),
    DocumentState.SEALED: ("send", P.DOCUMENTS_SEND),
}


def _stations(session: Session, person: Person) -> Iterator[Line]:
    """Issued documents at the registrar's, the custodian's and the clerk's desk."""
    states = [state for state, (_, permission) in STATIONS.items() if person.may(permission)]
    rows = session.scalars(
        select(Document)
        .where(Document.holder_id == person.unit_id, Document.state.in_(states))
        .options(load_only(*_COLUMNS, Document.issued_at))
        .order_by(Document.id)
        .limit(MOST)
    )
    for document in rows:
        yield _document(STATIONS[_state(document)][0], document, document.issued_at or document.created_at)


def _stampings(session: Session, person: Person) -> Iterator[Line]:
    """Stampings that need another custodian's consent (S-6)."""
    given = select(func.count()).where(StampApproval.request_id == StampRequest.id).scalar_subquery()
    mine = select(StampApproval.id).where(
        StampApproval.request_id == StampRequest.id, StampApproval.person_id == person.id
    )
    requests = session.scalars(
        select(StampRequest)
        .join(UnitSeal, UnitSeal.id == StampRequest.seal_id)
        .join(SealKeeper, SealKeeper.seal_id == UnitSeal.id)
        .where(SealKeeper.person_id == person.id, StampRequest.state == StampState.ASKED)
        .where(given < UnitSeal.threshold, ~mine.exists())
        .order_by(StampRequest.id)
        .limit(MOST)
    )
    for request in requests:
        kind, _, number = request.reference.partition(":")
        if kind == "document":
            yield Line("stamp", request.purpose, DOCUMENT, {"document_id": int(number)}, request.asked_at)


def _inbox(session: Session, person: Person) -> Iterator[Line]:
    """What has arrived: as work for those who check and print, as news for the others."""
    states = (DeliveryState.DELIVERED, DeliveryState.OPENED, DeliveryState.CHECKED)
    rows = session.scalars(
        _deliveries()
        .options(contains_eager(Delivery.document).joinedload(Document.unit))
        .where(Delivery.holder_id == person.unit_id, Delivery.state.in_(states))
        .order_by(Delivery.id)
        .limit(MOST)
    )
    for delivery in rows:
        section = _inbox_section(person, delivery)
        if section in ("open", "check") and claiming.is_others(delivery, person):
            continue  # somebody else deals with it
        line = _document(
            section,
            delivery.document,
            delivery.delivered_at,
            party=delivery.document.unit.short_name_at(delivery.document.sent_at),
        )
        late = section != "arrived" and delivery.delivered_at < now() - _reception_time()
        yield replace(line, endpoint=DELIVERY, target={"delivery_id": delivery.id}, late=late)


def _taken_over(session: Session, person: Person) -> Iterator[Line]:
    """What the person had claimed and somebody else has taken over lately."""
    since = now() - timedelta(days=NEWS_DAYS)
    rows = session.scalars(
        _deliveries()
        .options(joinedload(Delivery.claimed_by).lazyload(Person.unit))
        .where(Delivery.taken_from_id == person.desk_id, Delivery.claimed_at >= since)
        .where(Delivery.holder_id == person.unit_id)
        .order_by(Delivery.claimed_at.desc())
        .limit(MOST)
    )
    for delivery in rows:
        by = delivery.claimed_by.name if delivery.claimed_by else ""
        line = _document("taken-over", delivery.document, delivery.claimed_at or delivery.delivered_at, party=by)
        yield replace(line, endpoint=DELIVERY, target={"delivery_id": delivery.id})


def _inbox_section(person: Person, delivery: Delivery) -> str:
    if delivery.state == DeliveryState.CHECKED:
        takes = person.may(P.EXCHANGE_PRINT) or person.may(P.EXCHANGE_DOWNLOAD)
        return "print" if takes else "arrived"
    if not person.may(P.EXCHANGE_CHECK):
        return "arrived"
    return "open" if delivery.state == DeliveryState.DELIVERED else "check"


def _recipients(session: Session, person: Person) -> Iterator[Line]:
    """What the unit sent lately and was returned, or isn't received though it is time (LYG 三（七）)."""
    waiting = (DeliveryState.DELIVERED, DeliveryState.OPENED, DeliveryState.CHECKED)
    since = now() - timedelta(days=NEWS_DAYS)
    returned = (Delivery.state == DeliveryState.RETURNED) & (Delivery.returned_at >= since)
    overdue = Delivery.state.in_(waiting) & (Delivery.delivered_at < now() - _reception_time())
    rows = session.scalars(
        _deliveries()
        .options(joinedload(Delivery.unit))
        .where(Document.holder_id == person.unit_id, returned | overdue)
        .order_by(Delivery.id.desc())
        .limit(MOST)
    )
    for delivery in rows:
        if delivery.state == DeliveryState.RETURNED:
            yield _sent("sent-back", delivery, delivery.returned_at or delivery.delivered_at)
        else:
            yield _sent("unreceived", delivery, delivery.delivered_at, late=True)


def _more_copies(session: Session, person: Person) -> Iterator[Line]:
    """Recipients who ask for more prints of the unit's documents (X-8)."""
    rows = session.scalars(
        select(MoreCopiesRequest)
        .join(MoreCopiesRequest.delivery)
        .join(Delivery.document)
        .where(Document.holder_id == person.unit_id, MoreCopiesRequest.answer.is_(None))
        .options(
            contains_eager(MoreCopiesRequest.delivery).options(
                contains_eager(Delivery.document).load_only(*_COLUMNS), joinedload(Delivery.unit)
            )
        )
        .order_by(MoreCopiesRequest.id)
        .limit(MOST)
    )
    for request in rows:
        yield _sent("more", request.delivery, request.asked_at)


def _applications(session: Session, person: Person) -> Iterator[Line]:
    """Applications for seals whose next step is this person's (S-3)."""
    rows = session.scalars(
        seals.waiting_applications(person)
        .options(joinedload(SealApplication.unit))
        .order_by(SealApplication.id)
        .limit(MOST)
    )
    for application in rows:
        yield Line(
            "applications",
            application.face_text,
            APPLICATION,
            {"application_id": application.id},
            application.applied_at,
            party=application.unit.short_name,
            state=APPLICATION_LABELS[ApplicationState(application.state)],
        )


def _ceremonies(session: Session, person: Person) -> Iterator[Line]:
    """Ceremonies going on in which this person may take a seat (S-5)."""
    rows = session.scalars(
        seals.called_ceremonies(person)
        .options(contains_eager(Ceremony.application).joinedload(SealApplication.unit))
        .order_by(Ceremony.id)
        .limit(MOST)
    )
    for ceremony in rows:
        yield Line(
            "ceremonies",
            ceremony.application.face_text,
            CEREMONY,
            {"ceremony_id": ceremony.id},
            ceremony.called_at,
            party=ceremony.application.unit.short_name,
            state=CEREMONY_LABELS[CeremonyState(ceremony.state)],
        )


def _joining(session: Session, person: Person) -> Iterator[Line]:
    """Applications of units to join, whose examination is this person's (U-2, U-6)."""
    rows = session.scalars(
        registration.waiting_for(person)
        .options(joinedload(UnitApplication.district))
        .order_by(UnitApplication.id)
        .limit(MOST)
    )
    for application in rows:
        yield Line(
            "joining",
            application.name,
            JOINING,
            {"application_id": application.id},
            application.submitted_at or application.entered_at,
            party=application.district.short_name if application.district else "",
            state=JOIN_LABELS[JoinState(application.state)],
        )


def _accounts(session: Session, person: Person) -> Iterator[Line]:
    """Neglect among the people one looks after, as counts: each opens the list of them (A-5)."""
    at, unit = now(), person.unit.short_name
    states = {"no-password": Wanted.NO_PASSWORD, "no-mobile": Wanted.NO_MOBILE}
    for section, found in zip(states, people.counts(session, person, *states.values()), strict=True):
        if found:
            yield Line(section, unit, PEOPLE, {"state": states[section].value}, at, number=str(found))
    if seals_alone := keepers.without_keeper(session, scope.administered(person)):
        yield Line("no-keeper", unit, SEALS, {}, at, number=str(seals_alone))


def _disputes(session: Session, person: Person) -> Iterator[Line]:
    return support.dispute_lines(session, person, MOST)


def _consultations(session: Session, person: Person) -> Iterator[Line]:
    return support.consultation_lines(session, person, MOST)


def _training(session: Session, person: Person) -> Iterator[Line]:
    return support.training_lines(session, person, MOST)


def _of_seals(
    lines: Callable[[Session, Person, int], Iterable[Line]],
) -> Callable[[Session, Person], Iterable[Line]]:
    return lambda session, person: lines(session, person, MOST)


@dataclass(frozen=True)
class Source:
    """A reader of lines, asked for people with one of the permissions."""

    permissions: tuple[P, ...]
    read: Callable[[Session, Person], Iterable[Line]]


SOURCES = (
    Source((P.SEALS_TAKE_SEAT,), _ceremonies),
    Source((P.DOCUMENTS_DRAFT,), _my_documents),
    Source((P.DOCUMENTS_REVIEW, P.DOCUMENTS_ISSUE), _reviews),
    Source((P.DOCUMENTS_NUMBER, P.DOCUMENTS_STAMP, P.DOCUMENTS_SEND), _stations),
    Source((P.DOCUMENTS_STAMP,), _stampings),
    Source((P.EXCHANGE_VIEW,), _inbox),
    Source((P.EXCHANGE_CHECK,), _taken_over),
    Source((P.DOCUMENTS_SEND,), _recipients),
    Source((P.DOCUMENTS_SEND,), _more_copies),
    Source((P.PEOPLE_ADMINISTER,), _accounts),
    Source((P.SEALS_AGREE, P.SEALS_REVIEW, P.SEALS_APPROVE, P.SEALS_OPEN_CEREMONY), _applications),
    Source((P.SEALS_APPLY, P.SEALS_AGREE, P.SEALS_OPEN_CEREMONY), _of_seals(seal_lines.ending_lines)),
    Source((P.SEALS_UNUSUAL,), _of_seals(seal_lines.unusual_lines)),
    Source((P.SEALS_APPLY,), _of_seals(seal_lines.loss_lines)),
    Source((P.DOCUMENTS_STAMP,), _of_seals(seal_lines.rules_lines)),
    Source((P.REGISTRATION_ENTER, P.REGISTRATION_REVIEW), _joining),
    Source((P.SUPPORT_DISPUTE, P.SUPPORT_MANAGE), _disputes),
    Source((P.SUPPORT_DISPUTE,), _consultations),
    Source((P.SUPPORT_VIEW,), _training),
)


def _deliveries() -> Select[Delivery]:
    """Deliveries with what a list needs of their documents."""
    return select(Delivery).join(Delivery.document).options(contains_eager(Delivery.document).load_only(*_COLUMNS))


def _reception_time() -> timedelta:
    return timedelta(hours=current().rules.reception_check_hours)


def _state(document: Document) -> DocumentState:
    return DocumentState(document.state)


def _document(section: str, document: Document, at: datetime, *, party: str = "", state: str = "") -> Line:
    return Line(
        section,
        document.title,
        DOCUMENT,
        {"document_id": document.id},
        at,
        party=party,
        number=document.number or "",
        urgency=document.urgency,
        state=state,
    )


def _sent(section: str, delivery: Delivery, at: datetime, *, late: bool = False) -> Line:
    """A delivery from the sender's side: the line names the recipient and opens the document."""
    line = _document(section, delivery.document, at, party=delivery.unit.short_name_at(delivery.document.sent_at))
    return replace(line, late=late)
