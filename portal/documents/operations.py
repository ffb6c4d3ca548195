"""From frozen to sent: the acts in which documents meet seals and the exchange (X-1, D-10).

Making, stamping and sending are three acts. The others have files of their own: `drafting`, `reviewing`, `finishing`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.documents import policy, queries
from portal.documents.finishing import PAGES_JOB
from portal.documents.lifecycle import DOCUMENT, DocumentAct, DocumentState
from portal.documents.models import Document
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import second_factor
from portal.people.models import LoginSession, Person
from portal.seals import consent
from portal.seals import operations as seals
from portal.seals import queries as seal_queries
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampRequest


def ask_stamp(
    document: Document, custodian: Person, digest: str, proof: second_factor.Proof, *, straddling: bool = False
) -> StampRequest:
    """A custodian approves exactly the frozen file with `digest` and asks for the unit's signature seal (S-6).

    `straddling`: across the pages' edges as well (骑缝).
    Raises Invalid for a wrong code, Denied for somebody who doesn't keep the seal, Refused without a seal.
    """
    session = queries.lock(document)
    policy.require_stamper(custodian, document)
    if document.state in (DocumentState.SEALING, DocumentState.SEALED, DocumentState.SENT):
        raise AlreadyDone("Stamping this document was already asked for.")
    after = DOCUMENT.advance(document.state, DocumentAct.ASK_STAMP)
    seal = _seal_kept_by(session, document, custodian)
    if digest != queries.file_digest(document):
        raise Refused("The page showed another file than the one that stands now. Look at it again.")
    what = _matter(session, document, seal, digest, straddling=straddling)
    request = seals.ask_stamp(
        session,
        seal=seal,
        custodian=custodian,
        reference=what.reference,
        purpose=what.purpose,
        digest=what.digest,
        given=consent.prove(custodian, proof, seal, what),
        place=what.place,
        straddling=straddling,
    )
    document.state, document.stamp_error = after, None
    record(Event.DOCUMENT_STAMP_ASKED, actor=custodian, subject=document, seal=seal.id, digest=digest)
    return request


def approve_stamp(
    document: Document, request: StampRequest, custodian: Person, digest: str, proof: second_factor.Proof
) -> None:
    """A further custodian of a seal that several keep together approves the same digest (S-6)."""
    seals.lock_request(request)
    queries.lock(document)
    policy.require_stamper(custodian, document)
    stands = queries.file_digest(document)
    if request.reference != queries.reference_of(document) or not request.digest == stands == digest:
        raise Refused("The page showed another file than the one that stands now. Look at it again.")
    given = consent.prove(custodian, proof, request.seal, consent.matter_of(request))
    seals.approve_stamp(request, custodian, given)


def stamp_question(document: Document, login_session: LoginSession, *, straddling: bool = False) -> dict[str, Any]:
    """What the browser hands to a custodian's hardware key: it signs what the stamp is for, not only who they are.

    `straddling`: what the first custodian has chosen; further ones consent to what was asked for.

    Raises Denied, Refused, Invalid.
    """
    session, custodian = session_of(document), login_session.person
    policy.require_stamper(custodian, document)
    seal = _seal_kept_by(session, document, custodian)
    request = queries.stamp_request(session, document) if document.state == DocumentState.SEALING else None
    if request is not None:
        return consent.ask(login_session, seal, consent.matter_of(request))
    what = _matter(session, document, seal, queries.file_digest(document) or "", straddling=straddling)
    return consent.ask(login_session, seal, what)


def page_of_reference(reference: str) -> tuple[str, dict[str, Any]] | None:
    """The page of the document that a seal's use book names; None for other references."""
    kind, _, number = reference.partition(":")
    return ("documents.show", {"document_id": int(number)}) if kind == "document" else None


def take_stamped(session: Session, request: StampRequest) -> None:
    """The seal server has stamped: the document is sealed, or waits for its next issuer. Runs in its transaction.

    Other references are ignored. Raises Refused, undoing the impression, when the file or the place isn't the one
    that was due.
    """
    document = _meant(session, request)
    if document is None:
        return
    if queries.file_digest(document) != request.digest or request.sealed_digest is None:
        raise Refused("The file that was stamped isn't the one that was frozen.")
    if (request.place, request.seal.unit_id) != (document.seals_on + 1, document.turn_id):
        raise Refused("The seals of a joint document are pressed one after another, in the issuers' order.")
    document.seals_on += 1
    last = document.turn_id is None
    document.state = DOCUMENT.advance(document.state, DocumentAct.SEAL if last else DocumentAct.PRESS)
    document.sealed_digest, document.stamp_error = request.sealed_digest, None
    enqueue(session, Queue.WORK, PAGES_JOB, document_id=document.id)
    if not last:
        record(
            Event.DOCUMENT_PRESSED,
            actor=request.asked_by,
            subject=document,
            digest=request.sealed_digest,
            seal=request.seal_id,
            place=request.place,
        )
        return
    record(
        Event.DOCUMENT_SEALED,
        actor=request.asked_by,
        subject=document,
        digest=request.sealed_digest,
        seal=request.seal_id,
    )


def take_stamp_failure(session: Session, request: StampRequest) -> None:
    """The seal server has refused: the document stands as it was before, with the reason, and can be asked again."""
    document = _meant(session, request)
    if document is None:
        return
    document.state = DOCUMENT.advance(document.state, DocumentAct.STAMP_FAILED)
    document.stamp_error = request.error or ""
    record(Event.DOCUMENT_STAMP_FAILED, subject=document, unit_id=document.unit_id, why=document.stamp_error)


def mark_sent(document: Document, clerk: Person, counted_on: date, recipients: int) -> None:
    """The exchange has delivered to `recipients` units: this moment is the sending time (GZ30).

    Raises AlreadyDone after the first time, WrongState for a document that lacks its seal (GZ29).
    """
    queries.lock(document)
    policy.require(clerk, document, Permission.DOCUMENTS_SEND)
    if document.state == DocumentState.SENT:
        raise AlreadyDone("This document was already sent.")
    document.state = DOCUMENT.advance(document.state, DocumentAct.SEND)
    document.sent_at, document.counted_on = now(), counted_on
    record(
        Event.DOCUMENT_SENT,
        actor=clerk,
        subject=document,
        digest=document.sealed_digest,
        recipients=recipients,
        counted_on=counted_on.isoformat(),
    )


def _matter(session: Session, document: Document, seal: UnitSeal, digest: str, *, straddling: bool) -> consent.Matter:
    reference, purpose = queries.reference_of(document), f"{document.number} {document.title}"
    return consent.matter(
        session,
        seal,
        reference=reference,
        purpose=purpose,
        digest=digest,
        place=document.seals_on + 1,
        straddling=straddling,
    )


def _seal_kept_by(session: Session, document: Document, custodian: Person) -> UnitSeal:
    seal = seal_queries.signature_seal(session, custodian.unit_id)  # of the unit whose turn it is
    if seal is None:
        unit = custodian.unit.name
        raise Refused("%(unit)s has no signature seal yet: its administrator applies for one.", unit=unit)
    if not seal_queries.keeps(seal, custodian):
        raise Denied("You are not one of the custodians of this seal.")
    return seal


def _meant(session: Session, request: StampRequest) -> Document | None:
    if not request.reference.startswith(queries.REFERENCE):
        return None
    document_id = int(request.reference.removeprefix(queries.REFERENCE))
    return session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
