"""What somebody says beside an item: opinions, remarks, reasons, replies, comments. The content gate reads it too."""

from __future__ import annotations

from portal.content import gate
from portal.core.errors import Invalid
from portal.core.runtime import current
from portal.core.text import storable

WHERE = "所写内容"
"""What the gate calls it in its answer."""


def said(text: str, field: str, longest: int, *, needed: bool = True, urgent_allowed: bool | None = None) -> str:
    """The words as they are kept. Raises Invalid, naming the field, for too many, none, or a mark (GZ4, M-11).

    `urgent_allowed`: the city's rule unless the capability has its own.
    """
    text = storable(text).strip()
    if len(text) > longest:
        raise Invalid("At most %(longest)s characters.", field=field, longest=longest)
    if needed and not text:
        raise Invalid("Write 1 to %(longest)s characters.", field=field, longest=longest)
    urgent = current().rules.urgent_documents if urgent_allowed is None else urgent_allowed
    for finding in gate.scan({WHERE: text}, urgent_allowed=urgent):
        raise Invalid(finding.message, field=field, **finding.params)
    return text
