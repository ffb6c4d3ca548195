"""Uses of seals: stampings asked for and consented to, signed codes of copies: the lines of the use book (S-10)."""

from __future__ import annotations

from datetime import datetime
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
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.people.models import Person
from portal.seals.lifecycle import STAMP
from portal.seals.models import UnitSeal


class StampRequest(Base):
    """A request to stamp one file: seals knows its digest and a reference, never what it is. With the impression's
    figures it is also the line in the seal-use book (S-10)."""

    __tablename__ = "stamp_request"
    __table_args__ = (
        STAMP.check_constraint(),
        UniqueConstraint("reference", "digest", "attempt"),
        CheckConstraint("place >= 1", name="place"),
        CheckConstraint("place = 1 OR NOT straddling", name="straddling"),
        Index("ix_stamp_request_seal", "seal_id", "id"),  # serves the seal-use book
        Index("ix_stamp_request_sealed", "sealed_digest"),  # serves verifying: is this file one of ours?
        Index("ix_stamp_request_digest", "digest"),  # serves verifying: was this file sealed further?
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    state: Mapped[str] = mapped_column(String(10), default=STAMP.start)
    reference: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(300))
    digest: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=1)
    place: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    """Which of a joint document's issuers presses, from 1 (GB/T 9704 7.3.5.1); the file bears the seals before it."""
    straddling: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the seal goes across the pages' edges as well."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    stamped_at: Mapped[datetime | None]
    sealed_digest: Mapped[str | None] = mapped_column(String(64))
    page: Mapped[int | None]
    signer: Mapped[str | None] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)

    seal: Mapped[UnitSeal] = relationship()
    asked_by: Mapped[Person] = relationship()
    approvals: Mapped[list[StampApproval]] = relationship(order_by="StampApproval.id")


class StampApproval(Base):
    """A custodian's consent to stamp exactly this digest (S-6). The seal server compares it with the record."""

    __tablename__ = "stamp_approval"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        UniqueConstraint("nonce"),
        CheckConstraint(
            "(nonce IS NULL) = (signature IS NULL) AND (nonce IS NULL) = (credential_id IS NULL) "
            "AND (nonce IS NULL) = (authenticator_data IS NULL) AND (nonce IS NULL) = (client_data IS NULL)",
            name="answer",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("stamp_request.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    digest: Mapped[str] = mapped_column(String(64))
    factor: Mapped[str] = mapped_column(String(10))
    """Second factor used, e.g. totp; the page says that this is weaker than a hardware key."""
    at: Mapped[datetime]
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the server added to the challenge; with the hardware key's answer below (WebAuthn), for the seal server."""
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary)
    authenticator_data: Mapped[bytes | None] = mapped_column(LargeBinary)
    client_data: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)

    person: Mapped[Person] = relationship()


class CodeRequest(Base):
    """A request to sign the code of one printed copy with a unit's verification seal (S-1, X-5)."""

    __tablename__ = "code_request"
    __table_args__ = (UniqueConstraint("reference"), Index("ix_code_request_seal", "seal_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"))
    reference: Mapped[str] = mapped_column(String(60))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    asked_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)

    seal: Mapped[UnitSeal] = relationship()
    asked_by: Mapped[Person] = relationship()
