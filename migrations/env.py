"""Alembic's environment: one engine, batch mode for SQLite, the metadata of all capabilities."""

from alembic import context

from portal.core.db import make_engine
from portal.schema import METADATA

engine = make_engine(context.config.attributes["url"])
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is altered by making it anew: for that moment others may refer to nothing. Looked at in the end.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            assert not broken, f"the migration left references to nothing: {broken[:5]}"
engine.dispose()
