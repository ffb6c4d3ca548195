"""Hardware keys 密钥盘 (A-9), their challenges, and dedicated computers 专机 (A-11)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.units.models import Unit


class KeyEnd(StrEnum):
    """Why a key is worth nothing any more."""

    LOST = "lost"
    REVOKED = "revoked"
    COUNT = "count"


KEY_END_LABELS: dict[KeyEnd, str] = {
    KeyEnd.LOST: N_("reported lost"),
    KeyEnd.REVOKED: N_("revoked by an administrator"),
    KeyEnd.COUNT: N_("revoked: it may have been copied"),
}


class ComputerKind(StrEnum):
    """How a dedicated computer is known."""

    ADDRESS = "address"
    CERTIFICATE = "certificate"


COMPUTER_KIND_LABELS: dict[ComputerKind, str] = {
    ComputerKind.ADDRESS: N_("Network address"),
    ComputerKind.CERTIFICATE: N_("Client certificate"),
}


def _one_of(column: str, values: type[StrEnum]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


class SecurityKey(Base):
    """A hardware key of one person; we keep its public half."""

    __tablename__ = "security_key"
    __table_args__ = (
        UniqueConstraint("credential_id"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_why IS NULL)", name="revoked"),
        CheckConstraint(_one_of("revoked_why", KeyEnd), name="revoked_why"),
        Index("ix_security_key_person", "person_id", "id"),  # serves log-in and the person's own page
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """COSE."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """The key's own counter: one that goes back betrays a copy. Keys without one always say 0."""
    name: Mapped[str] = mapped_column(String(40))
    transports: Mapped[str] = mapped_column(String(80), default="")
    registered_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str | None] = mapped_column(String(20))

    person: Mapped[Person] = relationship(lazy="joined")


class KeyChallenge(Base):
    """What a key must sign next, for one purpose in one login session; taken away when it is answered."""

    __tablename__ = "key_challenge"
    __table_args__ = (UniqueConstraint("login_session_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login_session_id: Mapped[int] = mapped_column(ForeignKey("login_session.id"))
    purpose: Mapped[str] = mapped_column(String(100))
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class Computer(Base):
    """A computer from which a unit uses its seals and exchanges documents (EE7, LYS3)."""

    __tablename__ = "computer"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ComputerKind), name="kind"),
        Index(
            "uq_computer_live",  # serves the check at each bound act as well
            "unit_id",
            "kind",
            "value",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(64))
    """A network such as 10.1.2.3/32, or the SHA-256 of the certificate in hex."""
    place: Mapped[str] = mapped_column(String(60), default="")
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    registered_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(lazy="joined")
    registered_by: Mapped[Person] = relationship(lazy="joined")
