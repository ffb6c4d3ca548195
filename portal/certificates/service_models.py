"""What the certification service publishes and keeps: lists, rules, drills, files made of the data."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.certificates.models import among
from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person


class Authority(StrEnum):
    """Whose list it is: the Seal CA's, or that of the authority for people (decision 19)."""

    SEAL = "seal"
    PEOPLE = "people"


class TextKind(StrEnum):
    """What is published in versions."""

    PRACTICE = "practice"
    CONTINUITY = "continuity"


TEXT_LABELS = {
    TextKind.PRACTICE: N_("Business rules"),
    TextKind.CONTINUITY: N_("Continuity plan"),
}


class FileKind(StrEnum):
    """What the worker makes of the data."""

    REGISTER = "register"
    REPORT = "report"
    HANDOVER = "handover"


FILE_LABELS = {
    FileKind.REGISTER: N_("Register as a table"),
    FileKind.REPORT: N_("Yearly service report"),
    FileKind.HANDOVER: N_("Hand-over package"),
}


class RevocationList(Base):
    """A signed list of everything revoked or on hold; older ones are kept."""

    __tablename__ = "revocation_list"
    __table_args__ = (UniqueConstraint("authority", "number"), among("authority", Authority))

    id: Mapped[int] = mapped_column(primary_key=True)
    authority: Mapped[str] = mapped_column(String(8))
    number: Mapped[int] = mapped_column(BigInteger)
    der: Mapped[bytes] = mapped_column(LargeBinary)
    covers: Mapped[str] = mapped_column(String(64))
    """Digest of its entries: tells whether a new one is due."""
    entries: Mapped[int]
    signed_at: Mapped[datetime]
    signer_pem: Mapped[str] = mapped_column(Text)
    """The certificate of the key that signed it."""
    issuer_pem: Mapped[str] = mapped_column(Text)
    """The certificate of the authority it speaks for."""


class PublishedText(Base):
    """A version of the business rules 业务规则 or of the continuity plan; replaced ones stay readable."""

    __tablename__ = "published_text"
    __table_args__ = (
        UniqueConstraint("kind", "number"),
        among("kind", TextKind),
        CheckConstraint("length(text) > 0", name="text"),
        # 《认证办法》第二十六条: a revision never lowers the service, and its publisher answers for that.
        CheckConstraint("number = 1 OR (service_kept AND length(change) > 0)", name="service_kept"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    change: Mapped[str] = mapped_column(Text, default="")
    """What got better than in the version before."""
    service_kept: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    published_by: Mapped[Person] = relationship()


class ContinuityDrill(Base):
    """A drill of the continuity plan (《认证办法》第二十六条)."""

    __tablename__ = "continuity_drill"
    __table_args__ = (UniqueConstraint("held_on", "scenario"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    held_on: Mapped[date] = mapped_column(Date)
    scenario: Mapped[str] = mapped_column(String(120))
    participants: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)
    lessons: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    recorded_by: Mapped[Person] = relationship()


class CertificateFile(Base):
    """A file asked of the worker."""

    __tablename__ = "certificate_file"
    __table_args__ = (
        among("kind", FileKind),
        CheckConstraint("(kind = 'report') = (year IS NOT NULL)", name="year"),
        Index("ix_certificate_file_kind", "kind", "id"),  # serves the newest of each
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    year: Mapped[int | None]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)

    asked_by: Mapped[Person] = relationship()

    @property
    def waiting(self) -> bool:
        """Whether the worker is still at it."""
        return self.made_at is None and self.error is None
