"""Signs of life: the last time each process proved that it works. The health page and the scheduler read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.clock import now
from portal.core.db import Base

FRESH = timedelta(seconds=60)


class Process(StrEnum):
    """Who gives signs of life."""

    WORKER = "worker"
    SEAL_SERVER = "seal-server"


class SignOfLife(Base):
    """The newest sign of one kind of process; the seal server's is a test signature by the HSM."""

    __tablename__ = "sign_of_life"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


def give_sign(session: Session, process: Process, **facts: object) -> None:
    """Note that `process` works now."""
    session.merge(SignOfLife(name=process, at=now(), facts=facts))


def is_fresh(session: Session, process: Process) -> bool:
    """Whether `process` gave a sign within the last minute."""
    sign = session.get(SignOfLife, process)
    return sign is not None and now() - sign.at <= FRESH
