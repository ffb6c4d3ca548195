"""The one log of everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.ledger.vocabulary import FILED

FILED_ONLY = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in FILED))
"""Filings are few among all events: two small indexes hold them alone; a query that says exactly this finds them."""


class LedgerEvent(Base):
    """One thing that happened. Rows are only ever added; the database refuses to change or delete them (P-2)."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_subject", "subject_kind", "subject_id", "id"),  # serves history panels
        Index("ix_event_unit", "unit_id", "id"),  # serves the auditor's list by unit
        Index("ix_event_actor", "actor_id", "id"),  # serves the auditor's list by person
        # serve the office's list of filings, whole and by unit (GZ13)
        Index("ix_event_filed", "id", sqlite_where=text(FILED_ONLY), postgresql_where=text(FILED_ONLY)),
        Index("ix_event_filed_unit", "unit_id", "id", sqlite_where=text(FILED_ONLY), postgresql_where=text(FILED_ONLY)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None]
    acting_for_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
