"""Files that come with disputes, consultations and downloads: the same checks as for attachments of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.content import extraction, gate, uploads
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.support.models import SupportFile

MOST_FILES = 10

Incoming = tuple[Readable, str]
"""A stream and the name it was given."""


@dataclass(frozen=True)
class Taken:
    """A file that is checked, cleaned and in the store."""

    name: str
    media_type: str
    size: int
    digest: str

    def attached(self) -> SupportFile:
        """The row of it, not yet of anything."""
        return SupportFile(name=self.name, media_type=self.media_type, size=self.size, digest=self.digest)


def take_in(work: Runtime, incoming: Sequence[Incoming], **texts: str) -> list[Taken]:
    """Take files in, and see that neither they nor the `texts` beside them carry a mark (GZ4).

    Raises Refused, saying what is wrong with which. Kinds are those of `uploads.accept`: programs aren't among them.
    """
    gate.require_clean(texts, urgent_allowed=work.rules.urgent_documents)
    if len(incoming) > MOST_FILES:
        raise Refused("At most %(most)s files at once.", most=MOST_FILES)
    return [_taken(work, stream, filename) for stream, filename in incoming]


def _taken(work: Runtime, stream: Readable, filename: str) -> Taken:
    with uploads.accept(stream, filename, work.rules.max_document_bytes) as upload:
        found = extraction.text_of(upload.file, upload.media_type, upload.filename)
        gate.require_clean({upload.filename: found}, urgent_allowed=work.rules.urgent_documents)
        upload.file.seek(0)
        stored = work.store.put(upload.file)
    return Taken(upload.filename, upload.media_type, stored.size, stored.digest)
