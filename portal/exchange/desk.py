"""What the exchange puts on a desk: what has arrived, what recipients did with what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from portal.core.clock import now
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.runtime import current
from portal.core.text import N_
from portal.documents.desk import DOCUMENTS, document_line, told
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.exchange import claiming
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Delivery, MoreCopiesRequest
from portal.exchange.queries import WAITING
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit
from portal.units.queries import short_name_at

DELIVERY, INBOX = "exchange.show", "exchange.inbox"
NEWS = timedelta(days=7)
SENT_SHOWN = 4
SECTIONS = (
    SectionKind("open", N_("To be opened"), "mail", Part.TODO, INBOX, 80),
    SectionKind("check", N_("To be checked"), "mail-opened", Part.TODO, INBOX, 90),
    SectionKind("print", N_("To be printed"), "printer", Part.TODO, INBOX, 100),
    SectionKind("more", N_("More copies asked for"), "copy", Part.TODO, DOCUMENTS, 110),
    SectionKind(
        "unreceived", N_("Not received by the recipient in time"), "clock-exclamation", Part.WATCH, DOCUMENTS, 150
    ),
    SectionKind("sent-back", N_("Returned by the recipient"), "mail", Part.NEWS, DOCUMENTS, 230),
    SectionKind("taken-over", N_("Taken over from you"), "user-check", Part.NEWS, INBOX, 240),
    SectionKind("arrived", N_("New in the unit's inbox"), "inbox", Part.NEWS, INBOX, 250),
    SectionKind("sent-lately", N_("What our unit sent lately"), "send", Part.NEWS, DOCUMENTS, 265, own=True),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that the exchange fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the unit's deliveries, coming and going, lies before the person."""
    if person.may(P.EXCHANGE_VIEW):
        yield Pile("inbox", _inbox(person), lambda row: _inbox_line(person, row))
    if person.may(P.EXCHANGE_CHECK):
        yield Pile("taken-over", _taken_over(person), lambda row: _opened(document_line("taken-over", row), row))
    if person.may(P.DOCUMENTS_VIEW):
        yield Pile("sent-lately", _sent_lately(person), lambda row: document_line("sent-lately", row))
    if person.may(P.DOCUMENTS_SEND):
        yield Pile("recipients", _recipients(person), _recipient_line)
        yield Pile("more-copies", _more_copies(person), lambda row: document_line("more", row))


def _inbox(person: Person) -> Select[Any]:
    """What has arrived: as work for those who check and print, as news for the others."""
    sender = short_name_at(Unit, Document.sent_at)
    columns = _columns("inbox", id=Delivery.id, at=Delivery.delivered_at, party=sender, state=Delivery.state)
    rows = _of_document(columns).join(Unit, Unit.id == Document.unit_id)
    if person.may(P.EXCHANGE_CHECK):
        free = or_(Delivery.claimed_by_id.is_(None), claiming.held_by(person))
        rows = rows.where(or_(Delivery.state == DeliveryState.CHECKED, free))  # else somebody else deals with it
    return rows.where(Delivery.holder_id == person.unit_id, Delivery.state.in_(WAITING)).order_by(Delivery.id)


def _inbox_line(person: Person, row: Found) -> Line:
    section = _inbox_section(person, row.state)
    late = section != "arrived" and row.at < now() - _reception_time()
    return replace(_opened(document_line(section, row), row), late=late)


def _inbox_section(person: Person, state: str) -> str:
    if state == DeliveryState.CHECKED:
        takes = person.may(P.EXCHANGE_PRINT) or person.may(P.EXCHANGE_DOWNLOAD)
        return "print" if takes else "arrived"
    if not person.may(P.EXCHANGE_CHECK):
        return "arrived"
    return "open" if state == DeliveryState.DELIVERED else "check"


def _taken_over(person: Person) -> Select[Any]:
    """What the person had claimed and somebody else has taken over lately."""
    columns = _columns("taken-over", id=Delivery.id, at=Delivery.claimed_at, party=Person.name)
    return (
        _of_document(columns)
        .join(Person, Person.id == Delivery.claimed_by_id)
        .where(Delivery.taken_from_id == person.desk_id, Delivery.claimed_at >= moment(NEWS))
        .where(Delivery.holder_id == person.unit_id)
        .order_by(Delivery.claimed_at.desc())
    )


def _sent_lately(person: Person) -> Select[Any]:
    """The unit's documents of the last days, for all its people: what it says to the outside they should know (HW4)."""
    last = (
        select(Document.id)
        .where(Document.holder_id == person.unit_id, Document.state == DocumentState.SENT)
        .where(Document.sent_at >= moment(NEWS))
        .order_by(Document.id.desc())
        .limit(SENT_SHOWN)
        .subquery()
    )
    columns = _columns("sent-lately", id=Document.id, at=Document.sent_at)
    return select(*columns).join_from(last, Document, Document.id == last.c.id).order_by(Document.sent_at.desc())


def _recipients(person: Person) -> Select[Any]:
    """What the unit sent lately and was returned, or isn't received though it is time (LYG 三（七）)."""
    returned = (Delivery.state == DeliveryState.RETURNED) & (Delivery.returned_at >= moment(NEWS))
    overdue = Delivery.state.in_(WAITING) & (Delivery.delivered_at < moment(_reception_time))
    columns = _columns(
        "recipients",
        id=Document.id,
        at=Delivery.delivered_at,
        mark_at=Delivery.returned_at,
        state=Delivery.state,
        party=short_name_at(Unit, Document.sent_at),
    )
    rows = _of_document(columns).join(Unit, Unit.id == Delivery.unit_id)
    return rows.where(Document.holder_id == person.unit_id, returned | overdue).order_by(Delivery.id.desc())


def _recipient_line(row: Found) -> Line:
    if row.state == DeliveryState.RETURNED:
        return document_line("sent-back", row._replace(at=row.mark_at or row.at))
    return replace(document_line("unreceived", row), late=True)


def _more_copies(person: Person) -> Select[Any]:
    """Recipients who ask for more prints of the unit's documents (X-8)."""
    party = short_name_at(Unit, Document.sent_at)
    columns = _columns("more-copies", id=Document.id, at=MoreCopiesRequest.asked_at, party=party)
    return (
        _of_document(columns)
        .join(MoreCopiesRequest, MoreCopiesRequest.delivery_id == Delivery.id)
        .join(Unit, Unit.id == Delivery.unit_id)
        .where(Document.holder_id == person.unit_id, MoreCopiesRequest.answer.is_(None))
        .order_by(MoreCopiesRequest.id)
    )


def _columns(key: str, **columns: Any) -> list[Any]:
    return found(key, **told(), **columns)


def _of_document(columns: list[Any]) -> Select[Any]:
    return select(*columns).select_from(Delivery).join(Document, Document.id == Delivery.document_id)


def _opened(line: Line, row: Found) -> Line:
    """The line opens the delivery; its row's id is the delivery's."""
    return replace(line, endpoint=DELIVERY, target={"delivery_id": row.id})


def _reception_time() -> timedelta:
    return timedelta(hours=current().rules.reception_check_hours)
