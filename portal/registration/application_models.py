"""Applications of units to join (U-1), with the files brought for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.people.models import Person
from portal.registration.application_lifecycle import JOINING, WAITING
from portal.registration.evidence import Evidence
from portal.units.models import Tier, Unit, UnitKind

_IN_REVIEW = text("state IN ({})".format(", ".join(f"'{state}'" for state in WAITING)))


class UnitApplication(Base):
    """A unit's written application to join (GZ8). The applicant has no account, only a secret link."""

    __tablename__ = "unit_application"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("unit_id"),
        JOINING.check_constraint(),
        CheckConstraint("kind IN ({})".format(", ".join(f"'{kind}'" for kind in UnitKind)), name="kind"),
        CheckConstraint("tier IN ({})".format(", ".join(f"'{tier}'" for tier in Tier)), name="tier"),
        CheckConstraint("reason <> '' OR state NOT IN ('returned', 'refused')", name="reason"),
        CheckConstraint("unit_id IS NULL OR state = 'registered'", name="unit"),
        # Of two applications for one code only one is examined at a time.
        Index("uq_unit_application_code", "code", unique=True, sqlite_where=_IN_REVIEW, postgresql_where=_IN_REVIEW),
        Index("ix_unit_application_state", "state", "id"),  # serves the office's list
        Index("ix_unit_application_district", "district_id", "state", "id"),  # serves a district's list, and filings
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token in the applicant's link: who reads the database can't act as the applicant."""
    state: Mapped[str] = mapped_column(String(20), default=JOINING.start)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes of what is written: a form printed earlier is no longer the application."""
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(18))
    kind: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(10))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The district government above the unit, which examines the application; None: the city, so the office does."""
    document_code: Mapped[str] = mapped_column(String(20))
    red_head: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(200))
    contact_name: Mapped[str] = mapped_column(String(40))
    contact_phone: Mapped[str] = mapped_column(String(30))
    head_name: Mapped[str] = mapped_column(String(40))
    head_title: Mapped[str] = mapped_column(String(60))
    admin_name: Mapped[str] = mapped_column(String(40))
    admin_title: Mapped[str] = mapped_column(String(60))
    admin_mobile: Mapped[str] = mapped_column(String(20))
    admin_account: Mapped[str] = mapped_column(String(40))
    """The account name the first administrator wishes for; the office may give another."""
    identity_hash: Mapped[str] = mapped_column(String(64))
    """Keyed hash of the first administrator's identity number (A-2)."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it was returned or refused, last."""
    form_digest: Mapped[str | None] = mapped_column(String(64))
    """The printed form in the store, once the worker has made it."""
    form_error: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    administrator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The official who entered it for the unit, if one did."""
    entered_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    district: Mapped[Unit | None] = relationship(foreign_keys=[district_id])
    unit: Mapped[Unit | None] = relationship(foreign_keys=[unit_id])
    administrator: Mapped[Person | None] = relationship(foreign_keys=[administrator_id])
    files: Mapped[list[ApplicationFile]] = relationship(
        back_populates="application", order_by="ApplicationFile.id", cascade="all, delete-orphan"
    )

    def brought(self, kind: Evidence) -> list[ApplicationFile]:
        """The files brought as evidence of a kind."""
        return [file for file in self.files if file.evidence == kind]


class ApplicationFile(Base):
    """A file brought with an application: the scan of the form, evidence (GZ8)."""

    __tablename__ = "unit_application_file"
    __table_args__ = (
        CheckConstraint("evidence IN ({})".format(", ".join(f"'{kind}'" for kind in Evidence)), name="evidence"),
        UniqueConstraint("application_id", "evidence", "digest"),  # a double click brings a file once
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("unit_application.id"))
    evidence: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    application: Mapped[UnitApplication] = relationship(back_populates="files")
