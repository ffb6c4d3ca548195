"""The seal server's own clock: what it does each minute, though no row asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import structlog
from rq.exceptions import StopRequested

from portal.certificates import signing
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.seals import counting, sealing

log = structlog.get_logger(__name__)

MOST_OF_THE_TIME = 50
"""What the clock does takes at most one part in so many of the seal server's time."""


@dataclass
class Beat:
    """Something the seal server does by itself, though no row asks for it."""

    name: str
    every: float
    act: Callable[[Runtime], None]
    due: float = 0.0


def _keep_statuses(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine, writes=False) as session:
        if not sealing.stale_statuses(session):
            return
    with unit_of_work(runtime.engine) as session:
        sealing.keep_statuses(session)


def _learn_refusals(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine, writes=False) as session:
        sealing.learn_refusals(runtime, session)


def _publish(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine) as session:
        signing.publish_changes(session)


def _compare(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine, writes=False) as session:
        found = counting.look(runtime, session)
    with unit_of_work(runtime.engine) as session:
        counting.enter(session, found)


def beats() -> tuple[Beat, ...]:
    """What is done each minute: learn of what ended, answer and list it, compare the use books."""
    return (
        Beat("refusals", 60, _learn_refusals),
        Beat("statuses", 60, _keep_statuses),
        Beat("lists", 60, _publish),
        Beat("use books", 60, _compare),
    )


class SealClock:
    """Whoever takes promised work out of the database doesn't stop this one."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.beats = beats()

    def tick(self) -> None:
        """Do what is due. What fails is logged and done again the next time."""
        for beat in self.beats:
            begun = monotonic()
            if begun < beat.due:
                continue
            try:
                beat.act(self.runtime)
            except StopRequested:
                raise
            except Exception as error:
                log.error("the seal server's own work failed", work=beat.name, exc_info=error)
            done = monotonic()
            beat.due = done + max(beat.every, MOST_OF_THE_TIME * (done - begun))
