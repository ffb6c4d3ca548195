"""A certificate or a request, as people bring one: pasted text or an uploaded file."""

from __future__ import annotations

from asn1crypto import pem
from wtforms import FileField, TextAreaField

from portal.core.errors import Invalid

LARGEST_PEM = 64 * 1024


def brought(area: TextAreaField, file: FileField, label: str = "CERTIFICATE") -> str:
    """The PEM that was pasted, or the file that was uploaded; one in DER, as many programs save it, is turned to PEM.

    Raises Invalid for a file that is too large.
    """
    if not getattr(file.data, "filename", ""):
        return area.data or ""
    content = file.data.stream.read(LARGEST_PEM + 1)
    if len(content) > LARGEST_PEM:
        raise Invalid("This file is too large for a certificate or a request.", field=file.short_name)
    if content[:1] == b"\x30":  # a DER sequence; no PEM begins with it but one with the digit 0 before it
        content = pem.armor(label, content)
    return str(content.decode("ascii", "replace"))
