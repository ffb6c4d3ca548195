"""What every test can ask for. Each test has its own migrated database, on SQLite or on PostgreSQL."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import wiring
from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.crypto import StorageKeys
from portal.core.db import open_session
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.people.models import Person
from tests.city import City, read_city
from tests.clients import app_for, log_in, shared_app_for
from tests.databases import PostgresqlMaker, SqliteMaker, postgresql_cluster, share_compiled

DATABASES = ("sqlite", "postgresql")
# Where the two databases differ most: what is kept, what waits for what, what is counted and found.
ON_BOTH = ("core", "ledger", "content", "isolation", "faults")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Whether each test runs on both databases."""
    parser.addoption("--both", action="store_true", help="run every test on SQLite and on PostgreSQL")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep tests that share a house on one runner; take each test to one of the two databases, unless both are asked.

    Which one is settled by the test's name, so that half of every module runs on either. Tests of the folders above,
    and of two people at once, always run on both.
    """
    for item in items:
        if item.path.parent.name == "conventions":
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    if not config.getoption("--both") and not config.option.keyword:
        spared = [item for item in items if not _is_wanted(item)]
        items[:] = [item for item in items if _is_wanted(item)]
        config.hook.pytest_deselected(items=spared)


def _is_wanted(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database_maker") if callspec else None
    if database not in DATABASES or item.path.parent.name in ON_BOTH or "at_once" in item.nodeid:
        return True
    name = item.nodeid.partition("[")[0]
    return DATABASES[zlib.crc32(name.encode()) % 2] == database


@pytest.fixture(scope="session")
def sqlite_maker(tmp_path_factory: pytest.TempPathFactory) -> SqliteMaker:
    """Makes fresh SQLite files."""
    return SqliteMaker(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_maker() -> Iterator[PostgresqlMaker]:
    """Makes fresh databases in a private PostgreSQL cluster."""
    with postgresql_cluster() as base:
        maker = PostgresqlMaker(base)
        yield maker
        maker.server.dispose()


@pytest.fixture(scope="session", params=DATABASES)
def database_maker(request: pytest.FixtureRequest) -> SqliteMaker | PostgresqlMaker:
    """Makes fresh databases of one kind; every test that asks runs on both."""
    maker: SqliteMaker | PostgresqlMaker = request.getfixturevalue(f"{request.param}_maker")
    return maker


@pytest.fixture
def runtime(
    request: pytest.FixtureRequest, database_maker: SqliteMaker | PostgresqlMaker, tmp_path: Path
) -> Iterator[Runtime]:
    """The services of one process over a fresh database and store; Guangzhou's rules; no Redis behind it."""
    with database_maker.fresh(tmp_path, with_city="city" in request.fixturenames) as url:
        settings = Settings(data_dir=tmp_path, database_url=url, demo=True)
        StorageKeys.create(settings.storage_keys_file)
        made = Runtime(settings)
        share_compiled(made.engine)
        runtimes.install(made)
        jobs.offer_through(None)
        wiring.wire()
        yield made
        made.engine.dispose()


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    """A writing session; commit it before another session or a request should see the work."""
    with open_session(runtime.engine) as opened:
        yield opened


@pytest.fixture
def city(session: Session) -> City:
    """A small city, committed: the office, two departments and a district unit, one person per role."""
    found = read_city(session)
    session.commit()  # reading in a writing session holds SQLite's lock
    return found


@pytest.fixture
def own_app() -> None:
    """Asked for by a test that changes the application for good, or counts by address."""


@pytest.fixture
def app(request: pytest.FixtureRequest, runtime: Runtime) -> Flask:
    """The web application over the test's runtime."""
    return app_for(runtime) if "own_app" in request.fixturenames else shared_app_for(runtime)


@pytest.fixture
def client_for(app: Flask, runtime: Runtime) -> Callable[[Person], FlaskClient]:
    """Give a client with a live login session of a person, second factor included."""
    return lambda person: log_in(app, runtime, person)
