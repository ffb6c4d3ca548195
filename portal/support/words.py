"""What people type, made fit to be kept; and the row every act begins with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.db import session_of
from portal.core.errors import Invalid
from portal.core.text import storable
from portal.units.models import Unit

LONGEST_TEXT = 10_000


def text(value: str, field: str, *, longest: int = LONGEST_TEXT, required: bool = True) -> str:
    """The text without control characters and outer spaces. Raises Invalid naming the field."""
    kept = storable(value).strip()
    if required and not kept:
        raise Invalid("This must not be empty.", field=field)
    if len(kept) > longest:
        raise Invalid("At most %(longest)s characters.", field=field, longest=longest)
    return kept


def line(value: str, field: str, *, longest: int) -> str:
    """The same for one line."""
    return text(" ".join(value.split()), field, longest=longest)


def one_at_a_time(session: Session, unit: Unit) -> None:
    """Of two new things entered for one unit at once the second waits here, and then finds the first one's."""
    session.refresh(unit, with_for_update={"key_share": True, "of": Unit})


def lock(thing: object) -> Session:
    """Read the row anew and keep it until the transaction ends; every act on it begins with that."""
    session = session_of(thing)
    session.flush()
    session.refresh(thing, with_for_update={"of": type(thing)})
    return session
