"""Promised work is never lost and never doubled, whatever stops, dies or forgets."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

from portal import scheduler
from portal.core import jobs
from portal.core.clock import frozen, now
from portal.core.db import open_session, unit_of_work
from portal.core.jobs import MAX_ATTEMPTS, REOFFER_AFTER, PendingJob, Queue, enqueue, enqueue_once
from portal.core.queueing import offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from tests.city import City
from tests.core.effects import HERE, broken, effects, good, refused, refused_silently, refused_to_nobody
from tests.redis_server import redis_server

ROOT = Path(__file__).resolve().parents[2]
GOOD = f"{HERE}.good"


@pytest.fixture
def promise(runtime: Runtime, city: City) -> Callable[[str], int]:
    """Commit a promise of one of the jobs of `effects`; gives the row's id."""

    def commit(name: str) -> int:
        with unit_of_work(runtime.engine) as session:
            enqueue(session, Queue.WORK, f"{HERE}.{name}", unit_id=city.units["office"].id)
            session.flush()
            return max(session.scalars(select(PendingJob.id)))

    return commit


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A connection to an empty Redis."""
    with redis_server() as url, Redis.from_url(url) as connection:
        yield connection


def rows(runtime: Runtime) -> list[PendingJob]:
    with open_session(runtime.engine, writes=False) as session:
        return list(session.scalars(select(PendingJob).order_by(PendingJob.id)))


def done(runtime: Runtime) -> list[str]:
    with open_session(runtime.engine, writes=False) as session:
        return effects(session)


# ---- the promise ----


def test_a_promise_is_part_of_the_act(runtime: Runtime) -> None:
    with open_session(runtime.engine) as session:
        enqueue(session, Queue.WORK, GOOD, unit_id=1)
        session.rollback()
    assert rows(runtime) == []
    with unit_of_work(runtime.engine) as session:
        enqueue(session, Queue.WORK, GOOD, unit_id=1)
    (row,) = rows(runtime)
    assert (row.queue, row.function, row.arguments, row.attempts) == (Queue.WORK, GOOD, {"unit_id": 1}, 0)


@pytest.mark.parametrize("argument", ["1", 1.0, True, None, b"1", [1]])
def test_a_job_carries_row_ids_and_nothing_else(argument: int, runtime: Runtime) -> None:
    with open_session(runtime.engine) as session, pytest.raises(TypeError, match="unit_id must be a row id"):
        enqueue(session, Queue.WORK, GOOD, unit_id=argument)
    assert rows(runtime) == []


def test_only_committed_work_is_offered(runtime: Runtime) -> None:
    offered: list[tuple[int, str, str]] = []
    jobs.offer_through(offered.extend)
    try:
        with open_session(runtime.engine) as session:
            enqueue(session, Queue.WORK, GOOD, unit_id=1)
            session.flush()
            assert offered == []
            session.rollback()
            session.commit()
            assert offered == []
            enqueue(session, Queue.WORK, GOOD, unit_id=2)
            session.commit()
            session.commit()
    finally:
        jobs.offer_through(None)
    assert offered == [(rows(runtime)[0].id, Queue.WORK, GOOD)]


def test_recurring_work_is_promised_once_at_a_time(runtime: Runtime) -> None:
    for _ in range(2):
        with unit_of_work(runtime.engine) as session:
            enqueue_once(session, Queue.WORK, GOOD)
    assert len(rows(runtime)) == 1


def test_recurring_work_that_was_given_up_is_promised_again(runtime: Runtime) -> None:
    """One hour without the device must not be the end of revocation lists."""
    with unit_of_work(runtime.engine) as session:
        enqueue_once(session, Queue.WORK, GOOD)
        session.flush()
        session.scalars(select(PendingJob)).one().given_up_at = now()
    with unit_of_work(runtime.engine) as session:
        enqueue_once(session, Queue.WORK, GOOD)
    assert [row.given_up_at for row in rows(runtime)] == [None]


# ---- the run ----


def test_effect_and_row_go_in_one_transaction(runtime: Runtime, promise: Callable[[str], int]) -> None:
    row = promise("good")
    good(row)
    good(row)  # offered twice
    assert (done(runtime), rows(runtime)) == (["good"], [])


def test_two_workers_with_the_same_row_do_it_once(runtime: Runtime, promise: Callable[[str], int]) -> None:
    row = promise("good")
    threads = [threading.Thread(target=good, args=(row,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done(runtime), rows(runtime)) == (["good"], [])


def test_a_killed_worker_loses_nothing_and_doubles_nothing(runtime: Runtime, promise: Callable[[str], int]) -> None:
    row = promise("killed_midway")
    runtime.engine.dispose()
    script = (
        "import sys; from pathlib import Path; from portal import schema; from portal.core import runtime as r;"
        "from portal.core.settings import Settings; from tests.core import effects;"
        "r.install(r.Runtime(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2])));"
        "effects.killed_midway(int(sys.argv[3]))"
    )
    url = runtime.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", script, str(runtime.settings.data_dir), url, str(row)]
    assert subprocess.run(command, cwd=ROOT, env=os.environ | {"DIE": "1"}, check=False).returncode == -9
    assert (done(runtime), [left.id for left in rows(runtime)]) == ([], [row])
    assert subprocess.run(command, cwd=ROOT, check=True).returncode == 0
    assert (done(runtime), rows(runtime)) == (["survived"], [])


def test_a_refusal_undoes_the_work_and_is_told(runtime: Runtime, promise: Callable[[str], int]) -> None:
    refused(promise("refused"))
    assert (done(runtime), rows(runtime)) == (["failure: Not today, friend."], [])


@pytest.mark.parametrize(
    ("name", "run"), [("refused_silently", refused_silently), ("refused_to_nobody", refused_to_nobody)]
)
def test_a_refusal_nobody_hears_stays_visible(
    name: str, run: Callable[[int], None], runtime: Runtime, promise: Callable[[str], int]
) -> None:
    run(promise(name))
    (row,) = rows(runtime)
    assert row.given_up_at is not None and row.last_error == "Not today."
    assert done(runtime) == []


def test_an_error_is_tried_again_later_and_later_then_given_up_visibly(
    runtime: Runtime, promise: Callable[[str], int]
) -> None:
    row, pauses = promise("broken"), []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with pytest.raises(RuntimeError, match="the secret text"):
            broken(row)
        (left,) = rows(runtime)
        assert (left.attempts, left.last_error) == (attempt, "RuntimeError")
        pauses.append(left.next_offer_at - now())
    assert pauses == sorted(pauses) and pauses[-1] > timedelta(minutes=5)
    assert left.given_up_at is not None
    assert done(runtime) == [f"failure: {jobs.GIVEN_UP}"]
    broken(row)  # given up means given up
    assert len(rows(runtime)) == 1


def test_a_job_of_another_name_leaves_the_row_alone(runtime: Runtime, promise: Callable[[str], int]) -> None:
    row = promise("good")
    refused(row)
    assert (done(runtime), [left.id for left in rows(runtime)]) == ([], [row])


# ---- Redis ----


def test_work_promised_while_redis_is_down_is_offered_when_it_is_back(
    runtime: Runtime, promise: Callable[[str], int], tmp_path: Path
) -> None:
    nowhere = Redis.from_url(f"unix://{tmp_path}/nothing.sock")
    jobs.offer_through(offer_to(nowhere))
    try:
        row = promise("good")
    finally:
        jobs.offer_through(None)
    assert [left.id for left in rows(runtime)] == [row]
    with redis_server() as url:
        back = _with_redis(runtime, url)
        scheduler.tick(back, number=1)
        assert _waiting(back) == []  # not due yet
        with frozen(now() + REOFFER_AFTER):
            scheduler.tick(back, number=1)
        assert _waiting(back) == [f"pending-{row}"]
        back.redis.close()
    good(row)
    assert done(runtime) == ["good"]


def test_a_redis_that_forgot_everything_is_told_again(
    runtime: Runtime, promise: Callable[[str], int], redis: Redis
) -> None:
    row = promise("good")
    offer_to(redis)([(row, Queue.WORK, GOOD)])
    redis.flushall()
    with unit_of_work(runtime.engine) as session, frozen(now() + REOFFER_AFTER):
        assert jobs.any_due(session)
        due = jobs.due(session)
        assert not jobs.any_due(session)
    offer_to(redis)(due)
    assert RqQueue(Queue.WORK, connection=redis, serializer=JSONSerializer).job_ids == [f"pending-{row}"]


def test_what_was_given_up_is_not_offered(runtime: Runtime, promise: Callable[[str], int]) -> None:
    refused_to_nobody(promise("refused_to_nobody"))
    with unit_of_work(runtime.engine) as session, frozen(now() + timedelta(days=1)):
        assert not jobs.any_due(session)
        assert jobs.due(session) == []


def _with_redis(runtime: Runtime, url: str) -> Runtime:
    settings = Settings(
        data_dir=runtime.settings.data_dir,
        database_url=runtime.engine.url.render_as_string(hide_password=False),
        redis_url=url,
    )
    return Runtime(settings, runtime.engine)


def _waiting(runtime: Runtime) -> list[str]:
    return RqQueue(Queue.WORK, connection=runtime.redis, serializer=JSONSerializer).job_ids


def test_work_in_hand_is_not_waited_for(runtime: Runtime, promise: Callable[[str], int]) -> None:
    """The scheduler passes by what a worker holds. On SQLite nothing can be in hand: there is one writer."""
    row, holds = promise("good"), runtime.engine.dialect.name == "postgresql"
    with frozen(now() + REOFFER_AFTER), open_session(runtime.engine, writes=holds) as worker:
        worker.scalars(select(PendingJob).with_for_update()).one()
        with unit_of_work(runtime.engine) as session:
            if holds:
                session.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert [offered for offered, _, _ in jobs.due(session)] == ([] if holds else [row])
