"""Seals 电子印章: applications, ceremonies, custody, use."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.releasing import NAMES_FILES
from portal.core.text import N_
from portal.people.models import Person
from portal.seals.lifecycle import APPLICATION, CEREMONY, SEAL
from portal.units.models import Unit


class SealClass(StrEnum):
    """Signature seal 签名印章 stamps; verification seal 验证印章 is used when printing (GZ18)."""

    SIGNATURE = "signature"
    VERIFICATION = "verification"


SEAL_CLASS_LABELS = {
    SealClass.SIGNATURE: N_("Signature seal"),
    SealClass.VERIFICATION: N_("Verification seal"),
}


class ApplicationKind(StrEnum):
    """What a unit, or the office for the device itself, may ask a ceremony to do (S-3, S-5)."""

    MAKE = "make"
    REPLACE = "replace"
    CHANGE = "change"
    CHANGE_CUSTODY = "change-custody"
    UNFREEZE = "unfreeze"
    DESTROY = "destroy"
    ROTATE_SHARES = "rotate-shares"
    RENEW_CA = "renew-ca"
    CLEAR_ORPHANS = "clear-orphans"


APPLICATION_KIND_LABELS = {
    ApplicationKind.MAKE: N_("Make seals"),
    ApplicationKind.REPLACE: N_("Replace a lost or damaged seal"),
    ApplicationKind.CHANGE: N_("Change a seal's name or face"),
    ApplicationKind.CHANGE_CUSTODY: N_("Change who keeps a seal"),
    ApplicationKind.UNFREEZE: N_("Lift a seal's suspension"),
    ApplicationKind.DESTROY: N_("Revoke and destroy seals"),
    ApplicationKind.ROTATE_SHARES: N_("Renew the device's shares"),
    ApplicationKind.RENEW_CA: N_("Renew the Seal CA's certificate"),
    ApplicationKind.CLEAR_ORPHANS: N_("Clear keys left behind"),
}
MAKING = (ApplicationKind.MAKE, ApplicationKind.REPLACE, ApplicationKind.CHANGE)
"""Kinds whose ceremony makes new seals."""
OF_THE_DEVICE = (ApplicationKind.ROTATE_SHARES, ApplicationKind.RENEW_CA, ApplicationKind.CLEAR_ORPHANS)
"""Kinds that concern the device and no unit's seal; the office itself applies."""


class Seat(StrEnum):
    """Who must be present (GZ23)."""

    SECRECY_OFFICE = "secrecy-office"
    INFORMATION_CENTRE = "information-centre"
    UNIT = "unit"


SEAT_LABELS = {
    Seat.SECRECY_OFFICE: N_("Secrecy office"),
    Seat.INFORMATION_CENTRE: N_("Information centre"),
    Seat.UNIT: N_("Unit of the seal"),
}
SHARE_SEATS = (Seat.SECRECY_OFFICE, Seat.INFORMATION_CENTRE)


class SealApplication(Base):
    """A unit's application concerning its seals (S-3). `content_hash` fixes what was approved."""

    __tablename__ = "seal_application"
    __table_args__ = (
        APPLICATION.check_constraint(),
        CheckConstraint(f"kind IN ({', '.join(repr(kind.value) for kind in ApplicationKind)})", name="kind"),
        Index("ix_seal_application_unit", "unit_id", "id"),
        Index("ix_seal_application_state", "state", "id"),  # serves the secretariat's and the leader's lists
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(16), default=ApplicationKind.MAKE)
    state: Mapped[str] = mapped_column(String(12), default=APPLICATION.start)
    reason: Mapped[str] = mapped_column(Text)
    seal_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """The seals it concerns; empty where new ones are made or the device itself is concerned."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=NAMES_FILES)
    """What only this kind says, e.g. damage or loss, the carrier's number, digests of the evidence."""
    face_text: Mapped[str] = mapped_column(String(60))
    """Ring text of the seals to be made: the unit's legal name."""
    unit_code: Mapped[str] = mapped_column(String(18))
    diameter_mm: Mapped[int]
    custodian_ids: Mapped[list[int]] = mapped_column(JSON)
    holder_ids: Mapped[list[int]] = mapped_column(JSON)
    threshold: Mapped[int] = mapped_column(default=1)
    """How many custodians must act together when stamping (S-6)."""
    content_hash: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    applicant: Mapped[Person] = relationship()
    approvals: Mapped[list[SealApproval]] = relationship(order_by="SealApproval.id")


class SealApproval(Base):
    """One approval step of an application, bound to the content it approved."""

    __tablename__ = "seal_approval"
    __table_args__ = (
        UniqueConstraint("application_id", "act"),
        CheckConstraint("length(opinion) > 0", name="opinion"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("seal_application.id"))
    act: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opinion: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whom the person stood in for (A-6)."""

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    acting_for: Mapped[Person | None] = relationship(foreign_keys=[acting_for_id])


class Ceremony(Base):
    """Three people, one approved action, a few minutes (S-5)."""

    __tablename__ = "ceremony"
    __table_args__ = (
        CEREMONY.check_constraint(),
        Index(
            "uq_ceremony_live",
            "application_id",
            unique=True,
            sqlite_where=text("state IN ('called', 'seated', 'open', 'done')"),
            postgresql_where=text("state IN ('called', 'seated', 'open', 'done')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("seal_application.id"))
    application_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=CEREMONY.start)
    called_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    called_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sequence: Mapped[int | None]
    """The number under which custody records signed here count, given by the seal server: the row's own, or a higher
    one where it remembers later ceremonies than the database knows."""
    transport_key: Mapped[str | None] = mapped_column(Text)
    """Public key (SPKI PEM) the seal server made for this ceremony; the private half never leaves its memory."""
    device: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Label, serial, model, firmware, free space of the device as the seal server sees it (S-4)."""
    wrong_shares: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None] = mapped_column(Text)
    """msgid of what went wrong last, for the room."""
    trouble_params: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What fills the msgid's names."""
    aftermath: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the device said when it was asked after a run that failed (`aftermath`); none while none did."""
    ended_at: Mapped[datetime | None]
    transcript: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    application: Mapped[SealApplication] = relationship()
    called_by: Mapped[Person] = relationship()
    seats: Mapped[list[CeremonySeat]] = relationship(order_by="CeremonySeat.id", back_populates="ceremony")
    seals: Mapped[list[UnitSeal]] = relationship(order_by="UnitSeal.id", back_populates="ceremony")
    remarks: Mapped[list[CeremonyRemark]] = relationship(order_by="CeremonyRemark.id")

    @property
    def number(self) -> int:
        """What custody records signed here count under; the row's number until the seal server gave one."""
        return self.sequence or self.id


class CeremonySeat(Base):
    """A person in the room: present while heartbeats come in. One seat a person, one person a seat."""

    __tablename__ = "ceremony_seat"
    __table_args__ = (UniqueConstraint("ceremony_id", "seat"), UniqueConstraint("ceremony_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ceremony_id: Mapped[int] = mapped_column(ForeignKey("ceremony.id"))
    seat: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    login_session_id: Mapped[int] = mapped_column(ForeignKey("login_session.id"))
    taken_at: Mapped[datetime]
    present_at: Mapped[datetime]
    share: Mapped[str | None] = mapped_column(Text)
    """The operator's share, encrypted in the browser to the ceremony's transport key; emptied when used."""

    ceremony: Mapped[Ceremony] = relationship(back_populates="seats")
    person: Mapped[Person] = relationship()


class CeremonyRemark(Base):
    """Something out of the ordinary, written down by a person in the room; part of the account."""

    __tablename__ = "ceremony_remark"
    __table_args__ = (
        CheckConstraint("length(text) > 0", name="text"),
        Index("ix_ceremony_remark_ceremony", "ceremony_id", "id"),  # serves the room and the account
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ceremony_id: Mapped[int] = mapped_column(ForeignKey("ceremony.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]

    person: Mapped[Person] = relationship()


CUSTODY_PURPOSE = "custody"
"""What a custody record says it is; the custody key signs other accounts too."""


class UnitSeal(Base):
    """A seal: its key is in the HSM under `key_label`; a row exists only together with its key's certificate."""

    __tablename__ = "seal"
    __table_args__ = (
        SEAL.check_constraint(),
        CheckConstraint("seal_class IN ('signature', 'verification')", name="seal_class"),
        CheckConstraint("threshold >= 1", name="threshold"),
        UniqueConstraint("key_label"),
        UniqueConstraint("certificate_serial"),
        Index(
            "uq_seal_live",
            "unit_id",
            "seal_class",
            unique=True,
            sqlite_where=text("state IN ('in-custody', 'suspended')"),
            postgresql_where=text("state IN ('in-custody', 'suspended')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    ceremony_id: Mapped[int] = mapped_column(ForeignKey("ceremony.id"))
    seal_class: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default=SEAL.start)
    name: Mapped[str] = mapped_column(String(60))
    diameter_mm: Mapped[int]
    face_digest: Mapped[str] = mapped_column(String(64))
    """The vector face (PDF) in the file store."""
    key_label: Mapped[str] = mapped_column(String(60))
    device_serial: Mapped[str] = mapped_column(String(40))
    signer: Mapped[str] = mapped_column(String(20))
    """Signer backend that makes its impressions, e.g. pkcs11-p256."""
    certificate: Mapped[str] = mapped_column(Text)
    certificate_serial: Mapped[str] = mapped_column(String(50))
    imported_certificate: Mapped[str | None] = mapped_column(Text)
    """Of the same key, by another authority (S-7); the next change of custody binds it in place of the present one."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    custody_record: Mapped[str] = mapped_column(Text)
    """Canonical JSON signed in a ceremony: who keeps this seal, how many must act, for which certificate (S-6)."""
    custody_signature: Mapped[str] = mapped_column(Text)
    custody_sequence: Mapped[int]
    """The ceremony that signed the record: the one that made the seal, or a later one that changed its custody."""
    threshold: Mapped[int] = mapped_column(default=1)
    """How many keepers must act together, for lists; the signed record decides."""
    made_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    """When the secrecy office took it back (GZ25)."""
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    returned_note: Mapped[str | None] = mapped_column(String(200))
    """What was handed over: carrier, its number, who brought it."""
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(String(30))
    """As in RFC 5280, e.g. key_compromise; none: its use ended."""
    destroyed_at: Mapped[datetime | None]
    uses: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int | None]
    """Uses by the seal server's own count when it last compared, and what the book held then; they must agree."""
    counted_booked: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    count_differences: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Lines that are missing, unfinished or invented, in words, for the seal's page; none when both agree."""

    unit: Mapped[Unit] = relationship()
    ceremony: Mapped[Ceremony] = relationship(back_populates="seals")
    returned_by: Mapped[Person | None] = relationship()
    keepers: Mapped[list[SealKeeper]] = relationship(order_by="SealKeeper.id", cascade="all, delete-orphan")


class CertificateStatus(Base):
    """The seal server's newest signed answer about one certificate (OCSP, K-2), served to anyone who asks."""

    __tablename__ = "certificate_status"

    serial: Mapped[str] = mapped_column(String(50), primary_key=True)
    response: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]


class SealKeeper(Base):
    """A custodian (signature seal) or holder (verification seal), for lists; the signed custody record decides."""

    __tablename__ = "seal_keeper"
    __table_args__ = (
        UniqueConstraint("seal_id", "person_id"),
        Index("ix_seal_keeper_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship()
