"""RQ made safe: a worker runs the functions on its allow-list and nothing else, whatever the job data name.

RQ would import and call any function, callback or webhook a job names. Here a job whose function isn't on the list,
or that has any callback or webhook at all, never runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq import SimpleWorker
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer

from portal.core.jobs import resolve

log = structlog.get_logger(__name__)

JOB_SECONDS = 300


class JobNotAllowed(Exception):
    """The job names something this worker must not run."""


class AllowedJob(Job):
    """A job that resolves names on the allow-list only; subclass per worker."""

    allowed: ClassVar[frozenset[str]] = frozenset()

    @property
    def func(self) -> Callable[..., Any]:
        """The allowed function. Raises JobNotAllowed for any other name, an instance method, a callback, a webhook."""
        name = self.func_name
        if name not in self.allowed or self.instance is not None or self._foreign():
            raise JobNotAllowed(f"{name!r} is not on this worker's list")
        return resolve(name)

    def _foreign(self) -> bool:
        names = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        return any(names) or bool(self.webhooks)

    @property
    def success_callback(self) -> None:
        """Never any."""
        return None

    @property
    def failure_callback(self) -> None:
        """Never any."""
        return None

    @property
    def stopped_callback(self) -> None:
        """Never any."""
        return None

    def restore(self, raw_data: Any) -> None:
        """Load the job, forgetting webhooks: they would be called even for a refused job."""
        super().restore(raw_data)
        if self.webhooks:
            log.warning("webhook removed from job", job=self.id)
            self.webhooks = []
            self._func_name = "refused: job named a webhook"


class ListedWorker(SimpleWorker):
    """Runs jobs in its own process, one after another, without forking; only those on its list."""

    def __init__(self, queue: str, allowed: frozenset[str], connection: Redis) -> None:
        job_class = type("ListedJob", (AllowedJob,), {"allowed": allowed})
        rq_queue = RqQueue(queue, connection=connection, job_class=job_class, serializer=JSONSerializer)
        super().__init__(
            [rq_queue],
            connection=connection,
            job_class=job_class,
            serializer=JSONSerializer,
            log_job_description=False,
        )


def offer_to(connection: Redis) -> Callable[[list[tuple[int, str, str]]], None]:
    """How committed work reaches Redis. When Redis can't be reached the rows wait for the scheduler."""

    def offer(jobs: list[tuple[int, str, str]]) -> None:
        try:
            for pending_id, queue, function in jobs:
                _put(connection, pending_id, queue, function)
        except RedisError as error:
            log.warning("queue unreachable; work waits in the database", why=type(error).__name__, jobs=len(jobs))

    return offer


def _put(connection: Redis, pending_id: int, queue: str, function: str) -> None:
    rq_queue = RqQueue(queue, connection=connection, serializer=JSONSerializer)
    try:
        rq_queue.enqueue_call(
            function,
            args=(pending_id,),
            job_id=f"pending-{pending_id}",
            unique=True,
            timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=0,
        )
    except DuplicateJobError:
        log.debug("already before its queue", pending=pending_id)
