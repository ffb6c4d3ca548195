"""The register of carriers, and reports of losses (S-8)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.seals.carrier_lifecycle import CARRIER
from portal.seals.models import UnitSeal


class Condition(StrEnum):
    """How a carrier came back."""

    WHOLE = "whole"
    DAMAGED = "damaged"


CONDITION_LABELS = {Condition.WHOLE: N_("Whole"), Condition.DAMAGED: N_("Damaged")}


class SealCarrier(Base):
    """A carrier of a seal: which one, in whose hands since when, and what became of it (GZ24, GZ25)."""

    __tablename__ = "seal_carrier"
    __table_args__ = (
        CARRIER.check_constraint(),
        CheckConstraint("condition IN ('whole', 'damaged')", name="condition"),
        UniqueConstraint("number"),
        Index("ix_seal_carrier_seal", "seal_id", "id"),  # serves the page of a seal
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12), default=CARRIER.start)
    holder_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    handed_out_at: Mapped[datetime]
    handed_out_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    handed_in_at: Mapped[datetime | None]
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    condition: Mapped[str | None] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(String(200), default="")

    seal: Mapped[UnitSeal] = relationship()
    holder: Mapped[Person] = relationship(foreign_keys=[holder_id])
    received_by: Mapped[Person | None] = relationship(foreign_keys=[received_by_id])


class SealLoss(Base):
    """A report of loss: it suspended the seal, and its words stand in the application to replace it (GZ25)."""

    __tablename__ = "seal_loss"
    __table_args__ = (
        CheckConstraint("length(circumstances) > 0", name="circumstances"),
        Index("ix_seal_loss_seal", "seal_id", "id"),  # serves the page of a seal and the prefilled application
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    reported_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reported_at: Mapped[datetime]
    circumstances: Mapped[str] = mapped_column(Text)
    carrier_number: Mapped[str] = mapped_column(String(40), default="")

    seal: Mapped[UnitSeal] = relationship()
    reported_by: Mapped[Person] = relationship()
