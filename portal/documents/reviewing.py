"""From draft to issued: every desk gives its opinion on exactly the text that was submitted (D-1, D-3, D-7)."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.content.gate import Declaration, check_declared
from portal.core import clock
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.documents import checklist, policy, queries
from portal.documents.addressing import readdress_to_heirs
from portal.documents.kinds import Direction
from portal.documents.lifecycle import DOCUMENT, DocumentAct, DocumentState
from portal.documents.models import Document, ReviewStep, TextVersion
from portal.documents.routes import ROUTES, StepKind
from portal.documents.versions import digest_of
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_OPINION = 2000


def submit(work: Runtime, document: Document, drafter: Person, declaration: Declaration) -> None:
    """Hand the draft on to its first desk. What is handed on is fixed by its digest and kept (D-3).

    Raises Invalid for a missing declaration (GZ4, GZ27), Refused with the first thing the checklist stops.
    """
    queries.lock(document)
    if document.state == DocumentState.REVIEWING:
        raise AlreadyDone("This document was already submitted.")
    policy.require_drafter(drafter, document)
    after = DOCUMENT.advance(document.state, DocumentAct.SUBMIT)
    check_declared(declaration, urgent_allowed=work.rules.urgent_documents)
    checklist.require_passed(work, document)
    document.state, document.declared = after, True
    document.text_digest = digest_of(document)
    number = _keep_version(document, drafter)
    _open_desk(document, position=0, version_number=number)
    record(
        Event.DOCUMENT_SUBMITTED,
        actor=drafter,
        subject=document,
        version=number,
        digest=document.text_digest,
    )


def pass_step(document: Document, person: Person, opinion: str, step_id: int | None = None) -> None:
    """The person at the desk agrees and passes the document to the next one.

    `step_id` is the step the person saw, so that a second click isn't taken for the next desk's consent.
    Raises Denied for anybody else, Invalid for an empty opinion (HW10), Refused when the text was changed.
    """
    step = _take_desk(document, person, step_id)
    if step.kind in (StepKind.ISSUE, StepKind.COUNTERSIGN):
        raise Refused("At this desk the document is issued or returned.")
    _conclude(step, person, opinion, "passed")
    document.state = DOCUMENT.advance(document.state, DocumentAct.PASS)
    _open_desk(document, step.position + 1, step.version_number)
    record(
        Event.DOCUMENT_REVIEWED,
        actor=person,
        subject=document,
        opinion=step.opinion,
        step=step.kind,
        digest=document.text_digest,
    )


def return_step(document: Document, person: Person, opinion: str, step_id: int | None = None) -> None:
    """The person at the desk returns the document to the drafter with the reason. Raises as `pass_step` does.

    So does a joint unit's leader who won't sign; the units asked before see the draft no more.
    """
    step = _take_desk(document, person, step_id)
    _conclude(step, person, opinion, "returned")
    document.state, document.declared = DOCUMENT.advance(document.state, DocumentAct.RETURN), False
    for item in document.joint:
        item.asked_at = None
    readdress_to_heirs(document, person)
    record(Event.DOCUMENT_RETURNED, actor=person, subject=document, opinion=step.opinion, step=step.kind)


def issue_document(work: Runtime, document: Document, leader: Person, opinion: str, step_id: int | None = None) -> None:
    """The leader issues the document: the name enters it by this act alone (OP3), the day is its date (7.3.5.4).

    What is issued jointly goes on to the joint units' leaders; the day the last one signs is its date (条例 art 9).
    Raises as `pass_step` does, and Refused with what the checklist stops by now.
    """
    step = _take_desk(document, leader, step_id)
    if step.kind != StepKind.ISSUE:
        raise Refused("The document has not passed every desk before the leader's yet.")
    policy.require(leader, document, Permission.DOCUMENTS_ISSUE)
    checklist.require_passed(work, document)
    _conclude(step, leader, opinion, "issued")
    _go_on_or_issue(document, step)
    record(Event.DOCUMENT_ISSUED, actor=leader, subject=document, opinion=step.opinion, digest=document.text_digest)


def countersign(document: Document, leader: Person, opinion: str, step_id: int | None = None) -> None:
    """The leader of a joint unit signs exactly what the first leader issued (会签, D-4). Raises as `pass_step` does."""
    step = _take_desk(document, leader, step_id)
    if step.kind != StepKind.COUNTERSIGN:
        raise Refused("This document doesn't wait for a joint unit's signature.")
    _conclude(step, leader, opinion, "passed")
    place = next(item.place for item in document.joint if item.unit_id == step.unit_id)
    _go_on_or_issue(document, step)
    record(
        Event.DOCUMENT_COUNTERSIGNED,
        actor=leader,
        subject=document,
        opinion=step.opinion,
        place=place,
        digest=document.text_digest,
    )


def _go_on_or_issue(document: Document, step: ReviewStep) -> None:
    """To the next joint unit's leader; after the last signature the document is issued."""
    waiting = next((item for item in document.joint if item.asked_at is None), None)
    if waiting is not None:
        document.state = DOCUMENT.advance(document.state, DocumentAct.PASS)
        waiting.asked_at = clock.now()
        _open_desk(document, step.position + 1, step.version_number)
        return
    issuing = next(one for one in reversed(document.steps) if one.outcome == "issued")
    document.state = DOCUMENT.advance(document.state, DocumentAct.ISSUE)
    document.issued_by, document.issued_at = issuing.done_by, clock.now()
    document.issue_date = clock.today()


def require_unchanged(document: Document) -> None:
    """Raise Refused unless the document still is what was submitted, byte by byte (D-10)."""
    if document.text_digest != digest_of(document):
        raise Refused(
            "The document isn't the one that was submitted: it was changed outside the portal. "
            "Tell the information centre."
        )


def _take_desk(document: Document, person: Person, step_id: int | None) -> ReviewStep:
    """The open step, seen to be this person's, on the text that was submitted."""
    queries.lock(document)
    step = _step_meant(document, step_id)
    DOCUMENT.advance(document.state, DocumentAct.RETURN)  # possible at every desk, and at desks only
    session = session_of(document)
    mine = (
        select(ReviewStep.id)
        .join(Document, Document.id == ReviewStep.document_id)
        .where(ReviewStep.id == step.id, queries.at_desk_of(person))
    )
    if session.scalar(mine) is None:
        raise Denied("This step is not yours: another desk, another unit, or your own draft.")
    require_unchanged(document)
    return step


def _step_meant(document: Document, step_id: int | None) -> ReviewStep:
    step = queries.open_step(document)
    meant = next((known for known in document.steps if known.id == step_id), step)
    if meant is not None and meant.done_by is not None:
        raise AlreadyDone("This step was already done by %(name)s.", name=meant.done_by.name)
    if step is None or step is not meant:
        raise Refused("This document is not in review any more.")
    return step


def _conclude(step: ReviewStep, person: Person, opinion: str, outcome: str) -> None:
    opinion = opinion.replace("\x00", "").strip()
    if not opinion:
        raise Invalid("Write your opinion: every step is kept with one.", field="opinion")
    if len(opinion) > LONGEST_OPINION:
        raise Invalid("At most %(longest)s characters.", field="opinion", longest=LONGEST_OPINION)
    step.opinion, step.outcome = opinion, outcome
    step.done_at, step.done_by, step.done_for = clock.now(), person, person.acting_for


def _open_desk(document: Document, position: int, version_number: int) -> None:
    route = ROUTES[Direction(document.direction)]
    beyond = position - len(route)
    step = ReviewStep(
        document_id=document.id,
        unit_id=document.unit_id if beyond < 0 else document.joint[beyond].unit_id,
        version_number=version_number,
        position=position,
        kind=route[position].kind if beyond < 0 else StepKind.COUNTERSIGN,
        begun_at=clock.now(),
    )
    document.steps.append(step)


def _keep_version(document: Document, drafter: Person) -> int:
    session = session_of(document)
    newest = select(func.max(TextVersion.number)).where(TextVersion.document_id == document.id)
    number = (session.scalar(newest) or 0) + 1
    session.add(
        TextVersion(
            document_id=document.id,
            number=number,
            title=document.title,
            text=document.text,
            digest=document.text_digest,
            by=drafter,
            by_for=drafter.acting_for,
            at=clock.now(),
        )
    )
    return number
