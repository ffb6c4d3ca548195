"""Jobs of the tests: each leaves a row that can be counted, then ends in its own way."""

from __future__ import annotations

import os
import signal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import PortalError, Refused
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.units.models import Unit

HERE = "tests.core.effects"


def effect(session: Session, unit_id: int, name: str) -> None:
    """An effect in the database that nothing takes back."""
    record(Event.UNIT_REGISTERED, subject=session.get_one(Unit, unit_id), unit_id=unit_id, code="effect", name=name)
    session.flush()


def effects(session: Session) -> list[str]:
    """The names of all effects, in order."""
    events = session.scalars(select(LedgerEvent).order_by(LedgerEvent.id))
    return [event.facts["name"] for event in events if event.facts.get("code") == "effect"]


def count(session: Session) -> int:
    """How many events there are."""
    return session.scalars(select(func.count(LedgerEvent.id))).one()


def note_failure(session: Session, error: PortalError, *, unit_id: int) -> None:
    """What a capability does to tell the user."""
    effect(session, unit_id, f"failure: {error}")


def fail_to_note(session: Session, error: PortalError, *, unit_id: int) -> None:
    """A capability that can't even tell the user."""
    effect(session, unit_id, "half a failure")
    raise RuntimeError("cannot tell")


@job()
def good(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Works."""
    effect(session, unit_id, "good")


@job()
def killed_midway(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Leaves its effect; its process is killed before the commit the first time (`DIE` is set)."""
    effect(session, unit_id, "survived")
    if "DIE" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)


@job(on_failure=note_failure)
def refused(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Is refused after it did half its work."""
    effect(session, unit_id, "half")
    raise Refused("Not today, %(name)s.", name="friend")


@job(on_failure=fail_to_note)
def refused_silently(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Is refused, and nobody can be told."""
    raise Refused("Not today.")


@job()
def refused_to_nobody(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Is refused, and there is nobody to tell."""
    raise Refused("Not today.")


@job(on_failure=note_failure)
def broken(runtime: Runtime, session: Session, *, unit_id: int) -> None:
    """Fails each time, with a text that must not be kept."""
    effect(session, unit_id, "half")
    raise RuntimeError("the secret text")
