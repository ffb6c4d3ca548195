"""Conventions are about the code, not the database: SQLite will do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from tests.city import read_city
from tests.clients import app_for
from tests.conventions.house import House
from tests.databases import SqliteMaker


@pytest.fixture(scope="session")
def database_maker(sqlite_maker: SqliteMaker) -> SqliteMaker:
    """Fresh SQLite databases only."""
    return sqlite_maker


@pytest.fixture(scope="module")
def house(database_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house of this module."""
    folder = tmp_path_factory.mktemp("house")
    with database_maker.fresh(folder, with_city=True) as url:
        settings = Settings(data_dir=folder, database_url=url)
        StorageKeys.create(settings.storage_keys_file)
        runtime = Runtime(settings)
        with unit_of_work(runtime.engine, writes=False) as session:
            city = read_city(session)
        yield House(app_for(runtime), runtime, city)
        runtime.engine.dispose()
