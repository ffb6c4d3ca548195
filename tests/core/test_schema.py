"""Migrations make exactly the tables of the models, on both databases, and can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from portal import migrate
from portal.core.db import make_engine, unit_of_work
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.schema import METADATA
from tests.city import City


def _differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, METADATA))


def _constraints(engine: Engine) -> dict[str, set[str]]:
    found = inspect(engine)
    return {
        table: {str(check["name"]) for check in found.get_check_constraints(table)} for table in found.get_table_names()
    }


def test_the_migrated_database_is_that_of_the_models(runtime: Runtime) -> None:
    assert _differences(runtime.engine) == []


def test_the_migrated_database_has_the_checks_of_the_models(runtime: Runtime, tmp_path: Path) -> None:
    migrated = _constraints(runtime.engine)
    fresh = make_engine(f"sqlite:///{tmp_path}/models.db")
    METADATA.create_all(fresh)
    models = _constraints(fresh)
    fresh.dispose()
    assert {table: migrated[table] for table in models} == models
    assert set(migrated) - set(models) == {"alembic_version"}


def test_migrations_can_be_undone_and_done_again(runtime: Runtime) -> None:
    url = runtime.engine.url.render_as_string(hide_password=False)
    runtime.engine.dispose()
    command.downgrade(migrate.configuration(url), "base")
    assert inspect(runtime.engine).get_table_names() == ["alembic_version"]
    runtime.engine.dispose()
    migrate.upgrade(url)
    migrate.upgrade(url)
    assert _differences(runtime.engine) == []


@pytest.mark.req("P-2")
def test_the_database_refuses_to_rewrite_the_ledger(runtime: Runtime, city: City) -> None:
    statements = ["UPDATE event SET kind = 'unit.changed'", "DELETE FROM event"]
    if runtime.engine.dialect.name == "postgresql":
        statements += ["TRUNCATE event", "UPDATE event SET kind = '' WHERE false"]
    for statement in statements:
        with pytest.raises(DBAPIError, match="the ledger is append-only"), unit_of_work(runtime.engine) as session:
            session.execute(text(statement))
    with unit_of_work(runtime.engine, writes=False) as session:
        kinds = session.scalars(select(LedgerEvent.kind)).all()
    assert list(kinds) == [Event.UNIT_REGISTERED] * len(city.units)
