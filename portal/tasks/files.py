"""Files that come with a reply: the same checks as for attachments of documents."""

from __future__ import annotations

from portal.content import extraction, gate, uploads
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.tasks.models import ReplyFile

MOST_FILES = 10
Incoming = tuple[Readable, str]
"""A stream and the name it was given."""


def check(count: int) -> None:
    """See that there aren't too many files. Raises Refused."""
    if count > MOST_FILES:
        raise Refused("At most %(most)s files at once.", most=MOST_FILES)


def take(work: Runtime, incoming: Incoming) -> ReplyFile:
    """A file checked, cleaned and in the store, not yet of any reply; nothing may be locked. Raises Refused."""
    stream, filename = incoming
    with uploads.accept(stream, filename, work.rules.max_document_bytes) as upload:
        found = extraction.text_of(upload.file, upload.media_type, upload.filename)
        gate.require_clean({upload.filename: found}, urgent_allowed=work.rules.urgent_documents)
        upload.file.seek(0)
        stored = work.store.put(upload.file)
    return ReplyFile(name=upload.filename, media_type=upload.media_type, size=stored.size, digest=stored.digest)
