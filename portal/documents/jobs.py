"""What the worker does for documents: typesets and freezes them, draws their pages."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import date

import pypdfium2
from sqlalchemy.orm import Session

from portal.content.extraction import PDFIUM_LOCK
from portal.core import clock
from portal.core.errors import PortalError, Refused, Unavailable
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.store import FileStore, StoredFile
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
    document = session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
    if document.state == DocumentState.NUMBERED:
        finishing.take_freeze_failure(document, error)


@dataclass(frozen=True)
class Made:
    """What was made of a document before its row was locked, and of which `version` or text it was made."""

    stored: StoredFile
    pages: int
    version: int
    text_digest: str | None
    images: tuple[PageImage, ...] = ()


def _typeset_final(work: Runtime, session: Session, *, document_id: int) -> Made | None:
    document = queries.get(session, document_id)
    if document.frozen_digest is not None:
        return None
    finishing.require_freezable(document)
    return _typeset(work, session, document, clock.today())


@job(on_failure=_tell_failure, prepare=_typeset_final)
def freeze(work: Runtime, session: Session, made: Made | None, *, document_id: int) -> None:
    """Typeset a numbered document to PDF/A and keep it; a second run finds it frozen and does nothing."""
    document = session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
    if made is None or document.frozen_digest is not None:
        return
    finishing.require_freezable(document)
    if made.text_digest != document.text_digest:
        raise Refused("This document is not waiting to be typeset.")
    finishing.take_frozen(document, made.stored, made.pages)


def _draw_file(work: Runtime, session: Session, *, document_id: int) -> list[PageImage]:
    document = queries.get(session, document_id)
    digest = queries.file_digest(document)
    if digest is None or queries.page_images(session, document_id, digest):
        return []
    return _drawn(work.store, document, digest)


@job(prepare=_draw_file)
def render_pages(work: Runtime, session: Session, images: list[PageImage], *, document_id: int) -> None:
    """Draw the pages of the file that stands for the document now, unless they are there."""
    document = session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
    digest = queries.file_digest(document)
    # Of a file that has been replaced meanwhile nothing is kept: the new one's pages were promised with it.
    if not queries.page_images(session, document_id, digest):
        session.add_all(image for image in images if image.digest == digest)


def _tell_proof_failure(session: Session, error: PortalError, *, document_id: int) -> None:
    proofs.take_proof_failure(
        session.get_one(Document, document_id, with_for_update=True, populate_existing=True), error
    )


def _typeset_proof(work: Runtime, session: Session, *, document_id: int) -> Made | None:
    document = queries.get(session, document_id)
    if proofs.has_proof(document) or document.frozen_digest is not None:
        return None
    made = _typeset(work, session, document, None)
    return replace(made, images=tuple(_drawn(work.store, document, made.stored.digest)))


@job(on_failure=_tell_proof_failure, prepare=_typeset_proof)
def make_proof(work: Runtime, session: Session, made: Made | None, *, document_id: int) -> None:
    """Typeset the draft as it stands, with its pages; one proof serves several savings."""
    document = session.get_one(Document, document_id, with_for_update=True, populate_existing=True)
    if made is None or proofs.has_proof(document) or document.frozen_digest is not None:
        return
    if made.version == document.version:  # else it was saved meanwhile, and that saving has promised its own proof
        proofs.take_proof(document, made.stored, list(made.images))


def _typeset(work: Runtime, session: Session, document: Document, printed_on: date | None) -> Made:
    seals = {unit_id: signature_seal(session, unit_id) for unit_id in document.issuer_ids}
    diameters = {unit_id: seal.diameter_mm for unit_id, seal in seals.items() if seal}
    result = typeset(manuscript_of(document, diameters, printed_on), work.settings.fonts_dir)
    return Made(work.store.put(io.BytesIO(result.pdf)), result.pages, document.version, document.text_digest)


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


def _page(store: FileStore, document: Document, digest: str, number: int, page: pypdfium2.PdfPage) -> PageImage:
    image, width, height = _draw(store, page)
    return PageImage(document_id=document.id, digest=digest, number=number, image=image, width=width, height=height)


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
