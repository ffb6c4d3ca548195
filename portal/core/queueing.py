"""RQ made safe: a worker runs the functions on its allow-list and nothing else, whatever the job data name.

RQ would import and call any function, callback or webhook a job names. Here a job whose function isn't on the list,
or that carries more than the id of one row (a callback, a webhook, other arguments), never runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
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
    named_webhook = False

    @property
    def func(self) -> Callable[..., Any]:
        """The allowed function. Raises JobNotAllowed for any other name, and for a job that carries anything more."""
        name = self.func_name
        if not isinstance(name, str) or name not in self.allowed:
            raise JobNotAllowed(f"{name!r} is not on this worker's list")
        if self.instance is not None or self._calls_back() or not self._names_one_row():
            raise JobNotAllowed(f"job {self.id} carries more than the id of a row")
        return resolve(name)

    def _calls_back(self) -> bool:
        names = (self._success_callback_name, self._failure_callback_name, self._stopped_callback_name)
        return any(names) or self.named_webhook

    def _names_one_row(self) -> bool:
        return len(self.args) == 1 and type(self.args[0]) is int and not self.kwargs

    @property
    def success_callback(self) -> None:
        """Never any."""
        return None

    @property
    def failure_callback(self) -> None:
        """Never any: RQ would call it even for a refused or abandoned job."""
        return None

    @property
    def stopped_callback(self) -> None:
        """Never any."""
        return None

    def restore(self, raw_data: Any) -> None:
        """Load the job without its webhooks: RQ would call them even for a refused job."""
        super().restore(raw_data)
        self.named_webhook = bool(self.webhooks)
        self.webhooks = []

    def send_webhooks(self, status: Any, *, exc_string: str | None = None) -> None:
        """Never any."""


class ListedWorker(SimpleWorker):
    """Runs jobs in its own process, one after another, without forking; only those on its list.

    queues: the first is emptied before the next is looked at.
    """

    def __init__(self, queues: Sequence[str], allowed: frozenset[str], connection: Redis) -> None:
        job_class = type("ListedJob", (AllowedJob,), {"allowed": allowed})
        rq_queues = [
            RqQueue(queue, connection=connection, job_class=job_class, serializer=JSONSerializer) for queue in queues
        ]
        super().__init__(
            rq_queues,
            connection=connection,
            job_class=job_class,
            serializer=JSONSerializer,
            log_job_description=False,
        )

    def subscribe(self) -> None:
        """Listen to no commands through Redis: processes are stopped by their signals."""

    def unsubscribe(self) -> None:
        """Nothing was listened to."""


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
    job_id = f"pending-{pending_id}"
    try:
        _enqueue(rq_queue, job_id, function, pending_id)
    except DuplicateJobError:
        if connection.lpos(rq_queue.key, job_id) is not None:
            log.debug("already before its queue", pending=pending_id)
            return
        # Some worker took it and may have been killed; RQ would notice only minutes later. If it is alive, its
        # lock on the row lets the second run find nothing to do.
        connection.delete(Job.key_for(job_id))
        with suppress(DuplicateJobError):
            _enqueue(rq_queue, job_id, function, pending_id)


def _enqueue(rq_queue: RqQueue, job_id: str, function: str, pending_id: int) -> None:
    rq_queue.enqueue_call(
        function,
        args=(pending_id,),
        job_id=job_id,
        unique=True,
        timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=0,
    )
