"""Taking in files from outside: evidence, rules of units. Not for the seal server, which cleans nothing."""

from __future__ import annotations

from portal.content import uploads
from portal.core.errors import Invalid, Refused
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.seals.evidence import Brought

LARGEST = 10 * uploads.MEGABYTE
EVIDENCE = (uploads.PDF, uploads.PNG, uploads.JPEG)
EVIDENCE_SUFFIXES = tuple(suffix for kind in EVIDENCE for suffix in kind.suffixes)


def receive(work: Runtime, stream: Readable, filename: str, field: str = "evidence") -> Brought:
    """Judge, clean and store a file, before the database is touched. Raises Invalid naming `field`."""
    brought = _received(work, stream, filename, field)
    if brought.media_type not in {kind.media_type for kind in EVIDENCE}:
        raise Invalid("Only PDF, PNG and JPEG files can be brought.", field=field)
    return brought


def receive_pdf(work: Runtime, stream: Readable, filename: str, field: str = "file") -> Brought:
    """The same for what is read page by page. Raises Invalid naming `field`."""
    brought = _received(work, stream, filename, field)
    if brought.media_type != uploads.PDF.media_type:
        raise Invalid("Only a PDF can be uploaded here.", field=field)
    return brought


def _received(work: Runtime, stream: Readable, filename: str, field: str) -> Brought:
    try:
        with uploads.accept(stream, filename, LARGEST) as upload:
            stored = work.store.put(upload.file)
    except Refused as error:
        raise Invalid(error.message, field=field, **error.params) from error
    return Brought(upload.filename, upload.media_type, stored.size, stored.digest)
