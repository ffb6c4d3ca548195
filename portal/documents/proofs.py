"""Proofs: how a draft will look on paper, typeset by the worker after each saving. They decide nothing."""

from __future__ import annotations

from sqlalchemy import delete, select

from portal.core.db import session_of
from portal.core.errors import PortalError
from portal.core.jobs import Queue, enqueue
from portal.core.releasing import release
from portal.core.store import StoredFile
from portal.documents.models import Document, PageImage

PROOF_JOB = "portal.documents.jobs.make_proof"


def promise_proof(document: Document) -> None:
    """Promise a proof of what has just been written."""
    enqueue(session_of(document), Queue.WORK, PROOF_JOB, document_id=document.id)


def has_proof(document: Document) -> bool:
    """Whether the proof of the present version is there, or is known to be impossible."""
    return document.proof_version == document.version


def take_proof(document: Document, stored: StoredFile, pages: list[PageImage]) -> None:
    """Put the proof and its pages in the place of the former one."""
    former = delete(PageImage).where(
        PageImage.document_id == document.id, PageImage.digest.in_([document.proof_digest, stored.digest])
    )
    session = session_of(document)
    images = select(PageImage.image).where(
        PageImage.document_id == document.id, PageImage.digest == document.proof_digest
    )
    release(session, [document.proof_digest, *session.scalars(images)])
    session.execute(former)
    session.add_all(pages)
    document.proof_version, document.proof_digest, document.proof_error = document.version, stored.digest, None


def take_proof_failure(document: Document, error: PortalError) -> None:
    """Keep why there is no proof of this version."""
    document.proof_version, document.proof_digest, document.proof_error = document.version, None, str(error)
