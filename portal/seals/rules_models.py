"""A unit's own rules for its seals, and who of its custodians has read them (S-13, GZ26)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.people.models import Person
from portal.units.models import Unit


class SealRules(Base):
    """One version of a unit's rules, a PDF in the store; the newest one holds."""

    __tablename__ = "seal_rules"
    __table_args__ = (
        UniqueConstraint("unit_id", "version"),  # serves the newest version too
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    uploaded_by: Mapped[Person] = relationship()


class SealRulesReading(Base):
    """A person has read a version, once."""

    __tablename__ = "seal_rules_reading"
    __table_args__ = (UniqueConstraint("rules_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rules_id: Mapped[int] = mapped_column(ForeignKey("seal_rules.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    read_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
