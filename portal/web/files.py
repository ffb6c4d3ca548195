"""Stored files, decrypted while they are sent."""

from __future__ import annotations

from flask import send_file
from werkzeug.wrappers import Response

from portal.web.database import runtime


def send_stored(digest: str, media_type: str, name: str | None = None, *, inline: bool = False) -> Response:
    """Send a file of the store; `name` makes it a download unless it is to be shown `inline`."""
    store = runtime().store
    response = send_file(
        store.open(digest),
        mimetype=media_type,
        as_attachment=name is not None and not inline,
        download_name=name,
        conditional=False,
        etag=False,
    )
    response.content_length = store.size(digest)
    return response
