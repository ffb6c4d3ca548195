"""The databases of the tests: a private PostgreSQL cluster and SQLite files, each test a fresh migrated copy."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, Engine, create_engine, text
from sqlalchemy.util import LRUCache

from portal import migrate
from portal.core.db import make_engine, unit_of_work
from tests.city import build_city

_serial = count(1)
STATEMENTS_KEPT = 2000


def _binaries() -> Path:
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql_cluster() -> Iterator[str]:
    """Start a private cluster, yield its base URL, stop it. PostgreSQL refuses root, so root drops to `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="gongwen-pg-"))
    user = None
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        user = "postgres"
    port = _free_port()

    def run(*command: str) -> None:
        subprocess.run(
            command,
            check=True,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    cluster, tools = str(folder / "cluster"), _binaries()
    run(f"{tools}/initdb", "-D", cluster, "-A", "trust", "-U", "test", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    run(f"{tools}/pg_ctl", "-D", cluster, "-w", "-l", f"{folder}/log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://test@127.0.0.1:{port}"
    finally:
        run(f"{tools}/pg_ctl", "-D", cluster, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


_compiled: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = {}


def share_compiled(engine: Engine) -> None:
    """Let all engines of one kind share the statements compiled: with an engine per test, each compiled its own.

    The dialect is part of a statement's key, so that they share it too; what it learns on connecting is the same.
    """
    kind = engine.dialect.name
    if kind not in _compiled:
        engine.connect().close()
        _compiled[kind] = engine.dialect, LRUCache(STATEMENTS_KEPT)
    engine.dialect, engine._compiled_cache = _compiled[kind]


def _settle(url: str) -> None:
    """Build the test city in the database at `url`, once for all tests that want it."""
    engine = make_engine(url)
    with unit_of_work(engine) as session:
        build_city(session)
    engine.dispose()


class SqliteMaker:
    """Copies one migrated file per test, empty or with the test city."""

    def __init__(self, folder: Path) -> None:
        self.templates = {False: folder / "empty.db", True: folder / "city.db"}
        migrate.upgrade(f"sqlite:///{self.templates[False]}")
        shutil.copyfile(self.templates[False], self.templates[True])
        _settle(f"sqlite:///{self.templates[True]}")

    @contextmanager
    def fresh(self, folder: Path, with_city: bool) -> Iterator[str]:
        """URL of a fresh database in `folder`."""
        target = folder / "portal.db"
        shutil.copyfile(self.templates[with_city], target)
        yield f"sqlite:///{target}"


class PostgresqlMaker:
    """Clones one migrated database per test, empty or with the test city."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.server = create_engine(f"{base}/postgres", isolation_level="AUTOCOMMIT", pool_size=1)
        self._run("CREATE DATABASE template_empty")
        migrate.upgrade(f"{base}/template_empty")
        self._run("CREATE DATABASE template_city TEMPLATE template_empty")
        _settle(f"{base}/template_city")

    def _run(self, statement: str) -> None:
        with self.server.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def fresh(self, folder: Path, with_city: bool) -> Iterator[str]:
        """URL of a fresh database."""
        name = f"portal_{next(_serial)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_{'city' if with_city else 'empty'}")
        try:
            yield f"{self.base}/{name}"
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")
