"""What a worker puts on paper or into a table about seals, for one person (S-3, S-10, S-12)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.seals.models import SealApplication, UnitSeal


class Paper(StrEnum):
    """What it is."""

    FORM = "form"
    USES = "uses"
    REGISTER = "register"


PAPER_LABELS = {
    Paper.FORM: N_("Application form"),
    Paper.USES: N_("Seal-use book"),
    Paper.REGISTER: N_("Register of seals"),
}


class Format(StrEnum):
    """The kind of file."""

    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"


class SealPaper(Base):
    """A file about seals, made by a worker for who asked for it."""

    __tablename__ = "seal_paper"
    __table_args__ = (
        CheckConstraint("what IN ('form', 'uses', 'register')", name="what"),
        CheckConstraint("format IN ('pdf', 'csv', 'xlsx')", name="format"),
        CheckConstraint("(what = 'form') = (application_id IS NOT NULL)", name="application"),
        CheckConstraint("(what = 'uses') = (seal_id IS NOT NULL)", name="seal"),
        Index("ix_seal_paper_asked_by", "asked_by_id", "id"),  # serves the look for one asked for just now
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(10))
    format: Mapped[str] = mapped_column(String(4))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("seal_application.id"))
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("seal.id"))
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The filters of the list it is made from."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)

    application: Mapped[SealApplication | None] = relationship()
    seal: Mapped[UnitSeal | None] = relationship()
