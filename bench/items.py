"""Whether publishing and reading stay quick with a million items and 25,000 readers, on SQLite and on PostgreSQL.

    python -m bench.items                  # 100,000 items
    python -m bench.items --items 1000000

A thousand items beside many more, in rounds that alternate: the ratio tells what the number of items costs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench.city import Size, fill
from bench.lines import Line, measured
from bench.pages import ratio
from portal import migrate, wiring
from portal.content import operations, queries, readers
from portal.content.gate import Declaration
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemReading, ReaderKey, ReaderSet
from portal.content.readers import Key, Scope
from portal.core import jobs
from portal.core.clock import now
from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.journals import desk as journals_desk
from portal.people.models import Person
from portal.people.roles import Role
from tests.databases import postgresql_cluster

FEW, MANY, FULL = 1_000, 100_000, 1_000_000
RATIO, PUBLISH_SECONDS = 1.2, 2.0
CITY = Size(2000, 25_000, 200)
KINDS = (ItemKind.NOTICE, ItemKind.JOURNAL_ISSUE)
CHUNK = 20_000
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)
# Who reads what, in turn: the scopes of a city. A reader of the municipal office is in every other of them.
SCOPES = (
    "all",
    "tier:city",
    "kind:department",
    "all&role:drafter",
    "unit:1",
    "tier:district",
    "district:1001",
    "unit:7",
)


def measure(items: int = MANY) -> list[Line]:
    """Ratios of feeds, then publishing, on both databases."""
    lines: list[Line] = []
    with TemporaryDirectory() as folder:
        urls = {size: f"sqlite:///{folder}/{size}.db" for size in (FEW, items)}
        lines += _measure("SQLite", urls, items)
    with postgresql_cluster() as base, ExitStack() as stack:
        names = {size: stack.enter_context(_database(base, f"items_{size}")) for size in (FEW, items)}
        lines += _measure("PostgreSQL", names, items)
    return lines


@contextmanager
def _database(base: str, name: str) -> Iterator[str]:
    from sqlalchemy import create_engine

    server = create_engine(f"{base}/postgres", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    yield f"{base}/{name}"


def _measure(database: str, urls: dict[int, str], items: int) -> list[Line]:
    with ExitStack() as stack:
        few, many = (stack.enter_context(_city(urls[size], size)) for size in (FEW, items))
        lines = [
            ratio(f"{database}: {name}, {items:,} items / {FEW:,}", _asked(few, act), _asked(many, act), RATIO)
            for name, act in ACTS
        ]
        return [*lines, measured(f"{database}: publish to 25,000 readers", lambda: _publish(many), PUBLISH_SECONDS)]


@contextmanager
def _city(url: str, items: int) -> Iterator[Runtime]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=url)
        StorageKeys.create(settings.storage_keys_file)
        migrate.upgrade(url)
        runtime = Runtime(settings)
        wiring.wire()
        jobs.offer_through(None)
        fill(runtime, CITY)
        _fill(runtime, items)
        try:
            yield runtime
        finally:
            runtime.engine.dispose()


def _fill(runtime: Runtime, items: int) -> None:
    """Published items, a minute apart, and what our reader has opened: the last forty but five."""
    at = now() - timedelta(minutes=items + 1)
    with unit_of_work(runtime.engine) as session:
        session.execute(insert(ReaderSet), [{"key": key} for key in SCOPES])
    for first in range(1, items + 1, CHUNK):
        with unit_of_work(runtime.engine) as session:
            numbers = range(first, min(first + CHUNK, items + 1))
            session.execute(insert(Item), [_item(number, at) for number in numbers])
            session.execute(insert(ReaderKey), [_key(number, at) for number in numbers])
    with unit_of_work(runtime.engine) as session:
        read = [{"item_id": n, "person_id": 2, "unit_id": 1, "read_at": now()} for n in range(1, items - 40)]
        for first in range(0, len(read), CHUNK):
            session.execute(insert(ItemReading), read[first : first + CHUNK])
    with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _item(number: int, at: datetime) -> dict[str, Any]:
    when = at + timedelta(minutes=number)
    return {
        "id": number,
        "kind": KINDS[number % 2],
        "state": "published",
        "unit_id": 1 + number % 500,
        "holder_id": 1 + number % 500,
        "author_id": 1,
        "approver_id": 2,
        "title": f"关于第{number}项工作的通知",
        "text": "请各单位按时报送。",
        "created_at": when,
        "changed_at": when,
        "published_at": when,
    }


def _key(number: int, at: datetime) -> dict[str, Any]:
    when, key = at + timedelta(minutes=number), SCOPES[number // 2 % len(SCOPES)]
    return {"item_id": number, "key": key, "excluded": False, "kind": KINDS[number % 2], "published_at": when}


def _asked(runtime: Runtime, act: Callable[[Session, Person], object]) -> Callable[[], object]:
    def call() -> None:
        with unit_of_work(runtime.engine, writes=False) as session:
            person = session.get_one(Person, 2)
            readers.keys_of(session, person)
            act(session, person)

    return call


def _publish(runtime: Runtime) -> None:
    with unit_of_work(runtime.engine) as session:
        author = session.scalars(
            select(Person).where(Person.role_rows.any(role=Role.DRAFTER), Person.unit_id != 1).limit(1)
        ).one()
        item = operations.draft(session, author, ItemKind.NOTICE, "致全体人员", "请知悉。")
        operations.set_readers(item, author, Scope((Key("all"),)))
        if queries.people_count(session, Scope.of(item)) != CITY.people:
            raise RuntimeError("not everybody is a reader")
        operations.publish(item, author, runtime.rules, DECLARED)


def _deep(session: Session, person: Person) -> object:
    """The page that begins four hundred lines down, by its place."""
    last = queries.feed(session, person, KINDS, limit=1)[0]
    assert last.published_at is not None
    return queries.feed(session, person, KINDS, before=(last.published_at - timedelta(minutes=700), last.id))


ACTS: tuple[tuple[str, Callable[[Session, Person], object]], ...] = (
    ("feed", lambda session, person: queries.feed(session, person, KINDS)),
    ("feed, further down", _deep),
    ("unread", lambda session, person: queries.feed(session, person, KINDS, unread=True)),
    ("count of unread", lambda session, person: session.scalar(select(queries.unread(person, KINDS)))),
    ("followed journals on the desk", lambda s, p: [s.execute(pile.rows).all() for pile in journals_desk.piles(p)]),
    ("one item", lambda session, person: queries.may_read(session, person, session.get_one(Item, 900))),
)


def main() -> None:
    """Run and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=MANY)
    for line in measure(parser.parse_args().items):
        over = "" if line.kept else "  over"
        print(f"{line.name:<66}{line.seconds:>9.3f}{line.cpu_seconds:>9.3f}{line.limit or 0:>7.2f} {line.kind}{over}")


if __name__ == "__main__":
    main()
