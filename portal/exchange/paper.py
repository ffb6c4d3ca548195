"""Paper beside the exchange: what arrived on paper, and requests that came one way only (U-10; LYG 二)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload

from portal.core.clock import now, today
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.documents.kinds import class_of
from portal.documents.models import Document
from portal.exchange import policy, queries
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Delivery, PaperArrival
from portal.exchange.sending import required
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.facts import facts_of
from portal.people.models import Person
from portal.units import keeping
from portal.units.models import DocumentClass, Mode
from portal.units.queries import named

SHOWN = 50
COUNT_LIMIT = 99
OVER = (DeliveryState.RECALLED, DeliveryState.RETURNED)


@dataclass(frozen=True)
class Alone:
    """A document that came on paper and not through the exchange."""

    sender: str
    title: str
    number: str
    document_class: DocumentClass
    arrived_on: date


def record_paper(delivery: Delivery, clerk: Person, arrived_on: date) -> PaperArrival:
    """The paper of a delivery has arrived. Raises Denied, AlreadyDone, Invalid for a day to come."""
    policy.require_recipient(clerk, delivery, Permission.EXCHANGE_CHECK)
    session = queries.lock(delivery)
    if arrival_of(session, delivery) is not None:
        raise AlreadyDone("The arrival of the paper was already recorded.")
    document = delivery.document
    arrival = PaperArrival(
        unit_id=delivery.holder_id,
        delivery_id=delivery.id,
        sender_id=document.unit_id,
        document_class=class_of(document.kind, document.direction),
        title=document.title,
        number=document.number or "",
        arrived_on=_past(arrived_on),
    )
    return _kept(session, arrival, clerk)


def record_alone(session: Session, clerk: Person, paper: Alone) -> PaperArrival:
    """Something came on paper alone. Raises Denied, Invalid naming the field."""
    if not clerk.may(Permission.EXCHANGE_CHECK):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    sender = named(session, paper.sender)
    if sender is None or sender.id == clerk.unit_id:
        raise Invalid("Give the name of a unit as it stands in the register.", field="sender")
    if not paper.title.strip():
        raise Invalid("Give the document a title.", field="title")
    arrival = PaperArrival(
        unit_id=clerk.unit_id,
        sender_id=sender.id,
        document_class=paper.document_class,
        title=" ".join(paper.title.split()),
        number="".join(paper.number.split()),
        arrived_on=_past(paper.arrived_on),
    )
    return _kept(session, arrival, clerk)


def settle(arrival: PaperArrival, clerk: Person, how: str, session: Session) -> None:
    """Say what became of something that came on paper alone; from then on it isn't flagged."""
    if not clerk.may(Permission.EXCHANGE_CHECK):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    session.refresh(arrival, with_for_update={"of": PaperArrival})
    if arrival.settled_at is not None:
        raise AlreadyDone("This was already settled.")
    arrival.settled_how, arrival.settled_at = required(how, "how"), now()
    record(Event.PAPER_ARRIVAL_SETTLED, subject=arrival, actor=clerk, how=arrival.settled_how)


def arrival_of(session: Session, delivery: Delivery) -> PaperArrival | None:
    """The record that a delivery's paper has arrived."""
    return session.scalars(select(PaperArrival).where(PaperArrival.delivery_id == delivery.id)).one_or_none()


def get_for(session: Session, person: Person, arrival_id: int) -> PaperArrival:
    """Load and authorise. Raises NotFound for another unit's."""
    statement = select(PaperArrival).where(PaperArrival.id == arrival_id, PaperArrival.holder_id == person.unit_id)
    arrival = session.scalars(statement).one_or_none()
    if arrival is None:
        raise NotFound(queries.NOT_THERE)
    return arrival


def arrivals(session: Session, person: Person) -> Sequence[PaperArrival]:
    """What came on paper, newest first."""
    statement = select(PaperArrival).where(PaperArrival.holder_id == person.unit_id)
    return session.scalars(
        statement.options(joinedload(PaperArrival.sender)).order_by(PaperArrival.id.desc()).limit(SHOWN)
    ).all()


def only_on_paper(session: Session, person: Person) -> Sequence[PaperArrival]:
    """Requests that came on paper alone from units that must send them through the exchange, and aren't settled."""
    statement = _only_on_paper(person).options(joinedload(PaperArrival.sender))
    return session.scalars(statement.order_by(PaperArrival.id).limit(SHOWN)).all()


def only_electronic(session: Session, person: Person) -> Sequence[Delivery]:
    """Requests that came through the exchange alone from units that run both ways."""
    document = contains_eager(Delivery.document).options(defer(Document.text), joinedload(Document.unit))
    return session.scalars(_only_electronic(person).options(document).order_by(Delivery.id).limit(SHOWN)).all()


def is_flagged(session: Session, person: Person, delivery: Delivery) -> bool:
    """Whether a delivery is a request whose paper is missing."""
    statement = _only_electronic(person).where(Delivery.id == delivery.id).with_only_columns(Delivery.id)
    return session.scalars(statement).first() is not None


def flag_count(session: Session, person: Person) -> int:
    """How many requests came one way only, counted to a limit; one statement."""
    key = ("one way only", facts_of(person))
    answer, _ = current().prepared.ask(session, key, lambda: (_one_way_only(person), None))
    return sum(answer.one())


def _one_way_only(person: Person) -> Select[Any]:
    parts = (
        _only_on_paper(person).with_only_columns(PaperArrival.id),
        _only_electronic(person).with_only_columns(Delivery.id),
    )
    counts = [select(func.count()).select_from(part.limit(COUNT_LIMIT).subquery()).scalar_subquery() for part in parts]
    return select(*counts)


def _only_on_paper(person: Person) -> Select[PaperArrival]:
    return select(PaperArrival).where(
        PaperArrival.holder_id == person.unit_id,
        PaperArrival.delivery_id.is_(None),
        PaperArrival.document_class == DocumentClass.REQUEST,
        PaperArrival.settled_at.is_(None),
        ~keeping.stands(PaperArrival.sender_id, DocumentClass.REQUEST, Mode.PAPER),
    )


def _only_electronic(person: Person) -> Select[Delivery]:
    arrived: ColumnElement[bool] = exists().where(PaperArrival.delivery_id == Delivery.id)
    return (
        select(Delivery)
        .join(Delivery.document)
        .where(
            Delivery.holder_id == person.unit_id,
            Delivery.state.not_in(OVER),
            Document.kind == DocumentClass.REQUEST,
            ~arrived,
            keeping.stands(Document.unit_id, DocumentClass.REQUEST, Mode.PARALLEL),
        )
    )


def _past(day: date) -> date:
    if day > today():
        raise Invalid("This day is still to come.", field="arrived_on")
    return day


def _kept(session: Session, arrival: PaperArrival, clerk: Person) -> PaperArrival:
    arrival.recorded_by, arrival.recorded_at = clerk, now()
    session.add(arrival)
    session.flush()
    record(
        Event.PAPER_ARRIVAL_RECORDED,
        subject=arrival,
        actor=clerk,
        delivery=arrival.delivery_id,
        title=arrival.title,
        number=arrival.number,
        arrived_on=arrival.arrived_on.isoformat(),
    )
    return arrival
