"""What people type, made fit to be kept."""

from __future__ import annotations

from portal.core.errors import Invalid
from portal.core.text import storable


def text(value: str, field: str, longest: int = 2000) -> str:
    """The text without control characters and outer spaces. Raises Invalid naming the field."""
    kept = storable(value).strip()
    if not kept:
        raise Invalid("This must not be empty.", field=field)
    if len(kept) > longest:
        raise Invalid("At most %(longest)s characters.", field=field, longest=longest)
    return kept


def line(value: str, field: str, longest: int) -> str:
    """The same for one line."""
    return text(" ".join(value.split()), field, longest)
