"""Authorities of other places whose seals or time stamps are recognised here (S-7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person


class TrustedFor(StrEnum):
    """What an authority's word is taken for; never both by one entry."""

    SEALS = "seals"
    TIME_STAMPS = "time-stamps"


TRUSTED_FOR_LABELS = {TrustedFor.SEALS: N_("Electronic seals"), TrustedFor.TIME_STAMPS: N_("Time stamps")}


class TrustedAuthority(Base):
    """A higher or neighbouring authority, e.g. the province's, which issues the seals of districts' governments (S-7).

    The whole chain is kept as it was imported; what is trusted is its root. Files are judged by it, and certificates
    brought in for seals made here must lead to it.
    """

    __tablename__ = "trusted_authority"
    __table_args__ = (
        CheckConstraint("trusted_for IN ('seals', 'time-stamps')", name="trusted_for"),
        CheckConstraint("length(reason) > 0", name="reason"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) "
            "AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name="withdrawn",
        ),
        CheckConstraint("NOT past_stands OR withdrawn_at IS NOT NULL", name="past_stands"),
        Index(
            "uq_trusted_authority_live",
            "fingerprint",
            "trusted_for",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    """As its root certificate says."""
    trusted_for: Mapped[str] = mapped_column(String(12))
    chain: Mapped[str] = mapped_column(Text)
    """PEM, the root first."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the root (DER), which the importer compared with what the authority told another way."""
    valid_until: Mapped[datetime]
    """When the root runs out."""
    reason: Mapped[str] = mapped_column(String(200))
    seal_policies: Mapped[str] = mapped_column(String(300), default="", server_default=text("''"))
    """Policies under which it certifies seals, as numbers with spaces between; empty: not stated."""
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str | None] = mapped_column(String(200))
    past_stands: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Withdrawn, but believed about seals used before that."""

    imported_by: Mapped[Person] = relationship(foreign_keys=[imported_by_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])
