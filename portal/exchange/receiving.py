"""Acts of the recipient unit up to printing: open, confirm the checks, return, take files, ask for more prints."""

from __future__ import annotations

from datetime import datetime

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.documents.drafting import LARGEST_QUOTA
from portal.documents.models import Attachment
from portal.exchange import claiming, policy, queries
from portal.exchange.counting import counted_day
from portal.exchange.findings import Findings
from portal.exchange.lifecycle import DELIVERY, DeliveryAct, DeliveryState
from portal.exchange.models import CopyKind, Delivery, MoreCopiesRequest
from portal.exchange.sending import required
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

CHECK_JOB = "portal.exchange.jobs.check"


def open_delivery(delivery: Delivery, clerk: Person) -> None:
    """Open what has arrived and let the system check it (GZ34, X-4)."""
    policy.require_recipient(clerk, delivery, Permission.EXCHANGE_CHECK)
    session = queries.lock(delivery)
    if delivery.state == DeliveryState.RECALLED:
        raise Refused("The sender has recalled this document.")
    if delivery.state != DeliveryState.DELIVERED:
        raise AlreadyDone("This document was already opened.")
    delivery.state = DELIVERY.advance(delivery.state, DeliveryAct.OPEN)
    claiming.require_claim(delivery, clerk)
    delivery.opened_at, delivery.opened_by = now(), clerk
    enqueue(session, Queue.WORK, CHECK_JOB, delivery_id=delivery.id)
    record(Event.DELIVERY_OPENED, subject=delivery, actor=clerk)


def check_again(delivery: Delivery, clerk: Person) -> None:
    """Let the checks run once more after they could not be finished."""
    policy.require_recipient(clerk, delivery, Permission.EXCHANGE_CHECK)
    session = queries.lock(delivery)
    if delivery.state != DeliveryState.OPENED or delivery.findings is None:
        raise AlreadyDone("The checks are already running or have been confirmed.")
    claiming.require_claim(delivery, clerk)
    delivery.findings = None
    enqueue(session, Queue.WORK, CHECK_JOB, delivery_id=delivery.id)


def take_findings(delivery: Delivery, findings: Findings) -> None:
    """Keep what the checks have found; what was decided meanwhile stays."""
    queries.lock(delivery)
    if delivery.state == DeliveryState.OPENED and delivery.findings is None:
        delivery.findings = findings.as_json()


def confirm(delivery: Delivery, clerk: Person) -> None:
    """The clerk confirms the finished checks: printing and downloading become possible (GZ34).

    Raises Refused while the checks run, and for good when one of them is bad: then there is only the return.
    """
    policy.require_recipient(clerk, delivery, Permission.EXCHANGE_CHECK)
    queries.lock(delivery)
    if delivery.state in (DeliveryState.CHECKED, DeliveryState.RECEIVED):
        raise AlreadyDone("The checks of this document were already confirmed.")
    after = DELIVERY.advance(delivery.state, DeliveryAct.CONFIRM)
    findings = Findings.of(delivery)
    if findings is None:
        raise Refused("The checks are still running. Wait until every line shows its result.")
    if not findings.good:
        raise Refused("A check is not passed, so this document can only be returned.")
    claiming.require_claim(delivery, clerk)
    delivery.state = after
    delivery.checked_at, delivery.checked_by, delivery.checked_for = now(), clerk, clerk.acting_for
    record(
        Event.DELIVERY_CHECKED,
        subject=delivery,
        actor=clerk,
        checks={item.check: item.outcome for item in findings.items},
        digest=delivery.document.sealed_digest,
    )


def return_delivery(delivery: Delivery, clerk: Person, reason: str) -> None:
    """Send the document back with the reason (GZ34); impossible once a copy has left the system."""
    policy.require_recipient(clerk, delivery, Permission.EXCHANGE_CHECK)
    reason = required(reason, "reason")
    queries.lock(delivery)
    if delivery.state == DeliveryState.RETURNED:
        raise AlreadyDone("This document was already returned.")
    if delivery.state == DeliveryState.DELIVERED:
        raise Refused("Open the document and look at it before you return it.")
    if queries.copy_under_way(delivery):
        raise Refused("A copy of this document is just being made. Wait until it is there.")
    if delivery.state == DeliveryState.RECEIVED:
        raise Refused("This document is received: a copy has been printed or downloaded, so it can't be returned.")
    after = DELIVERY.advance(delivery.state, DeliveryAct.RETURN)
    claiming.require_claim(delivery, clerk)
    delivery.state = after
    delivery.returned_reason, delivery.returned_at = reason, now()
    record(Event.DELIVERY_RETURNED, subject=delivery, actor=clerk, reason=reason)


def receive(
    delivery: Delivery, person: Person, how: CopyKind, at: datetime, *, acting_for: Person | None = None
) -> None:
    """The first print or download is the reception (GZ37, X-7); later ones change nothing. Needs the row's lock."""
    if delivery.state == DeliveryState.RECEIVED:
        return
    delivery.state = DELIVERY.advance(delivery.state, DeliveryAct.RECEIVE)
    delivery.received_at, delivery.received_how = at, how
    delivery.counted_on = counted_day(at)
    record(
        Event.DELIVERY_RECEIVED,
        subject=delivery,
        actor=person,
        acting_for=acting_for,
        how=how,
        counted_on=delivery.counted_on.isoformat(),
    )


def take_file(delivery: Delivery, person: Person, attachment_id: int) -> Attachment:
    """Take an attachment out of the system: a declassified download like that of the document (X-6, GZ36)."""
    policy.require_recipient(person, delivery, Permission.EXCHANGE_DOWNLOAD)
    queries.lock(delivery)
    require_confirmed(delivery)
    attachment = queries.attachment(delivery, attachment_id)
    record(Event.DELIVERY_FILE_TAKEN, subject=delivery, actor=person, name=attachment.name, digest=attachment.digest)
    receive(delivery, person, CopyKind.DOWNLOAD, now())
    return attachment


def require_confirmed(delivery: Delivery) -> None:
    """Raise Refused unless the checks were confirmed and the document wasn't returned (GZ34)."""
    if delivery.state not in (DeliveryState.CHECKED, DeliveryState.RECEIVED):
        raise Refused("Printing and downloading are possible once the exchange clerk has confirmed the checks.")


def ask_more(delivery: Delivery, person: Person, wanted: int, reason: str) -> MoreCopiesRequest:
    """Ask the sender for more prints, with the reason (X-8, GZ38)."""
    policy.require_recipient(person, delivery, Permission.EXCHANGE_CHECK, Permission.EXCHANGE_PRINT)
    reason = required(reason, "reason")
    if not 1 <= wanted <= LARGEST_QUOTA:
        raise Invalid("Ask for 1 to %(most)s copies.", field="wanted", most=LARGEST_QUOTA)
    queries.lock(delivery)
    require_confirmed(delivery)
    if queries.open_request(delivery) is not None:
        raise AlreadyDone("The sender was already asked for more copies and has not answered yet.")
    request = MoreCopiesRequest(
        delivery=delivery, wanted=wanted, reason=reason, asked_by=person, asked_for=person.acting_for, asked_at=now()
    )
    session_of(delivery).add(request)
    record(Event.DELIVERY_MORE_ASKED, subject=delivery, actor=person, wanted=wanted, reason=reason)
    return request
