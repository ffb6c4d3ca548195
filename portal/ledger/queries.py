"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.ledger.models import LedgerEvent


def history(session: Session, subject_kind: str, subject_id: int) -> Sequence[LedgerEvent]:
    """All events of one thing, oldest first."""
    return session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.subject_kind == subject_kind, LedgerEvent.subject_id == subject_id)
        .order_by(LedgerEvent.id)
    ).all()
