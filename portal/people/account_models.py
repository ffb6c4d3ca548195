"""What belongs to an account beside the person: sheets of password slips, short messages, codes for mobile numbers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.people.lifecycle import MESSAGE, SLIP
from portal.people.models import Person
from portal.units.models import Unit


class PasswordSlip(Base):
    """A sheet of slips 密码信封 for one person or several: the only place where initial passwords stand (A-1)."""

    __tablename__ = "password_slip"
    __table_args__ = (
        SLIP.check_constraint(),
        CheckConstraint("state <> 'ready' OR digest IS NOT NULL", name="file"),
        Index("ix_password_slip_due", "state", "ready_at"),  # serves the look for sheets nobody fetched
        Index("ix_password_slip_asker", "asked_by_id", "id"),  # serves "my sheets"
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10), default=SLIP.start)
    digest: Mapped[str | None] = mapped_column(String(64))
    """The PDF in the sheet's own store, until it is fetched."""
    error: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    asked_by: Mapped[Person] = relationship()
    lines: Mapped[list[SlipLine]] = relationship(order_by="SlipLine.id", back_populates="slip")


class SlipLine(Base):
    """A person on a sheet. `set_at`: when the password it shows was set; a later change makes the paper worthless."""

    __tablename__ = "slip_line"
    __table_args__ = (
        UniqueConstraint("slip_id", "person_id"),
        Index(
            "uq_slip_line_open",  # one password at a time is on its way to a person
            "person_id",
            unique=True,
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slip_id: Mapped[int] = mapped_column(ForeignKey("password_slip.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    open: Mapped[bool] = mapped_column(default=True)
    set_at: Mapped[datetime | None]

    slip: Mapped[PasswordSlip] = relationship(back_populates="lines")
    person: Mapped[Person] = relationship()


class Message(Base):
    """A short message to a mobile number; its text is sealed with the storage key and goes when it has been sent."""

    __tablename__ = "message"
    __table_args__ = (
        MESSAGE.check_constraint(),
        Index("ix_message_person", "person_id", "id"),  # serves the limit on codes
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recipient: Mapped[str] = mapped_column(String(20))
    sealed: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=MESSAGE.start)
    error: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MobileCode(Base):
    """A number a person has entered and not yet confirmed, with the hash of the code sent to it (A-5)."""

    __tablename__ = "mobile_code"
    __table_args__ = (UniqueConstraint("person_id"), CheckConstraint("tries_left >= 0", name="tries"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    mobile: Mapped[str] = mapped_column(String(20))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries_left: Mapped[int]
    expires_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
