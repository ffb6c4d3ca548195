"""Whether publishing and reading stay quick with a million items and 25,000 readers, on SQLite and on PostgreSQL.

    python -m bench.items                  # 200,000 items
    python -m bench.items --items 1000000

Twenty thousand items beside many more, in rounds that alternate: the ratio tells what the number of items costs. In the
small city whatever looks through so many lines finds as many. One reader has opened three hundred, one everything;
every report has run out; half of the entries of work status stand in one column, all disclosed items in one category.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from bench.city import Size, fill
from bench.lines import Line, measured
from bench.pages import ratio
from portal import migrate, wiring
from portal.content import feeds, operations, queries, readers
from portal.content.gate import Declaration
from portal.content.kinds import ItemKind
from portal.content.models import Item, ReaderSet
from portal.content.readers import Key, Scope
from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.disclosure import queries as disclosure
from portal.disclosure import shelves
from portal.disclosure.models import DisclosureCategory
from portal.journals import desk as journals_desk
from portal.notices import queries as notices
from portal.people.models import Person
from portal.people.roles import Role
from portal.workstatus import queries as workstatus
from portal.workstatus.models import WorkColumn
from tests.databases import postgresql_cluster

FEW, MANY = 20_000, 200_000
RATIO, PUBLISH_SECONDS = 1.2, 2.0
CITY = Size(2000, 25_000, 200)
KINDS = (ItemKind.NOTICE, ItemKind.JOURNAL_ISSUE)
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


def measure(share: float = 1.0) -> list[Line]:
    """Ratios of feeds, then publishing, on both databases."""
    return list(_lines(max(2 * FEW, round(MANY * share))))


def _lines(items: int) -> Iterator[Line]:
    with TemporaryDirectory() as folder:
        urls = {size: f"sqlite:///{folder}/{size}.db" for size in (FEW, items)}
        yield from _measure("SQLite", urls, items)
    with postgresql_cluster() as base, ExitStack() as stack:
        names = {size: stack.enter_context(_database(base, f"items_{size}")) for size in (FEW, items)}
        yield from _measure("PostgreSQL", names, items)


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
    """Published items, a minute apart; our reader has opened three hundred before the last forty, another all."""
    sqlite = runtime.engine.dialect.name == "sqlite"
    begin = (now() - timedelta(minutes=items + 1)).replace(microsecond=0)
    values: dict[str, Any] = {"items": items, "read": items - 40, "begin": begin}
    if sqlite:
        values["begin"] = f"{begin:%Y-%m-%d %H:%M:%S}"
    numbers = NUMBERS.format(at=AT[runtime.engine.dialect.name])
    with unit_of_work(runtime.engine) as session:
        session.execute(insert(ReaderSet), [{"key": key} for key in SCOPES])
        session.add(DisclosureCategory(id=1, code="01", name="财政信息", shown=items // 5))
        session.add_all(WorkColumn(id=900 + place, name=f"栏目{place}", created_at=begin) for place in range(2))
        session.flush()
        for statement in (ITEMS, KEYS, READINGS, ALL_READ, ENTRIES, DISCLOSED, *SHELVES):
            session.execute(text(statement.format(numbers=numbers)), values)
        feeds.take_out(session, most=items)
        if not sqlite:
            session.execute(text("SELECT setval(pg_get_serial_sequence('item', 'id'), :items)"), values)
    with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


# The numbers from one on with a moment each; made in the database, for a million rows take long on their way.
NUMBERS = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :items)
    SELECT i, {at} AS t, CASE i % 5 WHEN 0 THEN 'notice' WHEN 1 THEN 'journal-issue' WHEN 2 THEN 'report'
        WHEN 3 THEN 'work-status' ELSE 'disclosure' END AS kind FROM n"""
AT = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', :begin, '+' || i || ' minutes') || '.000000'",
    "postgresql": "CAST(:begin AS timestamptz) + i * interval '1 minute'",
}
ITEMS = """
    INSERT INTO item (id, kind, state, unit_id, holder_id, author_id, approver_id, position, title, text, urgency,
        pinned, version, note, created_at, changed_at, published_at, expires_at)
    SELECT i, kind, 'published', 1 + i % 500, 1 + i % 500, 1, 2, 0, '关于第' || i || '项工作的通知', '请按时报送。', '',
        i = 40, 1, '', t, t, t, CASE kind WHEN 'report' THEN t END FROM ({numbers}) AS made"""
KEYS = (
    "INSERT INTO item_reader_key (item_id, key, excluded, kind, published_at, expires_at, pinned) "
    "SELECT i, CASE (i / 5) % 8 "
    + " ".join(f"WHEN {place} THEN '{key}'" for place, key in enumerate(SCOPES))
    + " END, false, kind, t, CASE kind WHEN 'report' THEN t END, i = 40 FROM ({numbers}) AS made"
)
READINGS = """
    INSERT INTO item_reading (item_id, person_id, unit_id, read_at)
    SELECT i, 2, 1, t FROM ({numbers}) AS made WHERE i BETWEEN :read - 300 AND :read"""
ALL_READ = """
    INSERT INTO item_reading (item_id, person_id, unit_id, read_at) SELECT i, 3, 1, t FROM ({numbers}) AS made"""
ENTRIES = """
    INSERT INTO work_entry (item_id, column_id, published_at)
    SELECT i, 900 + (i / 5) % 2, t FROM ({numbers}) AS made WHERE kind = 'work-status'"""
DISCLOSED = """
    INSERT INTO disclosure_item (item_id, category_id, unit_id, made_on, year, serial, index_number, ground,
        review_note, reviewer_id, reviewed_at)
    SELECT i, 1, 1 + i % 500, '2026-01-01', 2026, i, 'N/01/2026-' || i, 'duty', '', 2, t
    FROM ({numbers}) AS made WHERE kind = 'disclosure'"""
SHELVES = tuple(
    f"INSERT INTO disclosure_shown (item_id, shelf, published_at) SELECT i, {shelf}, t "
    "FROM ({numbers}) AS made WHERE kind = 'disclosure'"
    for shelf in ("'all'", "'in:01'", "'by:' || (1 + i % 500)")
)


def _asked(runtime: Runtime, act: Callable[[Session, Person], object]) -> Callable[[], object]:
    def call() -> None:
        runtimes.install(runtime)
        with unit_of_work(runtime.engine, writes=False) as session:
            person = session.get_one(Person, 2)
            readers.keys_of(session, person)
            act(session, person)

    return call


def _publish(runtime: Runtime) -> None:
    runtimes.install(runtime)
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
    at, last = feeds.place_of(feeds.feed(session, person, KINDS, limit=1)[0])
    return feeds.feed(session, person, KINDS, before=(at - timedelta(minutes=700), last))


def _other(act: Callable[[Session, Person], object]) -> Callable[[Session, Person], object]:
    """The same for the reader who has opened everything."""
    return lambda session, _person: act(session, session.get_one(Person, 3))


def _count(session: Session, person: Person) -> object:
    return session.scalar(select(feeds.unread(person, KINDS)))


def _listed(**wanted: Any) -> Callable[[Session, Person], object]:
    return lambda session, person: workstatus.listed(session, person, workstatus.Filter(**wanted))


def _front(session: Session, _person: Person) -> object:
    """The public front page."""
    return shelves.page(session), disclosure.counts_by_category(disclosure.categories(session))


ACTS: tuple[tuple[str, Callable[[Session, Person], object]], ...] = (
    ("feed", lambda session, person: feeds.feed(session, person, KINDS)),
    ("feed, further down", _deep),
    ("feed, all of it run out", lambda session, person: feeds.feed(session, person, (ItemKind.REPORT,))),
    ("kept at the top", lambda session, person: notices.first(session, person)),
    ("unread", lambda session, person: feeds.feed(session, person, KINDS, unread=True)),
    ("count of unread", _count),
    ("count of unread, all read", _other(_count)),
    ("page of unread, all read", _other(lambda s, p: feeds.page(s, p, KINDS, unread=True))),
    ("count of unread, all run out", lambda s, p: s.scalar(select(feeds.unread(p, (ItemKind.REPORT,))))),
    ("work status", _listed()),
    ("work status, a column", _listed(column=900)),
    ("work status, a column and a title nothing has", _listed(column=900, text="无此标题")),
    ("work status, a title nothing has", _listed(text="无此标题")),
    ("public catalogue", _front),
    ("public catalogue, a category", lambda s, _p: shelves.page(s, shelves.of_category("01"))),
    ("public catalogue, a title nothing has", lambda s, _p: shelves.page(s, text="无此标题")),
    ("followed journals on the desk", lambda s, p: [s.execute(pile.rows).all() for pile in journals_desk.piles(p)]),
    ("one item", lambda session, person: queries.may_read(session, person, session.get_one(Item, 900))),
)


def main() -> None:
    """Run and show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=MANY)
    for line in _lines(parser.parse_args().items):
        over = "" if line.kept else "  over"
        print(
            f"{line.name:<66}{line.seconds:>9.3f}{line.cpu_seconds:>9.3f}{line.limit or 0:>7.2f} {line.kind}{over}",
            flush=True,
        )


if __name__ == "__main__":
    main()
