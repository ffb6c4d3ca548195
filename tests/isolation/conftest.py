"""These tests are about processes, not databases: SQLite will do, over a Redis of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from portal.core.runtime import Runtime
from tests.databases import SqliteMaker
from tests.redis_server import redis_server


@pytest.fixture(scope="session")
def database_maker(sqlite_maker: SqliteMaker) -> SqliteMaker:
    """Fresh SQLite databases only."""
    return sqlite_maker


@pytest.fixture
def redis(runtime: Runtime, tmp_path: Path) -> Iterator[Redis]:
    """A connection to an empty Redis."""
    with redis_server() as url, Redis.from_url(url) as connection:
        yield connection
