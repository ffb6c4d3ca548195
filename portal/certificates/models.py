"""Certificates of seals and people: applications, the register, carriers, warnings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from portal.certificates.lifecycle import APPLICATION, CERTIFICATE
from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.seals.models import UnitSeal
from portal.units.models import Unit


class SubjectKind(StrEnum):
    """Whose certificate it is."""

    PERSON = "person"
    SEAL = "seal"


SUBJECT_LABELS = {SubjectKind.PERSON: N_("Personal certificate"), SubjectKind.SEAL: N_("Seal certificate")}


class Kind(StrEnum):
    """What is applied for (《认证办法》第二十一条（一）, 《衡水办法》第八条)."""

    ISSUE = "issue"
    RENEW = "renew"
    EXTEND = "extend"
    CHANGE = "change"
    REISSUE = "reissue"
    RECOVER = "recover"
    REVOKE = "revoke"


KIND_LABELS = {
    Kind.ISSUE: N_("First certificate"),
    Kind.RENEW: N_("Renew with a new key"),
    Kind.EXTEND: N_("Extend with the same key"),
    Kind.CHANGE: N_("Change what it says"),
    Kind.REISSUE: N_("Re-issue after a loss"),
    Kind.RECOVER: N_("Recover from hold"),
    Kind.REVOKE: N_("End the certificate"),
}


class EndedHow(StrEnum):
    """How a carrier left the hands it was in."""

    RETURNED = "returned"
    LOST = "lost"


def among(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The CHECK that a column holds one of these."""
    return CheckConstraint("{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values)), name=column)


_ONE_SUBJECT = (
    "(subject_kind = 'person' AND person_id IS NOT NULL AND seal_id IS NULL)"
    " OR (subject_kind = 'seal' AND seal_id IS NOT NULL AND person_id IS NULL)"
)
_UNDER_WAY = text("state IN ('applied', 'agreed', 'approved')")
_LIVE_PERSON = text("state IN ('valid', 'held') AND subject_kind = 'person'")
_OUT = text("ended_at IS NULL")


class Certificate(Base):
    """A line of the register. Seals' own certificates are entered from the seals, people's when issued, others' when
    imported. Never deleted: kept ten years beyond its end (《认证办法》第二十四条)."""

    __tablename__ = "certificate"
    __table_args__ = (
        CERTIFICATE.check_constraint(),
        among("subject_kind", SubjectKind),
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        CheckConstraint("state <> 'held' OR held_at IS NOT NULL", name="held"),
        CheckConstraint("state NOT IN ('revoked', 'replaced') OR revoked_at IS NOT NULL", name="revoked"),
        UniqueConstraint("fingerprint"),
        # 一人一证 (《衡水办法》第九条)
        Index(
            "uq_certificate_person", "person_id", unique=True, sqlite_where=_LIVE_PERSON, postgresql_where=_LIVE_PERSON
        ),
        Index("ix_certificate_unit", "unit_id", "id"),  # serves a unit's list
        Index("ix_certificate_seal", "seal_id", "id"),  # serves the keeping of the register
        Index("ix_certificate_ends", "state", "valid_until"),  # serves the warnings
        Index("ix_certificate_serial", "serial"),  # serves the public question
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("seal.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(120))
    """Common name: of the seal or the person."""
    issuer: Mapped[str] = mapped_column(String(200))
    external: Mapped[bool]
    """Issued by another authority (S-7)."""
    serial: Mapped[str] = mapped_column(String(50))
    fingerprint: Mapped[str] = mapped_column(String(64))
    pem: Mapped[str] = mapped_column(Text)
    chain: Mapped[str] = mapped_column(Text, default="")
    """Certificates of its issuers up to the root, PEM."""
    state: Mapped[str] = mapped_column(String(10), default=CERTIFICATE.start)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    entered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """Of its state: an older answer about it is signed anew."""
    held_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(30))
    """As in RFC 5280."""
    reported_at: Mapped[datetime | None]
    """When its loss or compromise was reported (《认证办法》第三十一条)."""
    application_id: Mapped[int | None] = mapped_column(ForeignKey("certificate_application.id"))

    person: Mapped[Person | None] = relationship()
    seal: Mapped[UnitSeal | None] = relationship()
    unit: Mapped[Unit] = relationship()
    carriers: Mapped[list[Carrier]] = relationship(
        order_by="Carrier.id", back_populates="certificate", passive_deletes="all"
    )


class CertificateApplication(Base):
    """Something applied for, decided by the unit's head and the office, then carried out."""

    __tablename__ = "certificate_application"
    __table_args__ = (
        APPLICATION.check_constraint(),
        among("subject_kind", SubjectKind),
        among("kind", Kind),
        CheckConstraint(_ONE_SUBJECT, name="one_subject"),
        CheckConstraint("length(reason) > 0", name="reason"),
        Index(
            "uq_certificate_application_person", "person_id", unique=True,
            sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY,
        ),
        Index(
            "uq_certificate_application_seal", "seal_id", unique=True,
            sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY,
        ),
        Index("ix_certificate_application_state", "state", "id"),  # serves what waits for the office
        Index("ix_certificate_application_unit", "unit_id", "id"),  # serves a unit's list
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    subject_kind: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("seal.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10), default=APPLICATION.start)
    reason: Mapped[str] = mapped_column(Text)
    csr: Mapped[str | None] = mapped_column(Text)
    """The request (PKCS #10, PEM): brought by the person, or made by the seal server for a seal."""
    applied_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    seal: Mapped[UnitSeal | None] = relationship()
    unit: Mapped[Unit] = relationship()
    applicant: Mapped[Person] = relationship(foreign_keys=[applicant_id])
    decisions: Mapped[list[CertificateDecision]] = relationship(
        order_by="CertificateDecision.id", passive_deletes="all"
    )

    @property
    def subject_name(self) -> str:
        """Of the person or the seal."""
        owner = self.person or self.seal
        return owner.name if owner else ""


class CertificateDecision(Base):
    """One decision on an application, with its reason."""

    __tablename__ = "certificate_decision"
    __table_args__ = (
        UniqueConstraint("application_id", "act"),
        UniqueConstraint("application_id", "person_id"),  # no two steps by one person
        CheckConstraint("length(opinion) > 0", name="opinion"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("certificate_application.id"))
    act: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opinion: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


class Carrier(Base):
    """A numbered carrier (密钥盘, U-key) in somebody's hands; handed back when certificate or post ends (HS8)."""

    __tablename__ = "certificate_carrier"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended"),
        CheckConstraint("ended_how IS NULL OR ended_how IN ('returned', 'lost')", name="ended_how"),
        Index("uq_certificate_carrier_number", "number", unique=True, sqlite_where=_OUT, postgresql_where=_OUT),
        Index("ix_certificate_carrier_certificate", "certificate_id", "id"),  # serves the page of a certificate
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    handed_out_at: Mapped[datetime]
    handed_out_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None] = mapped_column(String(10))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    certificate: Mapped[Certificate] = relationship(back_populates="carriers")
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class ExpiryWarning(Base):
    """A warning given once: so many days before the end."""

    __tablename__ = "certificate_warning"
    __table_args__ = (UniqueConstraint("certificate_id", "days"), CheckConstraint("days IN (90, 30, 7)", name="days"))

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"))
    days: Mapped[int]
    at: Mapped[datetime]


@event.listens_for(Certificate, "before_delete")
@event.listens_for(CertificateApplication, "before_delete")
def _keep(_mapper: Mapper[Certificate], _connection: Connection, row: object) -> None:
    # Nothing in this program deletes them; whoever writes such a thing later stops here (《认证办法》第二十四条).
    raise RuntimeError(f"{type(row).__name__} is kept ten years beyond its end and isn't deleted")
