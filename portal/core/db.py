"""The database: base class, types, engines and the unit of work. SQLite (WAL) and PostgreSQL alike.

Nothing below the edge commits. The edge (a request, a job, a command) opens one `unit_of_work` and commits once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Engine, MetaData, ScalarSelect, Select, create_engine, event, func, select
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, object_session
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp with time zone, always UTC in Python; naive values are refused (architecture §9)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Normalise to UTC on the way in."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: use portal.core.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; what is stored is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base of all tables; constraint names follow one convention so migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


def same_as(column: str) -> Callable[[Any], Any]:
    """A column default: what another column of the new row holds."""
    return lambda context: context.get_current_parameters()[column]


def at_most(limit: int, rows: Select[Any]) -> ScalarSelect[int]:
    """How many rows there are, counted no further than `limit`: nobody reads more, and counting all costs."""
    return select(func.count()).select_from(rows.limit(limit).subquery()).scalar_subquery()


def make_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets WAL, foreign keys and explicit transactions."""
    # Errors end up in logs: the values of a statement (hashes, seeds, texts) don't belong there.
    if not url.startswith("sqlite"):
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=10)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the write lock at once: a later upgrade from a read snapshot would fail
    # under two people at once, and this way SELECT … FOR UPDATE (ignored by SQLite) isn't missed.
    writing = connection.get_execution_options().get("gongwen_writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def is_unique_violation(error: IntegrityError) -> bool:
    """Whether a row was refused because there is one like it already, rather than for any other broken rule."""
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(error.orig)


def open_session(engine: Engine, *, writes: bool = True) -> Session:
    """A session on `engine`; `writes=False` promises that nothing will be changed."""
    return Session(engine.execution_options(gongwen_writes=writes), expire_on_commit=False)


@contextmanager
def unit_of_work(engine: Engine, *, writes: bool = True) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises."""
    with open_session(engine, writes=writes) as session:
        yield session
        if writes:
            session.commit()


def session_of(thing: object) -> Session:
    """The session `thing` is attached to. Raises RuntimeError when it is in none."""
    session = object_session(thing)
    if session is None:
        raise RuntimeError(f"{type(thing).__name__} is not attached to a session")
    return session
