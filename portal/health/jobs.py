"""The worker's sign of life."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.vitals import Process, give_sign


@job()
def worker_alive(runtime: Runtime, session: Session) -> None:
    """Prove that a worker takes work and commits."""
    give_sign(session, Process.WORKER)
