"""What only notices, direct deliveries and circulations have."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.models import KEY_LENGTH, Item
from portal.core.db import Base
from portal.documents.models import Document
from portal.people.models import Person


class Notice(Base):
    """A notice: an item that its author publishes; `of_unit`: it speaks for the unit (OP6)."""

    __tablename__ = "notice"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    of_unit: Mapped[bool] = mapped_column(default=False)

    item: Mapped[Item] = relationship()


class NoticeReminder(Base):
    """That those who had not read an item were reminded: once a day, by its sender."""

    __tablename__ = "notice_reminder"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    unread: Mapped[int]
    """How many people had not read it then."""


class Circulation(Base):
    """What is handed from its sender to named people and units: delivered, or circulated at once or in turn (OP5)."""

    __tablename__ = "circulation"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    in_turn: Mapped[bool] = mapped_column(default=False)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    """A document of the exchange it is about; readers see its page only if they may."""

    item: Mapped[Item] = relationship()
    document: Mapped[Document | None] = relationship()


class CirculationStep(Base):
    """One hand-over: who gave it to whom, with which remark; when it reached them, and what they added.

    The rows are the trail. Each person or unit is given an item once, whoever gives it.
    """

    __tablename__ = "circulation_step"
    __table_args__ = (
        UniqueConstraint("item_id", "key"),
        CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done"),
        CheckConstraint("done_at IS NULL OR begun_at IS NOT NULL", name="begun"),
        Index("ix_circulation_step_key", "key", "done_at"),  # serves "what was circulated to me", changes of units
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    position: Mapped[int]
    """The turn; those it was passed on to have none (0) and read at once."""
    key: Mapped[str] = mapped_column(String(KEY_LENGTH))
    """`person:…` or `unit:…`, as in `portal.content.readers`."""
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    giver_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    remark: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    """From when they may read it; empty while their turn hasn't come."""
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opinion: Mapped[str] = mapped_column(Text, default="")

    item: Mapped[Item] = relationship()
    giver: Mapped[Person] = relationship(foreign_keys=[giver_id])
    giver_for: Mapped[Person | None] = relationship(foreign_keys=[giver_for_id])
    done_by: Mapped[Person | None] = relationship(foreign_keys=[done_by_id])
    done_for: Mapped[Person | None] = relationship(foreign_keys=[done_for_id])
