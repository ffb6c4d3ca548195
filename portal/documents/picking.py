"""Units to address: found by name, or addressed often. Whatever the number of units, the same few statements (X-2)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.documents.models import Document, Recipient
from portal.units import queries as units
from portal.units.models import Unit

OFFERED = 12
FOUND = 30
LOOKED_AT = 100
"""Documents looked through for the units addressed often: what was years ago says little."""


def often_addressed(session: Session, unit_id: int) -> Sequence[Unit]:
    """The units in exchange that a unit's last documents went to, most often first."""
    last = select(Document.id).where(Document.holder_id == unit_id).order_by(Document.id.desc()).limit(LOOKED_AT)
    times = func.count(Recipient.id)
    statement = select(Unit).join(Recipient, Recipient.unit_id == Unit.id)
    statement = statement.where(Recipient.document_id.in_(select(last.subquery().c.id)), Unit.left_at.is_(None))
    return session.scalars(statement.group_by(Unit.id).order_by(times.desc(), Unit.id).limit(OFFERED)).all()


def offered(session: Session, unit_id: int, chosen: int) -> list[Unit]:
    """What to show before anything is looked for: often addressed, then the first of the register."""
    often = list(often_addressed(session, unit_id))
    first = units.find(session, "", OFFERED + chosen + 1)
    return [*often, *(unit for unit in first if unit not in often)][: OFFERED + chosen + 1]


def found(session: Session, text: str) -> Sequence[Unit]:
    """Units by any of their names or codes."""
    return units.find(session, text, FOUND)
