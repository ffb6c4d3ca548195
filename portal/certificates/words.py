"""What people type, made fit to be kept."""

from __future__ import annotations

import re

from portal.core.errors import Invalid

# Databases take no control characters; line breaks and tabs are the exception.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def text(value: str, field: str, longest: int = 2000) -> str:
    """The text without control characters and outer spaces. Raises Invalid naming the field."""
    kept = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not kept:
        raise Invalid("This must not be empty.", field=field)
    if len(kept) > longest:
        raise Invalid("At most %(longest)s characters.", field=field, longest=longest)
    return kept


def line(value: str, field: str, longest: int) -> str:
    """The same for one line."""
    return text(" ".join(value.split()), field, longest)
