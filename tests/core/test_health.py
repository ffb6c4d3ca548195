"""Ready means: database, queue, store, worker and a recent signature of the HSM are good, each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from portal.core import jobs
from portal.core.clock import frozen, now
from portal.core.db import make_engine, unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.core.vitals import FRESH, Process, SignOfLife, give_sign
from portal.health.checks import CHECKS
from portal.health.jobs import worker_alive
from tests.clients import app_for
from tests.redis_server import redis_server


@pytest.fixture
def whole(runtime: Runtime) -> Iterator[Runtime]:
    """A runtime where everything is good."""
    runtime.settings.store_dir.mkdir(exist_ok=True)
    with unit_of_work(runtime.engine) as session:
        for process in Process:
            give_sign(session, process)
    with redis_server() as url:
        settings = Settings(data_dir=runtime.settings.data_dir, redis_url=url)
        made = Runtime(settings, runtime.engine)
        yield made
        made.redis.close()


def _stop_database(runtime: Runtime) -> None:
    runtime.__dict__["engine"] = make_engine(f"sqlite:///{runtime.settings.data_dir}/missing/portal.db")


def _stop_redis(runtime: Runtime) -> None:
    runtime.redis.shutdown(nosave=True)


def _lose_store(runtime: Runtime) -> None:
    runtime.settings.store_dir.rmdir()


def _silence(process: Process) -> Callable[[Runtime], None]:
    def silence(runtime: Runtime) -> None:
        with unit_of_work(runtime.engine) as session:
            session.execute(delete(SignOfLife).where(SignOfLife.name == process))

    return silence


FAILURES = {
    "database": _stop_database,
    "redis": _stop_redis,
    "store": _lose_store,
    "worker": _silence(Process.WORKER),
    "seal-server": _silence(Process.SEAL_SERVER),
}


def ask(runtime: Runtime, page: str) -> tuple[int, dict[str, object]]:
    client: FlaskClient = app_for(runtime).test_client()
    answer = client.get(f"/health/{page}")
    assert answer.json is not None
    return answer.status_code, answer.json


def test_every_check_has_its_failure_here() -> None:
    assert set(FAILURES) == set(CHECKS)


def test_all_good_is_ready(whole: Runtime) -> None:
    assert ask(whole, "ready") == (200, {"ready": True, "checks": dict.fromkeys(CHECKS, True)})


@pytest.mark.parametrize("name", FAILURES)
def test_one_bad_part_is_not_ready_but_alive(name: str, whole: Runtime) -> None:
    FAILURES[name](whole)
    status, said = ask(whole, "ready")
    assert (status, said["ready"]) == (503, False)
    assert said["checks"][name] is False  # type: ignore[index]  # JSON of the page
    assert ask(whole, "live") == (200, {"live": True})


@pytest.mark.parametrize("name", ["worker", "seal-server"])
def test_an_old_sign_of_life_is_none(name: str, whole: Runtime) -> None:
    with frozen(now() + FRESH + timedelta(seconds=1)):
        with unit_of_work(whole.engine) as session:
            for process in set(Process) - {Process(name)}:
                give_sign(session, process)
        status, said = ask(whole, "ready")
    assert (status, said["checks"]) == (503, dict.fromkeys(CHECKS, True) | {name: False})


def test_the_worker_gives_its_sign_by_a_job(runtime: Runtime, tmp_path: Path) -> None:
    with unit_of_work(runtime.engine) as session:
        jobs.enqueue_once(session, jobs.Queue.WORK, "portal.health.jobs.worker_alive")
    worker_alive(1)
    with unit_of_work(runtime.engine, writes=False) as session:
        sign = session.get_one(SignOfLife, Process.WORKER)
        assert now() - sign.at < timedelta(seconds=30)
