"""Conventions are about the code, not the database: SQLite will do."""

from __future__ import annotations

import pytest

from tests.databases import SqliteMaker


@pytest.fixture(scope="session")
def database_maker(tmp_path_factory: pytest.TempPathFactory) -> SqliteMaker:
    """Fresh SQLite databases only."""
    return SqliteMaker(tmp_path_factory.mktemp("sqlite"))
