"""The seal server: the only process with the PKCS#11 module. It listens on no port, never forks, runs listed jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from rq import Queue as RqQueue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.timeouts import JobTimeoutException

from portal import wiring
from portal.certificates import signing
from portal.core import jobs, logs
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.core.queueing import JOB_SECONDS, ListedWorker, offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.core.workspace import sweep
from portal.seals import counting, device, pressing, sealing
from portal.seals.ceremonies import require_rules

log = structlog.get_logger(__name__)

ALLOWED = frozenset(
    {
        "portal.certificates.signing.issue",
        "portal.certificates.signing.make_request",
        "portal.certificates.signing.publish",
        "portal.seals.counting.compare",
        "portal.seals.sealing.prepare_ceremony",
        "portal.seals.sealing.renew_statuses",
        "portal.seals.sealing.run_ceremony",
        "portal.seals.sealing.sign_code",
        "portal.seals.sealing.stamp",
        "portal.seals.sealing.test_signature",
    }
)


MOST_OF_THE_TIME = 50
"""What the clock does takes at most one part in so many of the seal server's time."""
DEQUEUE_SECONDS = 30
"""How long an idle seal server waits before it looks at its clock again."""


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


def _publish(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine) as session:
        signing.publish_changes(session)


def _compare(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine, writes=False) as session:
        found = counting.look(runtime, session)
    with unit_of_work(runtime.engine) as session:
        counting.enter(session, found)


def beats() -> tuple[Beat, ...]:
    """What is done each minute: learn of suspensions, answer and list them, compare the use books."""
    return (Beat("statuses", 60, _keep_statuses), Beat("lists", 60, _publish), Beat("use books", 60, _compare))


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


class SealWorker(ListedWorker):
    """Ends itself when the device is lost: handles are stale then, and only a new process can use it again.

    Between two jobs, and while there is none, it looks at its own clock.
    """

    clock: SealClock | None = None

    @property
    def dequeue_timeout(self) -> int:
        """How long to wait for a job."""
        return DEQUEUE_SECONDS

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Give a sign of life, before and after waiting for a job; without a queue too."""
        if self.clock is not None and pipeline is None:
            with self.death_penalty_class(JOB_SECONDS, JobTimeoutException):
                self.clock.tick()
            if device.current().lost:
                raise StopRequested
        super().heartbeat(timeout, pipeline)

    def perform_job(self, job: Job, queue: RqQueue) -> bool:
        """Run one job; afterwards see whether the device is still there."""
        done = super().perform_job(job, queue)
        if device.current().lost:
            self._stop_requested = True
        return done


def start(settings: Settings) -> Runtime:
    """Make this process a seal server: runtime, device and hooks."""
    require_rules()
    sweep(settings.data_dir)
    runtime = Runtime(settings)
    runtime.rules  # noqa: B018 - rules that are missing or zero must fail here, not in the first ceremony
    runtimes.install(runtime)
    device.install(device.Device(settings.seal_server_file, settings.softhsm_conf))
    pressing.sweep(runtime)
    _publish_custody_key(settings)
    wiring.wire()
    return runtime


def _publish_custody_key(settings: Settings) -> None:
    """Lay the custody key's public half beside the Seal CA's certificate, where an older installation lacks it.

    Only pages read it; what decides is pinned in the seal server's own settings.
    """
    if not settings.custody_key_file.exists():
        settings.custody_key_file.write_text(device.current().settings.pinned.custody_public_key_pem)


def main(settings: Settings) -> None:
    """Work until told to stop, or until the device is lost."""
    logs.configure(settings.log_format)
    runtime = start(settings)
    jobs.offer_through(offer_to(runtime.redis))
    worker: Any = SealWorker(jobs.Queue.SEAL, ALLOWED, runtime.worker_redis)
    worker.clock = SealClock(runtime)
    worker.work(logging_level="WARNING")
