"""What must be good before the portal calls itself ready."""

from __future__ import annotations

import os
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.vitals import Process, is_fresh

log = structlog.get_logger(__name__)


def _database(runtime: Runtime) -> bool:
    with unit_of_work(runtime.engine, writes=False) as session:
        return session.scalar(text("SELECT 1")) == 1


def _queue(runtime: Runtime) -> bool:
    return bool(runtime.redis.ping())


def _store(runtime: Runtime) -> bool:
    return os.access(runtime.settings.store_dir, os.R_OK | os.W_OK | os.X_OK)


def _sign(process: Process) -> Callable[[Runtime], bool]:
    def fresh(runtime: Runtime) -> bool:
        with unit_of_work(runtime.engine, writes=False) as session:
            return is_fresh(session, process)

    return fresh


CHECKS: dict[str, Callable[[Runtime], bool]] = {
    "database": _database,
    "redis": _queue,
    "store": _store,
    "worker": _sign(Process.WORKER),
    "seal-server": _sign(Process.SEAL_SERVER),
}


def run_checks(runtime: Runtime) -> dict[str, bool]:
    """Each check's result; one that can't be made counts as bad."""
    return {name: _passes(name, check, runtime) for name, check in CHECKS.items()}


def _passes(name: str, check: Callable[[Runtime], bool], runtime: Runtime) -> bool:
    try:
        return check(runtime)
    except (SQLAlchemyError, RedisError, OSError) as error:
        log.warning("health check failed", check=name, error=type(error).__name__)
        return False
