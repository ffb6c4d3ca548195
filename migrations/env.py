"""Alembic's environment: one engine, batch mode for SQLite, the metadata of all capabilities."""

from alembic import context

from portal.core.db import make_engine
from portal.schema import METADATA

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
