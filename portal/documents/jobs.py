"""What the worker does for documents: typesets and freezes them, draws their pages."""

from __future__ import annotations

import io

import pypdfium2
from sqlalchemy.orm import Session

from portal.content.extraction import PDFIUM_LOCK
from portal.core import clock
from portal.core.errors import PortalError, Unavailable
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.store import FileStore
from portal.documents import finishing, proofs, queries
from portal.documents.lifecycle import DocumentState
from portal.documents.manuscripts import manuscript_of
from portal.documents.models import Document, PageImage
from portal.documents.typesetting.typeset import typeset
from portal.seals.queries import signature_seal

IMAGE_SCALE = 1.6
"""Pixels per point: an A4 page is 952 pixels wide, sharp on a page that shows it at 794."""
IMAGE_QUALITY = 82


def _tell_failure(session: Session, error: PortalError, *, document_id: int) -> None:
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.state == DocumentState.NUMBERED:
        finishing.take_freeze_failure(document, error)


@job(on_failure=_tell_failure)
def freeze(work: Runtime, session: Session, *, document_id: int) -> None:
    """Typeset a numbered document to PDF/A and keep it; a second run finds it frozen and does nothing."""
    document = session.get_one(Document, document_id, with_for_update=True)
    if document.frozen_digest is not None:
        return
    finishing.require_freezable(document)
    seal = signature_seal(session, document.unit_id)
    manuscript = manuscript_of(document, seal.diameter_mm if seal else None, clock.today())
    result = typeset(manuscript, work.settings.fonts_dir)
    stored = work.store.put(io.BytesIO(result.pdf))
    finishing.take_frozen(document, stored, result.pages)


@job()
def render_pages(work: Runtime, session: Session, *, document_id: int) -> None:
    """Draw the pages of the file that stands for the document now, unless they are there."""
    document = queries.get(session, document_id)
    digest = queries.file_digest(document)
    if digest is None or queries.page_images(session, document_id, digest):
        return
    session.add_all(_drawn(work.store, document, digest))


def _tell_proof_failure(session: Session, error: PortalError, *, document_id: int) -> None:
    proofs.take_proof_failure(session.get_one(Document, document_id, with_for_update=True), error)


@job(on_failure=_tell_proof_failure)
def make_proof(work: Runtime, session: Session, *, document_id: int) -> None:
    """Typeset the draft as it stands, with its pages; one proof serves several savings."""
    document = session.get_one(Document, document_id, with_for_update=True)
    if proofs.has_proof(document) or document.frozen_digest is not None:
        return
    seal = signature_seal(session, document.unit_id)
    result = typeset(manuscript_of(document, seal.diameter_mm if seal else None, None), work.settings.fonts_dir)
    stored = work.store.put(io.BytesIO(result.pdf))
    proofs.take_proof(document, stored, _drawn(work.store, document, stored.digest))


def _drawn(store: FileStore, document: Document, digest: str) -> list[PageImage]:
    """The pages of a stored PDF, each drawn and kept."""
    with PDFIUM_LOCK:
        try:
            pdf = pypdfium2.PdfDocument(store.open(digest).read())
            try:
                return [_page(store, document, digest, number, page) for number, page in enumerate(pdf, 1)]
            finally:
                pdf.close()
        except pypdfium2.PdfiumError as error:
            raise Unavailable("The pages of the file can't be drawn.") from error


def _page(
    store: FileStore, document: Document, digest: str, number: int, page: pypdfium2.PdfPage
) -> PageImage:
    image, width, height = _draw(store, page)
    return PageImage(
        document_id=document.id, digest=digest, number=number, image=image, width=width, height=height
    )


def _draw(store: FileStore, page: pypdfium2.PdfPage) -> tuple[str, int, int]:
    bitmap = page.render(scale=IMAGE_SCALE, may_draw_forms=True)
    try:
        picture = bitmap.to_pil().convert("RGB")
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=IMAGE_QUALITY, method=4)
        file.seek(0)
        return store.put(file).digest, picture.width, picture.height
    finally:
        bitmap.close()
        page.close()
