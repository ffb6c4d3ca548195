"""Cases of changes of units 变更: what was applied for, decided, surveyed and done (GZ9)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.registration.change_lifecycle import CHANGE
from portal.units.hooks import ChangeKind, Disposal
from portal.units.models import Unit


class MergeForm(StrEnum):
    """The two forms of a merge (GZ9(3))."""

    KEPT = "kept"
    NEW = "new"


KIND_LABELS = {
    ChangeKind.RENAME: N_("Renaming"),
    ChangeKind.DISSOLVE: N_("Dissolution"),
    ChangeKind.MERGE: N_("Merger"),
}
MERGE_FORM_LABELS = {
    MergeForm.KEPT: N_("One of the units keeps its name, the others dissolve into it"),
    MergeForm.NEW: N_("A new unit has registered, all old ones dissolve into it"),
}


def _among(column: str, values: type[StrEnum]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


class UnitChange(Base):
    """One case. `confirmed` are the rows of the dry run the office stands for, `result` those of what was done."""

    __tablename__ = "unit_change"
    __table_args__ = (
        CHANGE.check_constraint(),
        CheckConstraint(_among("kind", ChangeKind), name="kind"),
        CheckConstraint(f"disposal IS NULL OR {_among('disposal', Disposal)}", name="disposal"),
        CheckConstraint("(kind = 'merge') = (merge_form IS NOT NULL)", name="merge_form"),
        CheckConstraint("length(reason) > 0", name="reason"),
        # GZ9(2): nothing is done until the instruction is on record; and only what was surveyed and confirmed is done.
        CheckConstraint(
            "state <> 'done' OR (heir_id IS NOT NULL AND disposal IS NOT NULL AND confirmed_at IS NOT NULL)",
            name="done",
        ),
        Index("ix_unit_change_state", "state", "id"),  # serves the office's list of what waits
        Index("ix_unit_change_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    merge_form: Mapped[str | None] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default=CHANGE.start)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """Whose administrator applied."""
    heir_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    disposal: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(100), default="")
    short_name: Mapped[str] = mapped_column(String(40), default="")
    red_head: Mapped[str] = mapped_column(String(60), default="")
    document_code: Mapped[str] = mapped_column(String(20), default="")
    administrator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who takes over open drafts."""
    evidence_name: Mapped[str | None] = mapped_column(String(255))
    evidence_type: Mapped[str | None] = mapped_column(String(100))
    evidence_digest: Mapped[str | None] = mapped_column(String(64))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime]
    confirmed: Mapped[list[Any] | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    result: Mapped[list[Any] | None]
    done_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    heir: Mapped[Unit | None] = relationship(foreign_keys=[heir_id])
    applicant: Mapped[Person] = relationship(foreign_keys=[applicant_id])
    administrator: Mapped[Person | None] = relationship(foreign_keys=[administrator_id])
    receiver: Mapped[Person | None] = relationship(foreign_keys=[receiver_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])
    members: Mapped[list[ChangeMember]] = relationship(order_by="ChangeMember.unit_id", back_populates="change")
    agreements: Mapped[list[ChangeAgreement]] = relationship(order_by="ChangeAgreement.id", back_populates="change")

    @property
    def to_agree(self) -> list[Unit]:
        """The units whose heads must still agree: who applied, and each that changes."""
        agreed = {agreement.unit_id for agreement in self.agreements}
        concerned = {unit.id: unit for unit in (self.unit, *(member.unit for member in self.members))}
        return [unit for unit in concerned.values() if unit.id not in agreed]


class ChangeAgreement(Base):
    """The head of one of the units concerned has agreed (GZ9); the opinion is in the ledger."""

    __tablename__ = "unit_change_agreement"
    __table_args__ = (UniqueConstraint("change_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("unit_change.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    change: Mapped[UnitChange] = relationship(back_populates="agreements")
    unit: Mapped[Unit] = relationship()
    person: Mapped[Person] = relationship()


class ChangeMember(Base):
    """A unit that changes: renamed, dissolved, or going in a merge; with those of its people who stay users."""

    __tablename__ = "unit_change_member"
    __table_args__ = (
        UniqueConstraint("change_id", "unit_id"),
        Index(
            "uq_unit_change_member_open",
            "unit_id",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("unit_change.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    is_open: Mapped[bool] = mapped_column(default=True)
    """Whether the case is: one at a time for each unit."""
    staying_ids: Mapped[list[Any]] = mapped_column(default=list)
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    named_at: Mapped[datetime | None]

    change: Mapped[UnitChange] = relationship(back_populates="members")
    unit: Mapped[Unit] = relationship()
    named_by: Mapped[Person | None] = relationship()
