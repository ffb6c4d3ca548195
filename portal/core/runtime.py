"""What a process works with: settings, engine, store, rules, queue. Built once per process, passed to jobs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from redis import Redis
from sqlalchemy import Engine

from portal.core.crypto import StorageKeys
from portal.core.db import make_engine
from portal.core.prepared import Prepared
from portal.core.rules import ExchangeRules, load_rules
from portal.core.settings import Settings
from portal.core.store import FileStore


@dataclass
class Runtime:
    """The services of one process, opened on first use."""

    settings: Settings
    _engine: Engine | None = field(default=None, repr=False)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        return self._engine or make_engine(self.settings.database)

    @cached_property
    def storage_keys(self) -> StorageKeys:
        """Keys of the file store and of small secrets in the database."""
        return StorageKeys.load(self.settings.storage_keys_file)

    @cached_property
    def store(self) -> FileStore:
        """The encrypted, content-addressed files."""
        return FileStore(self.settings.store_dir, self.storage_keys)

    @cached_property
    def rules(self) -> ExchangeRules:
        """The exchange rules in force (P-1)."""
        return load_rules(self.settings)

    @cached_property
    def prepared(self) -> Prepared:
        """Statements kept for those who ask them again."""
        return Prepared()

    @cached_property
    def redis(self) -> Redis:
        """The queue server; short time-outs, because the database and not the queue is the truth."""
        return Redis.from_url(self.settings.redis, socket_timeout=5, socket_connect_timeout=2)

    @cached_property
    def worker_redis(self) -> Redis:
        """A connection for waiting on a queue: no time-out while nothing comes."""
        return Redis.from_url(self.settings.redis, socket_connect_timeout=2)

    def close(self) -> None:
        """Close the database's connections, if any were opened: for commands, which end before their process may."""
        if "engine" in vars(self):
            self.engine.dispose()


_current: Runtime | None = None


def install(runtime: Runtime) -> None:
    """Make `runtime` the one of this process; jobs ask for it by `current()`."""
    global _current
    _current = runtime


@contextmanager
def installed(runtime: Runtime) -> Iterator[Runtime]:
    """Make `runtime` the one of this process for a while, as a command does that may run inside another process."""
    global _current
    before, _current = _current, runtime
    try:
        yield runtime
    finally:
        _current = before


def current() -> Runtime:
    """The runtime of this process. Raises RuntimeError before `install`."""
    if _current is None:
        raise RuntimeError("no runtime installed in this process")
    return _current
