"""A ceremony whose shares are given and whose work the seal server hasn't begun: how long already, and behind what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.jobs import PendingJob, Queue
from portal.seals import queries
from portal.seals.ceremonies import RUN_JOB
from portal.seals.lifecycle import CeremonyState
from portal.seals.models import Ceremony

PATIENCE = timedelta(seconds=30)
"""So long nobody wonders."""


@dataclass(frozen=True)
class Wait:
    """seconds: since the second share came in, 0 where that isn't known; ahead: work for ceremonies before it."""

    seconds: int
    ahead: int


def wait_of(ceremony: Ceremony) -> Wait | None:
    """How it waits; None unless it is open, has waited for long, and nobody works on it."""
    if ceremony.state != CeremonyState.OPEN:
        return None
    waiting = _waiting(session_of(ceremony))
    place = next((place for place, one in enumerate(waiting) if _is_of(one, ceremony)), None)
    since = now() - waiting[place].created_at if place is not None else timedelta()
    if (place is not None and since < PATIENCE) or queries.is_worked_on(ceremony):
        return None
    return Wait(int(since.total_seconds()), place or 0)


def _waiting(session: Session) -> list[PendingJob]:
    """What the seal servers have to do for ceremonies, in their order: a few rows at most."""
    of_ceremonies = select(PendingJob).where(PendingJob.queue == Queue.CEREMONY, PendingJob.given_up_at.is_(None))
    return list(session.scalars(of_ceremonies.order_by(PendingJob.id)))


def _is_of(job: PendingJob, ceremony: Ceremony) -> bool:
    return job.function == RUN_JOB and job.arguments.get("ceremony_id") == ceremony.id
