"""Filings about heads of units: what a unit wishes, and what the office made of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.lifecycle import HEADSHIP
from portal.people.models import Person
from portal.units.models import Unit


class Wish(StrEnum):
    """What the unit asks for."""

    NAME = "name"
    END = "end"


WISH_LABELS = {Wish.NAME: N_("To be head of the unit"), Wish.END: N_("To be head no longer")}
_DECIDED = "'confirmed', 'refused'"


class HeadshipFiling(Base):
    """A unit files who is to be its head, or is so no longer; it takes effect once the office confirms it."""

    __tablename__ = "headship_filing"
    __table_args__ = (
        HEADSHIP.check_constraint(),
        CheckConstraint("wish IN ('name', 'end')", name="wish"),
        CheckConstraint("length(reason) > 0", name="reason"),
        # Two people, whatever the path: who files never confirms.
        CheckConstraint(
            f"state NOT IN ({_DECIDED}) OR (decided_by_id IS NOT NULL AND decided_by_id <> filed_by_id)",
            name="decided_by_another",
        ),
        CheckConstraint("state <> 'refused' OR length(answer) > 0", name="answer"),
        Index(
            "uq_headship_filing_open",  # one question at a time about a person
            "person_id",
            unique=True,
            sqlite_where=text("state = 'filed'"),
            postgresql_where=text("state = 'filed'"),
        ),
        Index("ix_headship_filing_unit", "unit_id", "id"),  # serves the unit's list
        Index("ix_headship_filing_state", "state", "id"),  # serves the office's list of what waits
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    wish: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=HEADSHIP.start)
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(200), default="")
    """Why the office refused."""

    unit: Mapped[Unit] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    filed_by: Mapped[Person] = relationship(foreign_keys=[filed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
