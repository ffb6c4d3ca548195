"""What hostile jobs of the tests name: had a worker called it, the file would be there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.vitals import Process, give_sign


def spring(path: str) -> None:
    """Leave a trace at `path`."""
    Path(path).touch()


def call_back(job: Any, *_rest: Any) -> None:
    """Leave a trace where the job's own notes say: as success, failure and stopped callback alike."""
    spring(job.meta["trap"])


class Snare:
    """Leaves a trace when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return spring, (self.path,)


@job()
def lawful(runtime: Runtime, session: Session) -> None:
    """A job on the list."""
    give_sign(session, Process.WORKER, by="lawful")


@job()
def also_lawful(runtime: Runtime, session: Session) -> None:
    """Another job on the list."""
    give_sign(session, Process.SEAL_SERVER, by="also lawful")


@job()
def failing(runtime: Runtime, session: Session) -> None:
    """A job on the list that fails."""
    raise RuntimeError("fails as it should")
