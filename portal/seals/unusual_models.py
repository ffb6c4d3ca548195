"""What was unusual about a use of a seal, and what was said to it (S-10)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampRequest
from portal.units.models import Unit


class Sign(StrEnum):
    """What makes a use unusual."""

    NIGHT = "night"
    HOLIDAY = "holiday"
    BURST = "burst"
    AGAIN = "again"


SIGN_LABELS = {
    Sign.NIGHT: N_("At night"),
    Sign.HOLIDAY: N_("On a day without work"),
    Sign.BURST: N_("Many in a short time"),
    Sign.AGAIN: N_("Same document stamped again"),
}


class Side(StrEnum):
    """Who looks into it: the head of the unit, and the auditor."""

    UNIT = "unit"
    AUDIT = "audit"


SIDE_LABELS = {Side.UNIT: N_("Unit head"), Side.AUDIT: N_("Auditor")}


class UnusualUse(Base):
    """One sign at one use of a seal, found when the use was entered into the book."""

    __tablename__ = "unusual_use"
    __table_args__ = (
        CheckConstraint("sign IN ('night', 'holiday', 'burst', 'again')", name="sign"),
        UniqueConstraint("request_id", "sign"),
        Index("ix_unusual_use_unit", "unit_id", "id"),  # serves the unit head's list; the auditor's goes by id
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("stamp_request.id"))
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    sign: Mapped[str] = mapped_column(String(10))
    count: Mapped[int]
    """How many stampings came together in a burst, or of one document; 1 otherwise."""
    used_at: Mapped[datetime]

    request: Mapped[StampRequest] = relationship()
    seal: Mapped[UnitSeal] = relationship()
    unit: Mapped[Unit] = relationship()
    remarks: Mapped[list[UnusualRemark]] = relationship(order_by="UnusualRemark.id")


class UnusualRemark(Base):
    """What the head of the unit, or the auditor, says to it; each side once."""

    __tablename__ = "unusual_remark"
    __table_args__ = (
        CheckConstraint("side IN ('unit', 'audit')", name="side"),
        CheckConstraint("length(remark) > 0", name="remark"),
        UniqueConstraint("use_id", "side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    use_id: Mapped[int] = mapped_column(ForeignKey("unusual_use.id"))
    side: Mapped[str] = mapped_column(String(6))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()
