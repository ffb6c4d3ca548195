"""From issued to frozen: the number from the register, the file that is never changed again (D-9, D-10)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.db import session_of
from portal.core.errors import AlreadyDone, PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.core.store import StoredFile
from portal.documents import policy, queries
from portal.documents.lifecycle import DOCUMENT, DocumentAct, DocumentState
from portal.documents.models import Document, NumberRegister
from portal.documents.reviewing import require_unchanged
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

FREEZE_JOB = "portal.documents.jobs.freeze"
PAGES_JOB = "portal.documents.jobs.render_pages"


def number_document(document: Document, registrar: Person) -> None:
    """Give the next number of the unit's register for the year of issue, and promise the typesetting.

    The register's row stays locked until the commit: no two documents get one number, and a number that was not
    committed is given again (D-9).
    """
    session = queries.lock(document)
    policy.require(registrar, document, Permission.DOCUMENTS_NUMBER)
    if document.number_serial is not None:
        raise AlreadyDone("This document already has its number: %(number)s.", number=document.number)
    after = DOCUMENT.advance(document.state, DocumentAct.NUMBER)
    if document.issue_date is None:
        raise AssertionError("an issued document without its date")
    register = _locked_register(session, document.unit_id, document.unit.document_code, document.issue_date.year)
    register.last_serial += 1
    document.state = after
    document.number_code, document.number_year = register.code, register.year
    document.number_serial = register.last_serial
    enqueue(session, Queue.WORK, FREEZE_JOB, document_id=document.id)
    record(Event.DOCUMENT_NUMBERED, actor=registrar, subject=document, number=document.number)


def freeze_again(document: Document, registrar: Person) -> None:
    """Promise the typesetting once more after it failed."""
    session = queries.lock(document)
    policy.require(registrar, document, Permission.DOCUMENTS_NUMBER)
    if document.state == DocumentState.NUMBERED and document.freeze_error is None:
        raise AlreadyDone("The document is being typeset.")
    DOCUMENT.advance(document.state, DocumentAct.FREEZE)
    document.freeze_error = None
    enqueue(session, Queue.WORK, FREEZE_JOB, document_id=document.id)


def require_freezable(document: Document) -> None:
    """Raise Refused unless the document waits for its file and is what was issued."""
    if document.state != DocumentState.NUMBERED:
        raise Refused("This document is not waiting to be typeset.")
    require_unchanged(document)


def take_frozen(document: Document, stored: StoredFile, pages: int) -> None:
    """The typeset file stands from here on: its digest is what is approved, stamped and sent (GZ27)."""
    document.state = DOCUMENT.advance(document.state, DocumentAct.FREEZE)
    document.frozen_digest, document.frozen_pages, document.freeze_error = stored.digest, pages, None
    enqueue(session_of(document), Queue.WORK, PAGES_JOB, document_id=document.id)
    record(
        Event.DOCUMENT_FROZEN,
        subject=document,
        unit_id=document.unit_id,
        digest=stored.digest,
        pages=pages,
        size=stored.size,
    )


def take_freeze_failure(document: Document, error: PortalError) -> None:
    """Keep why the typesetting failed, for the page that offers to try again."""
    document.freeze_error = str(error)
    record(Event.DOCUMENT_FREEZE_FAILED, subject=document, unit_id=document.unit_id, why=str(error))


def _locked_register(session: Session, unit_id: int, code: str, year: int) -> NumberRegister:
    wanted = (
        select(NumberRegister)
        .where(NumberRegister.unit_id == unit_id, NumberRegister.code == code, NumberRegister.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    register = session.scalars(wanted).one_or_none()
    if register is not None:
        return register
    try:
        # The first number of the year: two registrars may both find no row, and the second waits here.
        with session.begin_nested():
            session.add(NumberRegister(unit_id=unit_id, code=code, year=year, last_serial=0))
            session.flush()
    except IntegrityError:
        pass
    return session.scalars(wanted).one()
