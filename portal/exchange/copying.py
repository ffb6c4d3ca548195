"""Copies of a received document: numbered prints (X-5, GZ35) and declassified downloads (X-6, GZ36)."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.core.clock import now, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.exchange import policy, queries, receiving
from portal.exchange.lifecycle import COPY, CopyAct, CopyState
from portal.exchange.models import Copy, CopyKind, Delivery
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import codes
from portal.seals import operations as seals
from portal.seals import queries as seal_queries
from portal.seals.models import UnitSeal
from portal.seals.use_models import CodeRequest

REFERENCE = "copy"
MAKE_JOB = "portal.exchange.jobs.make_copy"
PERMISSIONS = {CopyKind.PRINT: Permission.EXCHANGE_PRINT, CopyKind.DOWNLOAD: Permission.EXCHANGE_DOWNLOAD}
# Without 0, O, 1 and I, which are mistaken for each other on paper: 32 characters, 60 bits in a mark.
MARK_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
MARK_GROUPS, MARK_GROUP = 3, 4


def ask_print(delivery: Delivery, holder: Person, request_key: str) -> Copy:
    """Ask for the next numbered print, its code signed by the unit's verification seal (GZ35).

    The delivery's row is locked: however many people press at once, the quota holds and no number is given twice.
    Raises AlreadyDone for a key that was used, Refused without a seal or when the quota is used up, Denied.
    """
    session = _begin(delivery, holder, CopyKind.PRINT, request_key)
    seal = _verification_seal(session, delivery, holder)
    if delivery.printed >= delivery.print_quota:
        raise Refused(
            "The quota of %(quota)s copies is used up. Ask the sender for more, with the reason.",
            quota=delivery.print_quota,
        )
    delivery.printed += 1
    copy = _new_copy(delivery, holder, CopyKind.PRINT, delivery.printed, request_key)
    _ask_code(session, copy, seal)
    return copy


def ask_download(delivery: Delivery, person: Person, request_key: str) -> Copy:
    """Ask for a declassified download, marked as equal to a photocopy (GZ36). Raises AlreadyDone, Refused, Denied."""
    session = _begin(delivery, person, CopyKind.DOWNLOAD, request_key)
    delivery.downloaded += 1
    copy = _new_copy(delivery, person, CopyKind.DOWNLOAD, delivery.downloaded, request_key)
    enqueue(session, Queue.WORK, MAKE_JOB, copy_id=copy.id)
    return copy


def retry_copy(copy: Copy, person: Person) -> None:
    """Ask once more for a copy that could not be made: it keeps its number, no quota is lost."""
    delivery, kind = copy.delivery, CopyKind(copy.kind)
    policy.require_recipient(person, delivery, PERMISSIONS[kind])
    session = queries.lock(delivery)
    receiving.require_confirmed(delivery)
    session.refresh(copy)
    if copy.state != CopyState.FAILED:
        raise AlreadyDone("This copy is being made already.")
    seal = _verification_seal(session, delivery, person) if kind is CopyKind.PRINT else None
    copy.state, copy.error = COPY.advance(copy.state, CopyAct.RETRY), None
    copy.attempt += 1
    copy.asked_by, copy.asked_for, copy.asked_at = person, person.acting_for, now()
    record(Event.COPY_ASKED, subject=copy, actor=person, copy_kind=copy.kind, number=copy.number)
    if seal is None:
        enqueue(session, Queue.WORK, MAKE_JOB, copy_id=copy.id)
    else:
        _ask_code(session, copy, seal)


def take_signed_code(session: Session, request: CodeRequest) -> None:
    """The seal server has signed the code of a copy: now it can be made. Runs in its transaction."""
    copy = _meant(session, request)
    if copy is None:
        return
    copy.state, copy.code = COPY.advance(copy.state, CopyAct.SIGN), request.code
    enqueue(session, Queue.WORK, MAKE_JOB, copy_id=copy.id)


def take_code_failure(session: Session, request: CodeRequest) -> None:
    """The seal server has refused: the copy keeps its number and can be asked for again."""
    copy = _meant(session, request)
    if copy is not None:
        take_copy_failure(copy, request.error or "")


def take_copy(copy: Copy, digest: str) -> None:
    """The worker has made the copy: it can be printed or saved, and the first one is the reception (GZ37)."""
    session = queries.lock(copy.delivery)
    session.refresh(copy)
    copy.state = COPY.advance(copy.state, CopyAct.MAKE)
    copy.digest, copy.made_at = digest, now()
    record(
        Event.COPY_MADE,
        subject=copy,
        actor=copy.asked_by,
        acting_for=copy.asked_for,
        copy_kind=copy.kind,
        number=copy.number,
        digest=digest,
    )
    receiving.receive(copy.delivery, copy.asked_by, CopyKind(copy.kind), copy.made_at, acting_for=copy.asked_for)


def take_copy_failure(copy: Copy, error: str) -> None:
    """Keep why a copy could not be made, for the page that offers to try again."""
    if COPY.allows(copy.state, CopyAct.FAIL):
        copy.state, copy.error = COPY.advance(copy.state, CopyAct.FAIL), error


def _begin(delivery: Delivery, person: Person, kind: CopyKind, request_key: str) -> Session:
    policy.require_recipient(person, delivery, PERMISSIONS[kind])
    try:
        UUID(request_key)
    except ValueError:
        raise Invalid("The form is broken. Reload the page and try again.") from None
    session = queries.lock(delivery)
    if queries.key_used(session, request_key):
        raise AlreadyDone("This copy was already asked for.")
    receiving.require_confirmed(delivery)
    return session


def _verification_seal(session: Session, delivery: Delivery, holder: Person) -> UnitSeal:
    seal = seal_queries.verification_seal(session, delivery.holder_id)
    if seal is None:
        raise Refused("Your unit has no verification seal yet, so it can't print. Its administrator applies for one.")
    if not seal_queries.keeps(seal, holder):
        raise Denied("You don't keep your unit's verification seal; only its holders can print.")
    return seal


def _new_copy(delivery: Delivery, person: Person, kind: CopyKind, number: int, request_key: str) -> Copy:
    copy = Copy(
        delivery=delivery,
        kind=kind,
        number=number,
        state=COPY.start,
        request_key=request_key,
        mark=new_mark(),
        attempt=1,
        asked_by=person,
        asked_for=person.acting_for,
        asked_at=now(),
    )
    session = session_of(delivery)
    session.add(copy)
    session.flush()
    record(Event.COPY_ASKED, subject=copy, actor=person, copy_kind=kind, number=number)
    return copy


def new_mark() -> str:
    """A number nobody can guess, short enough to be typed from paper: K7PM-3XQ9-VT2D."""
    groups = ("".join(secrets.choice(MARK_ALPHABET) for _ in range(MARK_GROUP)) for _ in range(MARK_GROUPS))
    return "-".join(groups)


def reference_of(copy: Copy) -> str:
    """How the seals capability knows this attempt at a copy."""
    return f"{REFERENCE}:{copy.id}:{copy.attempt}"


def _ask_code(session: Session, copy: Copy, seal: UnitSeal) -> None:
    seals.ask_code(
        session, seal=seal, holder=copy.asked_by, reference=reference_of(copy), facts=code_facts(copy, today())
    )


def code_facts(copy: Copy, day: date) -> dict[str, Any]:
    """What the code on a print says of it (`portal.seals.codes.CopyFacts` without the seal's serial)."""
    delivery = copy.delivery
    document = delivery.document
    return {
        "unit_name": delivery.holder.name,
        "unit_code": delivery.holder.code,
        "document_number": document.number,
        "title": codes.shortened(document.title),
        "copy_id": copy.mark,
        "copy": copy.number,
        "copies": delivery.print_quota,
        "kind": int(codes.CopyKind.PRINT),
        "day": day.isoformat(),
        "digest": (document.sealed_digest or "")[: 2 * codes.DIGEST_BYTES],
    }


def _meant(session: Session, request: CodeRequest) -> Copy | None:
    """The copy this answer is for, locked; None for others' requests and for a former attempt."""
    name, _, rest = request.reference.partition(":")
    if name != REFERENCE:
        return None
    copy_id = int(rest.partition(":")[0])
    copy = session.get_one(Copy, copy_id, with_for_update=True, populate_existing=True)
    return copy if reference_of(copy) == request.reference else None
