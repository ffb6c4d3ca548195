"""Acts of the sending unit: send, recall, urge, answer recipients who need more prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_, storable
from portal.documents import operations as documents
from portal.documents import policy as document_policy
from portal.documents import queries as document_queries
from portal.documents.drafting import LARGEST_QUOTA
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document, Recipient, RecipientKind
from portal.exchange import policy, queries, scope
from portal.exchange.counting import counted_day
from portal.exchange.lifecycle import DELIVERY, DeliveryAct, DeliveryState
from portal.exchange.models import Delivery, MoreCopiesRequest
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

URGED_AGAIN_AFTER = timedelta(minutes=1)
"""Two urgings within this time are one click too many."""


def send_document(
    session: Session, document: Document, clerk: Person, quotas: Mapping[int, int] | None = None
) -> list[Delivery]:
    """Send a stamped document to all its recipient units at once (X-1, GZ29).

    `quotas` changes how many copies recipients may print, by recipient id (GZ31). Raises AlreadyDone after the
    first time, Refused for a document that isn't made and stamped or has no main recipient, Invalid for a quota.
    """
    document_queries.lock(document)
    document_policy.require(clerk, document, Permission.DOCUMENTS_SEND)
    if document.state == DocumentState.SENT:
        raise AlreadyDone("This document was already sent.")
    _require_complete(document)
    scope.require_electronic(session, document)
    _set_quotas(document, quotas or {})
    addressed = [recipient for recipient in document.recipients if recipient.unit_id is not None]
    _hold_units(session, addressed)
    at = now()
    documents.mark_sent(document, clerk, counted_day(at), len(addressed))
    deliveries = [_delivery_to(recipient) for recipient in addressed]
    session.add_all(deliveries)
    session.flush()
    for delivery in deliveries:
        record(
            Event.DELIVERY_DELIVERED,
            subject=delivery,
            actor=clerk,
            document=document.id,
            recipient_kind=delivery.kind,
            print_quota=delivery.print_quota,
        )
    return deliveries


def recall(delivery: Delivery, clerk: Person, reason: str) -> None:
    """Take a delivery back that nobody has opened yet."""
    policy.require_sender(clerk, delivery)
    reason = required(reason, "reason")
    queries.lock(delivery)
    if delivery.state == DeliveryState.RECALLED:
        raise AlreadyDone("This document was already recalled from %(unit)s.", unit=delivery.unit.name)
    if delivery.state != DeliveryState.DELIVERED:
        raise Refused("%(unit)s has opened the document, so it can't be recalled any more.", unit=delivery.unit.name)
    delivery.state = DELIVERY.advance(delivery.state, DeliveryAct.RECALL)
    record(Event.DELIVERY_RECALLED, subject=delivery, actor=clerk, reason=reason)


def urge(delivery: Delivery, clerk: Person, message: str = "") -> None:
    """Remind a unit that has not received the document yet (X-9); its inbox shows it."""
    policy.require_sender(clerk, delivery)
    queries.lock(delivery)
    if delivery.state not in queries.WAITING:
        raise Refused("%(unit)s needs no reminder: nothing waits there any more.", unit=delivery.unit.name)
    if delivery.urged_at is not None and now() - delivery.urged_at < URGED_AGAIN_AFTER:
        raise AlreadyDone("%(unit)s was already reminded a moment ago.", unit=delivery.unit.name)
    delivery.urged_at = now()
    delivery.urged_times += 1
    record(Event.DELIVERY_URGED, subject=delivery, actor=clerk, message=message.strip())


def grant_more(request: MoreCopiesRequest, clerk: Person, granted: int) -> None:
    """Let the recipient print `granted` copies more (X-8, GZ38)."""
    delivery = _unanswered(request, clerk)
    if not 1 <= granted <= LARGEST_QUOTA - delivery.print_quota:
        raise Invalid("Grant at least 1 copy, and not more than %(most)s in all.", field="granted", most=LARGEST_QUOTA)
    delivery.print_quota += granted
    request.answer, request.granted, request.answered_at = "granted", granted, now()
    record(Event.DELIVERY_MORE_GRANTED, subject=delivery, actor=clerk, granted=granted)


def refuse_more(request: MoreCopiesRequest, clerk: Person, reason: str) -> None:
    """Refuse more prints, saying why (X-8)."""
    delivery = _unanswered(request, clerk)
    request.answer_reason = required(reason, "reason")
    request.answer, request.answered_at = "refused", now()
    record(Event.DELIVERY_MORE_REFUSED, subject=delivery, actor=clerk, reason=request.answer_reason)


def required(text: str, field: str) -> str:
    """The text without surrounding blanks. Raises Invalid when nothing is left."""
    kept = storable(text).strip()
    if not kept:
        raise Invalid("Give the reason.", field=field)
    return kept


def _unanswered(request: MoreCopiesRequest, clerk: Person) -> Delivery:
    """The request's delivery, locked, when its sender may still answer."""
    delivery = request.delivery
    policy.require_sender(clerk, delivery)
    queries.lock(delivery).refresh(request)
    if request.answer is not None:
        raise AlreadyDone("This request was already answered.")
    return delivery


def _require_complete(document: Document) -> None:
    """Made, stamped, addressed: only then it may leave (X-1, X-2)."""
    if document.sealed_digest is None:
        raise Refused("This document has no seal yet: it is made, then stamped, and only then sent.")
    if document.turn_id is not None:
        raise Refused("Not all units that issue this document have stamped it yet.")
    if not any(item.kind == RecipientKind.MAIN for item in document.recipients):
        raise Refused("No main recipient is chosen.")
    if not any(item.unit_id for item in document.recipients):
        raise Refused("No recipient is a unit of the exchange: there is nobody to send it to.")
    for item in document.recipients:
        if item.unit is not None and item.unit.heir.left_at is not None:
            raise Refused("%(unit)s has left the exchange. Ask the municipal office.", unit=item.unit.name)


def _hold_units(session: Session, recipients: Sequence[Recipient]) -> None:
    """Keep the recipients in exchange until the commit; one that has gone meanwhile shows its successor (GZ9)."""
    ids = sorted({recipient.unit_id for recipient in recipients if recipient.unit_id is not None})
    held = select(Unit).where(Unit.id.in_(ids)).order_by(Unit.id).with_for_update(key_share=True, of=Unit)
    session.scalars(held.execution_options(populate_existing=True)).all()


def _set_quotas(document: Document, quotas: Mapping[int, int]) -> None:
    """All of them, or none when one is out of bounds."""
    wanted = {recipient: quotas.get(recipient.id, recipient.print_quota) for recipient in document.recipients}
    for recipient, quota in wanted.items():
        if not 0 <= quota <= LARGEST_QUOTA:
            message = N_("%(unit)s: the number of copies must be between 0 and %(most)s.")
            raise Invalid(message, unit=recipient.name, most=LARGEST_QUOTA)
    for recipient, quota in wanted.items():
        recipient.print_quota = quota


def _delivery_to(recipient: Recipient) -> Delivery:
    """Addressed as the document says; a unit that has gone meanwhile is answered for by its successor (GZ9)."""
    assert recipient.unit is not None  # only units of the exchange are delivered to
    return Delivery(
        document=recipient.document,
        unit_id=recipient.unit_id,
        holder_id=recipient.unit.heir.id,
        kind=recipient.kind,
        print_quota=recipient.print_quota,
        delivered_at=recipient.document.sent_at,
    )
