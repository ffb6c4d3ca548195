"""Reading deliveries and copies: what a person may see, on the recipient's side and on the sender's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.core.db import session_of
from portal.core.errors import NotFound
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Attachment, Document
from portal.exchange.lifecycle import CopyState, DeliveryState
from portal.exchange.models import Copy, Delivery, MoreCopiesRequest
from portal.people.models import Person

WAITING = (DeliveryState.DELIVERED, DeliveryState.OPENED, DeliveryState.CHECKED)
OPEN_COPIES = (CopyState.ASKED, CopyState.SIGNED)
NOT_THERE = "There is no such page, or it is not yours to see."


def visible_to(person: Person) -> Select[Delivery]:
    """Deliveries to the person's unit."""
    return select(Delivery).where(Delivery.holder_id == person.unit_id)


def get_for(session: Session, person: Person, delivery_id: int) -> Delivery:
    """Load and authorise on the recipient's side. Raises NotFound for what isn't this unit's."""
    statement = visible_to(person).where(Delivery.id == delivery_id)
    return _found(session.scalars(statement.options(*_whole())).unique().one_or_none())


def sent_by(person: Person) -> Select[Document]:
    """Documents the person's unit has sent."""
    return select(Document).where(Document.holder_id == person.unit_id, Document.state == DocumentState.SENT)


def get_sent_document(session: Session, person: Person, document_id: int) -> Document:
    """Load and authorise a sent document on the sender's side. Raises NotFound."""
    document = session.scalars(sent_by(person).where(Document.id == document_id)).one_or_none()
    if document is None:
        raise NotFound(NOT_THERE)
    return document


def get_sent(session: Session, person: Person, delivery_id: int) -> Delivery:
    """Load and authorise a delivery on the sender's side. Raises NotFound for other units' documents."""
    statement = select(Delivery).join(Delivery.document)
    statement = statement.where(Delivery.id == delivery_id, Document.holder_id == person.unit_id)
    return _found(session.scalars(statement).one_or_none())


def get_copy(session: Session, person: Person, delivery_id: int, copy_id: int) -> Copy:
    """Load and authorise a copy of a delivery on the recipient's side. Raises NotFound."""
    delivery = get_for(session, person, delivery_id)
    statement = select(Copy).where(Copy.id == copy_id, Copy.delivery_id == delivery.id)
    copy = session.scalars(statement.options(joinedload(Copy.asked_by))).one_or_none()
    if copy is None:
        raise NotFound(NOT_THERE)
    return copy


def get_request(session: Session, person: Person, request_id: int) -> MoreCopiesRequest:
    """Load and authorise a request for more copies on the sender's side. Raises NotFound."""
    statement = select(MoreCopiesRequest).join(MoreCopiesRequest.delivery).join(Delivery.document)
    statement = statement.where(MoreCopiesRequest.id == request_id, Document.holder_id == person.unit_id)
    request = session.scalars(statement).one_or_none()
    if request is None:
        raise NotFound(NOT_THERE)
    return request


def lock(delivery: Delivery) -> Session:
    """Read the delivery anew and keep its row until the transaction ends; every act begins with it."""
    session = session_of(delivery)
    session.flush()
    # Of its own row alone: a page has loaded unit and document along with it, and those stay free.
    session.refresh(delivery, with_for_update={"of": Delivery})
    return session


def attachment(delivery: Delivery, attachment_id: int) -> Attachment:
    """An attachment of the delivered document. Raises NotFound."""
    found = next((item for item in delivery.document.attachments if item.id == attachment_id), None)
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def copies(session: Session, delivery: Delivery) -> Sequence[Copy]:
    """The register of copies, newest first (X-5)."""
    return session.scalars(
        select(Copy).where(Copy.delivery_id == delivery.id).options(joinedload(Copy.asked_by)).order_by(Copy.id.desc())
    ).all()


def copy_under_way(delivery: Delivery) -> bool:
    """Whether a copy has been asked for and isn't there yet."""
    statement = select(Copy.id).where(Copy.delivery_id == delivery.id, Copy.state.in_(OPEN_COPIES))
    return session_of(delivery).scalars(statement.limit(1)).first() is not None


def key_used(session: Session, request_key: str) -> bool:
    """Whether a copy was asked for with this key."""
    return session.scalars(select(Copy.id).where(Copy.request_key == request_key)).first() is not None


def copy_by_key(session: Session, delivery: Delivery, request_key: str) -> Copy | None:
    """The copy an earlier click of the same form asked for."""
    statement = select(Copy).where(Copy.delivery_id == delivery.id, Copy.request_key == request_key)
    return session.scalars(statement).one_or_none()


def copy_by_mark(session: Session, mark: str) -> Copy | None:
    """The copy with the number in its margin."""
    whole = joinedload(Copy.delivery).options(
        joinedload(Delivery.unit), joinedload(Delivery.document).defer(Document.text)
    )
    return session.scalars(select(Copy).where(Copy.mark == mark).options(whole)).unique().one_or_none()


def requests(session: Session, delivery: Delivery) -> Sequence[MoreCopiesRequest]:
    """What the recipient asked the sender for, newest first."""
    return session.scalars(
        select(MoreCopiesRequest)
        .where(MoreCopiesRequest.delivery_id == delivery.id)
        .order_by(MoreCopiesRequest.id.desc())
    ).all()


def open_request(delivery: Delivery) -> MoreCopiesRequest | None:
    """The request the sender has not answered yet."""
    statement = select(MoreCopiesRequest)
    statement = statement.where(MoreCopiesRequest.delivery_id == delivery.id, MoreCopiesRequest.answer.is_(None))
    return session_of(delivery).scalars(statement).first()


def open_requests(session: Session, document: Document) -> Sequence[MoreCopiesRequest]:
    """Unanswered requests of a document's recipients, oldest first."""
    return session.scalars(
        select(MoreCopiesRequest)
        .join(MoreCopiesRequest.delivery)
        .where(Delivery.document_id == document.id, MoreCopiesRequest.answer.is_(None))
        .options(
            contains_eager(MoreCopiesRequest.delivery).joinedload(Delivery.unit),
            joinedload(MoreCopiesRequest.asked_by),
            joinedload(MoreCopiesRequest.asked_for),
        )
        .order_by(MoreCopiesRequest.id)
    ).all()


def deliveries_of(session: Session, document: Document) -> Sequence[Delivery]:
    """A document's deliveries in the order of its recipients."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.document_id == document.id)
        .options(joinedload(Delivery.unit))
        .order_by(Delivery.id)
    ).all()


def sealed_document(session: Session, digest: str) -> Document | None:
    """The document whose sealed file has this digest."""
    statement = select(Document).where(Document.sealed_digest == digest, Document.state == DocumentState.SENT)
    return session.scalars(statement.options(defer(Document.text)).limit(1)).first()


def received_counts(session: Session, documents: Sequence[Document]) -> dict[int, dict[str, int]]:
    """How many deliveries of each document stand where."""
    counts: dict[int, dict[str, int]] = {document.id: {} for document in documents}
    rows = session.execute(
        select(Delivery.document_id, Delivery.state, func.count())
        .where(Delivery.document_id.in_(list(counts)))
        .group_by(Delivery.document_id, Delivery.state)
    )
    for document_id, state, count in rows:
        counts[document_id][state] = count
    return counts


def _whole() -> tuple[ExecutableOption, ...]:
    document = joinedload(Delivery.document).options(defer(Document.text), joinedload(Document.unit))
    return (joinedload(Delivery.unit), document)


def _found(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise NotFound(NOT_THERE)
    return delivery
