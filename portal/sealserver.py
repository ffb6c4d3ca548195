"""The seal server: the only process with the PKCS#11 module. It listens on no port, never forks, runs listed jobs."""

from __future__ import annotations

from typing import Any

from rq import Queue as RqQueue
from rq.exceptions import StopRequested
from rq.job import Job
from rq.timeouts import JobTimeoutException

from hsm.hardening import harden
from portal import wiring
from portal.core import jobs, logs
from portal.core import runtime as runtimes
from portal.core.queueing import JOB_SECONDS, ListedWorker, offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.core.workspace import sweep
from portal.sealclock import SealClock
from portal.seals import device, pressing
from portal.seals.ceremonies import require_rules

CEREMONIES = frozenset(
    {
        "portal.seals.sealing.forget_ceremony",
        "portal.seals.sealing.prepare_ceremony",
        "portal.seals.sealing.run_ceremony",
    }
)
ALLOWED = CEREMONIES | frozenset(
    {
        "portal.certificates.signing.issue",
        "portal.certificates.signing.make_request",
        "portal.certificates.signing.publish",
        "portal.seals.ca_pinning.pin",
        "portal.seals.counting.compare",
        "portal.seals.sealing.forget_request",
        "portal.seals.sealing.learn_lost_keys",
        "portal.seals.sealing.renew_statuses",
        "portal.seals.sealing.sign_code",
        "portal.seals.sealing.stamp",
        "portal.seals.sealing.test_signature",
    }
)
QUEUES = (jobs.Queue.CEREMONY, jobs.Queue.SEAL)
"""Three people in a room wait for the first; it is emptied before the stamps are gone on with."""

DEQUEUE_SECONDS = 30
"""How long an idle seal server waits before it looks at its clock again."""


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
        """Run one job, under the settings as they stand now; afterwards see whether the device is still there."""
        device.current().refresh()
        done = super().perform_job(job, queue)
        if device.current().lost:
            self._stop_requested = True
        return done


def start(settings: Settings) -> Runtime:
    """Make this process a seal server: runtime, device and hooks."""
    harden()
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
    worker: Any = SealWorker(QUEUES, ALLOWED, runtime.worker_redis)
    worker.clock = SealClock(runtime)
    worker.work(logging_level="WARNING")
