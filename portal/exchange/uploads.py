"""Files brought to the public verification page: kept encrypted and apart until they are judged, then gone."""

from __future__ import annotations

import secrets
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Invalid, NotFound, PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.core.store import FileStore, Readable, StoredFile
from portal.exchange import queries
from portal.exchange.models import VerificationRequest

if TYPE_CHECKING:  # the web takes files in, but reads no PDF
    from portal.seals.judging import Judgement

VERIFY_JOB = "portal.exchange.jobs.verify_upload"
FOLDER = "verification"
LARGEST = 32 * 1024 * 1024
KEPT = timedelta(days=1)
HEAD = b"%PDF-"


def ask_verification(work: Runtime, session: Session, stream: Readable) -> VerificationRequest:
    """Take a file in and promise its judgement. Raises Invalid for what is no PDF or too large.

    The file first, which takes as long as it is large, and only then the database: anybody may bring one, and on
    SQLite nobody else could write meanwhile. So the session must not have begun to write.
    """
    token = secrets.token_urlsafe(32)
    stored = _take_in(store_of(work, token), stream)
    _forget_old(work, session)
    request = VerificationRequest(token=token, digest=stored.digest, size=stored.size, asked_at=now())
    session.add(request)
    session.flush()
    enqueue(session, Queue.WORK, VERIFY_JOB, request_id=request.id)
    return request


def _take_in(kept: FileStore, stream: Readable) -> StoredFile:
    try:
        stored = kept.put(stream, LARGEST)
        with kept.open(stored.digest) as file:
            if not file.read(len(HEAD)).startswith(HEAD):
                raise Invalid("This isn't a PDF file. Choose the sealed document as you received it.", field="file")
    except (Invalid, Refused) as error:
        discard(kept)
        raise Invalid(error.message, field="file", **error.params) from error
    return stored


def _forget_old(work: Runtime, session: Session) -> None:
    """Remove the results of yesterday, with the files that were never judged."""
    old = delete(VerificationRequest).where(VerificationRequest.asked_at < now() - KEPT)
    for token in session.scalars(old.returning(VerificationRequest.token)):
        discard(store_of(work, token))


def get(session: Session, token: str) -> VerificationRequest:
    """The request behind a token, for a day. Raises NotFound."""
    statement = select(VerificationRequest).where(VerificationRequest.token == token)
    request = session.scalars(statement.where(VerificationRequest.asked_at >= now() - KEPT)).one_or_none()
    if request is None:
        raise NotFound("There is no such result any more: results are kept for one day. Check the file again.")
    return request


def take_verdict(session: Session, request: VerificationRequest, judgement: Judgement) -> None:
    """Keep the judgement, and what the register says of exactly these bytes."""
    verdict = judgement.verdict
    document = queries.sealed_document(session, verdict.digest)
    request.verdict = {
        "valid": verdict.valid,
        "reasons": [reason.value for reason in verdict.reasons],
        "aspects": [aspect.to_json() for aspect in judgement.aspects],
        "seals": [seal.to_json() for seal in judgement.seals],
        "document": {"number": document.number, "title": document.title} if document else None,
        "error": None,
    }


def take_failure(request: VerificationRequest, error: PortalError) -> None:
    """The file could not be judged."""
    request.verdict = {"valid": False, "reasons": [], "seals": [], "document": None, "error": str(error)}


def store_of(work: Runtime, token: str) -> FileStore:
    """A store of this request alone: the same bytes in the real store are never touched."""
    return FileStore(work.settings.store_dir / FOLDER / token, work.storage_keys)


def discard(kept: FileStore) -> None:
    """Remove the files of a request."""
    shutil.rmtree(kept.root, ignore_errors=True)
