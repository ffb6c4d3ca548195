"""Feeds: what is new, what is kept at the top, what has run out, page by page (M-6, M-7, M-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from portal.content import feeds, operations
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemFile, ItemReading, ReaderKey
from portal.content.readers import Key, Scope
from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.notices import queries as notices
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.content.test_readers import DECLARED

KINDS = (ItemKind.NOTICE,)


def _publish(
    session: Session, author: Person, runtime: Runtime, title: str, *, pinned: bool = False, urgency: str = ""
) -> Item:
    item = operations.draft(session, author, ItemKind.NOTICE, title, "正文")
    item.pinned, item.urgency = pinned, urgency
    operations.set_readers(item, author, Scope((Key("all"),)))
    operations.publish(item, author, runtime.rules, DECLARED)
    return item


def _read(session: Session, reader: Person, items: list[Item]) -> None:
    session.add_all(
        ItemReading(item_id=item.id, person_id=reader.id, unit_id=reader.unit_id, read_at=now()) for item in items
    )
    session.flush()


@pytest.mark.req("M-7")
def test_a_pinned_notice_stays_on_top_however_many_follow(
    session: Session, city: City, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LOOKED_AT", 3)
    author, reader = city.person("office", Role.DRAFTER), city.person("east", Role.HANDLER)
    kept = _publish(session, author, runtime, "长期有效的通知", pinned=True)
    urgent = _publish(session, author, runtime, "请速办", urgency="特急")
    later = [_publish(session, author, runtime, f"通知{number}") for number in range(6)]
    assert notices.first(session, reader) == [kept], "the urgent one has sunk, the pinned one never does"
    newer = _publish(session, author, runtime, "请再办", urgency="特急")
    assert notices.first(session, reader) == [newer, kept]
    operations.withdraw(kept, author, "已废止")
    assert notices.first(session, reader) == [newer]
    assert urgent in feeds.feed(session, reader, KINDS) and later[0] in feeds.feed(session, reader, KINDS)


@pytest.mark.req("M-6")
def test_new_is_looked_for_among_so_many_and_pages_go_on_behind(
    session: Session, city: City, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LOOKED_AT", 4)
    monkeypatch.setattr(feeds, "LOOKED_THROUGH", 4)
    author, reader = city.person("office", Role.DRAFTER), city.person("east", Role.HANDLER)
    items = [_publish(session, author, runtime, f"通知{number}") for number in range(10)]
    _read(session, reader, items[3:9])
    assert session.scalar(select(feeds.unread(reader, KINDS))) == 1, "what is new: of the newest four"
    found: list[Item] = []
    place: feeds.Place | None = None
    for _ in range(4):
        page = feeds.page(session, reader, KINDS, before=place, limit=2, unread=True)
        found, place = [*found, *page.rows], page.older
        if place is None:
            break
    assert place is None and found == [items[9], items[2], items[1], items[0]], "each once, however deep"


@pytest.mark.req("M-7")
def test_what_has_run_out_leaves_the_index_and_comes_back_to_nobody(
    session: Session, city: City, runtime: Runtime
) -> None:
    author, reader = city.person("office", Role.DRAFTER), city.person("east", Role.HANDLER)
    over, there = (_publish(session, author, runtime, title) for title in ("过期", "有效"))
    over.expires_at = now() - timedelta(minutes=1)
    there.expires_at = now() + timedelta(days=1)
    for item in (over, there):
        item.reader_keys[0].show(item)
    session.flush()
    assert feeds.feed(session, reader, KINDS) == [there], "not even before the job has run"
    feeds.take_out(session)
    still = set(session.scalars(select(ReaderKey.item_id).where(ReaderKey.published_at.is_not(None))))
    assert still == {there.id}
    assert feeds.feed(session, reader, KINDS) == [there]


@pytest.mark.req("M-9")
def test_lists_load_no_texts_and_the_gate_reads_them_at_once(session: Session, city: City, runtime: Runtime) -> None:
    author, reader = city.person("office", Role.DRAFTER), city.person("east", Role.HANDLER)
    for number in range(3):
        item = _publish(session, author, runtime, f"通知{number}")
        item.files.append(
            ItemFile(
                name="表.txt",
                media_type="text/plain",
                size=1,
                digest="0" * 64,
                position=1,
                added_at=now(),
                text_excerpt="表",
            )
        )
    session.commit()
    session.expunge_all()
    rows = feeds.feed(session, session.get_one(Person, reader.id), KINDS)
    assert len(rows) == 3 and all("text" in inspect(row).unloaded for row in rows)
    assert all("text_excerpt" in inspect(file).unloaded for row in rows for file in row.files)
    issue = rows[0]
    issue.parts = list(rows[1:])
    session.flush()
    assert len(operations.gate_parts(issue)) == 4
    loaded = [one for row in rows for one in (row, *row.files)]
    assert not any({"text", "text_excerpt"} & inspect(one).unloaded for one in loaded), "at once, not one by one"
