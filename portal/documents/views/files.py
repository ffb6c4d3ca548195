"""Files of a document, decrypted while they are sent."""

from __future__ import annotations

from flask import send_file
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.documents import queries
from portal.documents.models import Document, PageImage
from portal.documents.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db, runtime

_PICTURE = "image/webp"


@blueprint.get("/<int:document_id>/file")
@requires(Permission.DOCUMENTS_VIEW)
def file(document_id: int) -> Response:
    """The PDF as it stands: stamped, else frozen."""
    document = queries.get_for(db(), current_person(), document_id)
    digest = queries.file_digest(document)
    if digest is None:
        raise NotFound("There is no file of this document yet.")
    return _stored(digest, "application/pdf", f"{document.number} {document.title}.pdf")


@blueprint.get("/<int:document_id>/attachments/<int:attachment_id>")
@requires(Permission.DOCUMENTS_VIEW)
def attachment(document_id: int, attachment_id: int) -> Response:
    """One attachment, always to be kept and never to be opened inside the portal's pages."""
    document = queries.get_for(db(), current_person(), document_id)
    found = next((item for item in document.attachments if item.id == attachment_id), None)
    if found is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return _stored(found.digest, found.media_type, found.name)


@blueprint.get("/<int:document_id>/pages/<int:page_id>")
@requires(Permission.DOCUMENTS_VIEW)
def page(document_id: int, page_id: int) -> Response:
    """A page as a picture: of the file that stands, or of the present proof."""
    document = queries.get_for(db(), current_person(), document_id)
    image = db().get(PageImage, page_id)
    if image is None or image.document_id != document.id or image.digest not in _shown(document):
        raise NotFound("There is no such page, or it is not yours to see.")
    return _stored(image.image, _PICTURE)


def _shown(document: Document) -> set[str | None]:
    return {document.proof_digest, document.frozen_digest, document.sealed_digest}


def _stored(digest: str, media_type: str, name: str | None = None) -> Response:
    """Decrypt and send; `name` makes it a download."""
    store = runtime().store
    response = send_file(
        store.open(digest),
        mimetype=media_type,
        as_attachment=name is not None,
        download_name=name,
        conditional=False,
        etag=False,
    )
    response.content_length = store.size(digest)
    return response
