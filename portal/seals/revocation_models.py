"""The revocation lists that ceremonies signed, kept for whoever publishes them (K-2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.text import N_


class Reason(StrEnum):
    """Why a seal's certificate is revoked, in the terms of RFC 5280 5.3.1."""

    KEY_COMPROMISE = "key-compromise"
    CESSATION = "cessation"
    SUPERSEDED = "superseded"
    AFFILIATION_CHANGED = "affiliation-changed"


REASON_LABELS = {
    Reason.KEY_COMPROMISE: N_("Lost, or in strange hands"),
    Reason.CESSATION: N_("No longer needed"),
    Reason.SUPERSEDED: N_("Replaced by a new one"),
    Reason.AFFILIATION_CHANGED: N_("Name or body changed"),
}


class CeremonyList(Base):
    """One list as it was signed. The one with the highest number is in force."""

    __tablename__ = "ceremony_list"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Greater than that of every list before (RFC 5280 5.2.3)."""
    ceremony_id: Mapped[int] = mapped_column(ForeignKey("ceremony.id"))
    pem: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]
