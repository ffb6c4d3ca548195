"""Certificates that a seal had before another authority's was bound to its key (S-7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base


class FormerCertificate(Base):
    """One certificate of a seal's key that stands in the seal's own row no more."""

    __tablename__ = "former_certificate"
    __table_args__ = (Index("ix_former_certificate_seal", "seal_id"),)  # serves answers, lists and verification

    serial: Mapped[str] = mapped_column(String(50), primary_key=True)
    """Hexadecimal, as in the seal's row."""
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    certificate: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]
