"""A worker runs what its list names, for one row, and nothing else, whatever stands in Redis."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue as RqQueue
from rq import Webhook
from rq.job import Callback, Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from portal.core.db import open_session, unit_of_work
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.queueing import ListedWorker, offer_to
from portal.core.runtime import Runtime
from portal.core.vitals import SignOfLife
from portal.sealserver import ALLOWED as SEAL_JOBS
from portal.sealserver import SealWorker

HERE = "tests.isolation.traps"
LAWFUL, ALSO_LAWFUL, FAILING = f"{HERE}.lawful", f"{HERE}.also_lawful", f"{HERE}.failing"
LIST = frozenset({LAWFUL, ALSO_LAWFUL, FAILING})
CALL_BACK = Callback(f"{HERE}.call_back")

pytestmark = pytest.mark.req("P-2")


class Watched(ListedWorker):
    """A worker that remembers how its jobs ended."""

    def __init__(self, connection: Redis) -> None:
        super().__init__((Queue.SEAL,), LIST, connection)
        self.ended: list[bool] = []

    def perform_job(self, job: Job, queue: RqQueue) -> bool:
        """Run one job and remember."""
        self.ended.append(super().perform_job(job, queue))
        return self.ended[-1]


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """The file that shows that something ran."""
    return tmp_path / "sprung"


@pytest.fixture
def queue(redis: Redis) -> RqQueue:
    """The seal server's queue as an intruder sees it."""
    return RqQueue(Queue.SEAL, connection=redis, serializer=JSONSerializer)


@pytest.fixture
def hits() -> Iterator[tuple[str, list[str]]]:
    """A listener's address and what called it."""
    called: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", called
        server.shutdown()
        thread.join()


def work(redis: Redis) -> list[bool]:
    """Let a worker take all there is; returns how each job ended."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    worker = Watched(redis)
    try:
        worker.work(burst=True, logging_level="CRITICAL")
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    return worker.ended


def promise(runtime: Runtime, function: str = LAWFUL) -> int:
    """A committed row for `function`."""
    with unit_of_work(runtime.engine) as session:
        enqueue(session, Queue.SEAL, function)
        session.flush()
        return session.scalars(select(func.max(PendingJob.id))).one()


def rows(runtime: Runtime) -> list[int]:
    with open_session(runtime.engine, writes=False) as session:
        return list(session.scalars(select(PendingJob.id)))


def signs(runtime: Runtime) -> list[str]:
    with open_session(runtime.engine, writes=False) as session:
        return [sign.facts["by"] for sign in session.scalars(select(SignOfLife))]


def test_a_listed_job_runs_once(runtime: Runtime, redis: Redis) -> None:
    row = promise(runtime)
    offer_to(redis)([(row, Queue.SEAL, LAWFUL)])
    assert work(redis) == [True]
    assert (rows(runtime), signs(runtime)) == ([], ["lawful"])
    assert redis.keys("rq:job:*") == []


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "subprocess.check_call",
        "builtins.exec",
        f"{HERE}.spring",
        f"{HERE}.Path.touch",
        f"{HERE}.lawful.__wrapped__",
        f"{HERE}.Snare",
        f" {LAWFUL}",
        f"{LAWFUL}\n",
        LAWFUL.upper(),
        "portal.core.queueing.resolve",
        "",
    ],
)
def test_any_other_function_never_runs(name: str, runtime: Runtime, redis: Redis, queue: RqQueue, trap: Path) -> None:
    row = promise(runtime)
    job = queue.enqueue_call("placeholder", args=(f"touch {trap}" if name == "os.system" else str(trap),))
    _rewrite(redis, job, [name, None, [str(trap)] if name != "os.system" else [f"touch {trap}"], {}])
    assert work(redis) == [False]
    assert not trap.exists()
    assert rows(runtime) == [row]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda row, trap: [LAWFUL, "text", [row], {}], id="instance"),
        pytest.param(lambda row, trap: ["format", "{0}", [row], {}], id="instance-method"),
        pytest.param(lambda row, trap: [[LAWFUL], None, [row], {}], id="list-of-names"),
        pytest.param(lambda row, trap: [LAWFUL, None, [row, trap], {}], id="more-arguments"),
        pytest.param(lambda row, trap: [LAWFUL, None, [row], {"trap": trap}], id="named-arguments"),
        pytest.param(lambda row, trap: [LAWFUL, None, [], {"pending_id": row}], id="row-by-name"),
        pytest.param(lambda row, trap: [LAWFUL, None, [str(row)], {}], id="text-for-a-row"),
        pytest.param(lambda row, trap: [LAWFUL, None, [True], {}], id="truth-for-a-row"),
        pytest.param(lambda row, trap: [LAWFUL], id="too-short"),
        pytest.param(lambda row, trap: {"func": LAWFUL}, id="no-list"),
    ],
)
def test_a_listed_name_with_anything_more_never_runs(
    data: Any, runtime: Runtime, redis: Redis, queue: RqQueue, trap: Path
) -> None:
    row = promise(runtime)
    job = queue.enqueue_call("placeholder")
    _rewrite(redis, job, data(row, str(trap)))
    assert work(redis) == [False]
    assert (rows(runtime), signs(runtime), trap.exists()) == ([row], [], False)


def _rewrite(redis: Redis, job: Job, data: Any) -> None:
    """Put `data` in the place of the job's, past all checks of the library."""
    redis.hset(job.key, "data", json.dumps(data).encode())


def test_a_listed_function_does_nothing_for_another_ones_row(runtime: Runtime, redis: Redis, queue: RqQueue) -> None:
    row = promise(runtime, ALSO_LAWFUL)
    queue.enqueue_call(LAWFUL, args=(row,))
    assert work(redis) == [True]
    assert (rows(runtime), signs(runtime)) == ([row], [])


def test_pickled_data_are_never_loaded(runtime: Runtime, redis: Redis, trap: Path) -> None:
    from tests.isolation.traps import Snare

    RqQueue(Queue.SEAL, connection=redis).enqueue_call(LAWFUL, args=(Snare(str(trap)),), meta={"x": Snare(str(trap))})
    assert work(redis) == [False]
    assert not trap.exists()


@pytest.mark.parametrize("when", ["on_success", "on_failure", "on_stopped"])
@pytest.mark.parametrize("function", [LAWFUL, FAILING, "os.getcwd"])
def test_a_callback_is_never_called_and_its_job_never_runs(
    when: str, function: str, runtime: Runtime, redis: Redis, queue: RqQueue, trap: Path
) -> None:
    row = promise(runtime, function)
    kwargs: dict[str, Any] = {when: CALL_BACK}
    queue.enqueue_call(function, args=(row,), meta={"trap": str(trap)}, **kwargs)
    assert work(redis) == [False]
    assert (rows(runtime), signs(runtime), trap.exists()) == ([row], [], False)


def test_callbacks_of_an_abandoned_job_are_never_called(
    runtime: Runtime, redis: Redis, queue: RqQueue, trap: Path
) -> None:
    row = promise(runtime)
    job = queue.enqueue_call(LAWFUL, args=(row,), meta={"trap": str(trap)}, on_failure=CALL_BACK)
    redis.delete(queue.key)
    registry = StartedJobRegistry(Queue.SEAL, connection=redis, serializer=JSONSerializer)
    redis.zadd(registry.key, {f"{job.id}:execution": 1})
    assert work(redis) == []
    assert registry.get_job_ids(cleanup=False) == []  # it was found abandoned
    assert (rows(runtime), trap.exists()) == ([row], False)


@pytest.mark.parametrize("status", ["finished", "failed"])
@pytest.mark.parametrize("function", [LAWFUL, FAILING, "os.getcwd"])
def test_a_webhook_is_never_called_and_its_job_never_runs(
    status: Any, function: str, runtime: Runtime, redis: Redis, queue: RqQueue, hits: tuple[str, list[str]]
) -> None:
    address, called = hits
    row = promise(runtime, function)
    queue.enqueue_call(function, args=(row,), webhooks=[Webhook(address, status)])
    assert work(redis) == [False]
    assert (rows(runtime), signs(runtime), called) == ([row], [], [])


def test_the_webhook_listener_would_be_called(redis: Redis, queue: RqQueue, hits: tuple[str, list[str]]) -> None:
    address, called = hits
    job = queue.enqueue_call("os.getcwd", webhooks=[Webhook(address, "finished")])
    job.send_webhooks("finished")
    assert called == ["/"]


def test_a_job_that_waits_for_another_is_checked_like_any(
    runtime: Runtime, redis: Redis, queue: RqQueue, trap: Path
) -> None:
    row = promise(runtime)
    first = queue.enqueue_call(LAWFUL, args=(row,))
    queue.enqueue_call(f"{HERE}.spring", args=(str(trap),), depends_on=first)
    assert work(redis) == [True, False]
    assert not trap.exists()


def test_a_repeated_job_does_its_row_once(runtime: Runtime, redis: Redis, queue: RqQueue) -> None:
    from rq import Repeat

    row = promise(runtime)
    queue.enqueue_call(LAWFUL, args=(row,), repeat=Repeat(times=2))
    assert work(redis) == [True, True, True]
    assert (rows(runtime), signs(runtime)) == ([], ["lawful"])


def test_work_a_dead_worker_had_taken_is_offered_again(runtime: Runtime, redis: Redis, queue: RqQueue) -> None:
    row = promise(runtime)
    offer_to(redis)([(row, Queue.SEAL, LAWFUL)])
    redis.delete(queue.key)  # taken, and the worker killed: the job's data stay in Redis for minutes
    redis.hset(Job.key_for(f"pending-{row}"), "started_at", datetime.now(UTC).isoformat())
    offer_to(redis)([(row, Queue.SEAL, LAWFUL)])
    assert work(redis) == [True]
    assert (rows(runtime), signs(runtime)) == ([], ["lawful"])


def test_waiting_work_is_before_its_queue_once(redis: Redis, queue: RqQueue) -> None:
    for _ in range(3):
        offer_to(redis)([(7, Queue.SEAL, LAWFUL)])
    assert queue.job_ids == ["pending-7"]


def test_the_seal_server_works_by_this_list() -> None:
    assert issubclass(SealWorker, ListedWorker)
    assert "fork_work_horse" not in vars(ListedWorker) and not hasattr(SealWorker, "fork_work_horse")
    modules = {name.rpartition(".")[0] for name in SEAL_JOBS}
    assert modules == {
        "portal.certificates.signing",
        "portal.seals.ca_pinning",
        "portal.seals.counting",
        "portal.seals.sealing",
    }
