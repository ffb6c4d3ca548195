"""Notices: one's own or the unit's, with receipts, gone for all when withdrawn (M-7, M-1, M-11)."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile, ItemReading
from portal.core.releasing import ReleasedFile
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City

ClientFor = Callable[[Person], FlaskClient]
DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}


def written(client: FlaskClient, **more: object) -> int:
    """Write a notice; its number."""
    answer = client.post(
        "/notices/new", data={"title": "关于停水的通知", "text": "周六上午停水。", "of_unit": "person", **more}
    )
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[2])


def to_all(client: FlaskClient, item_id: int) -> None:
    """Say that everybody reads it, then publish."""
    answer = client.post(f"/items/{item_id}/readers", data={"effect": "include", "of": "all"})
    assert answer.status_code == 303
    assert client.post(f"/items/{item_id}/acts/publish", data=DECLARED).status_code == 303


@pytest.mark.req("M-7", "M-1")
def test_from_writing_to_withdrawing(session: Session, city: City, client_for: ClientFor) -> None:
    author, reader = city.person("finance", Role.DRAFTER), city.person("education", Role.HANDLER)
    client = client_for(author)
    item_id = written(client, files=(BytesIO("附件文字".encode()), "说明.txt"))
    to_all(client, item_id)
    assert client.post(f"/items/{item_id}/acts/publish", data=DECLARED).status_code == 409  # a double click
    theirs = client_for(reader)
    listed = theirs.get("/notices/").text
    assert "关于停水的通知" in listed
    page = theirs.get(f"/notices/{item_id}").text
    for shown in ("南澄市财政局", author.name, "说明.txt", "周六上午停水。"):
        assert shown in page
    assert "关于停水的通知" not in theirs.get("/notices/?unread=yes").text
    receipts = client.get(f"/items/{item_id}/readership").text
    assert reader.name in receipts
    assert "南澄市教育局" in receipts
    # Nobody but the sender withdraws, and then it is gone for all (OP6).
    assert theirs.post(f"/items/{item_id}/acts/withdraw", data={"reason": "x"}).status_code in (403, 404)
    assert client.post(f"/items/{item_id}/acts/withdraw", data={"reason": "停水取消"}).status_code == 303
    assert theirs.get(f"/notices/{item_id}").status_code == 404
    assert "关于停水的通知" not in theirs.get("/notices/").text
    session.expire_all()
    assert session.get_one(Item, item_id).state == ItemState.WITHDRAWN
    kinds = session.scalars(select(LedgerEvent.kind).where(LedgerEvent.subject_kind == "item")).all()
    assert kinds.count(Event.ITEM_PUBLISHED) == 1
    assert Event.ITEM_WITHDRAWN in kinds
    assert session.scalars(select(ItemReading.person_id)).all() == [reader.id]


@pytest.mark.req("M-1", "X-6")
def test_a_file_taken_out_of_a_draft_is_let_go(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client, text="周六\0停水。", files=(BytesIO("附件文字".encode()), "说明.txt"))
    item = session.get_one(Item, item_id)
    (file,) = item.files
    assert item.text == "周六停水。", "no database takes the character"
    session.execute(delete(ReleasedFile))  # of taking it in
    session.commit()
    assert client.post(f"/items/{item_id}/files/{file.id}/remove").status_code == 303
    assert list(session.scalars(select(ReleasedFile.digest))) == [file.digest]


@pytest.mark.req("M-1")
def test_a_refused_file_leaves_the_draft_as_it_was(session: Session, city: City, client_for: ClientFor) -> None:
    """Its text would be another version than the form says, and could not be saved again."""
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client)
    version = str(session.get_one(Item, item_id).version)
    session.commit()
    changed = {"title": "另一个标题", "text": "另一段文字", "version": version, "to": ["all"], "of_unit": "person"}
    refused = client.post(f"/notices/{item_id}/edit", data={**changed, "files": (BytesIO(b"MZ"), "tool.exe")})
    assert refused.status_code == 422
    assert session.get_one(Item, item_id).title == "关于停水的通知"
    session.commit()
    assert client.post(f"/notices/{item_id}/edit", data=changed).status_code == 303


@pytest.mark.req("M-7")
def test_only_clerks_speak_for_the_unit(city: City, client_for: ClientFor) -> None:
    answer = client_for(city.person("finance", Role.DRAFTER)).post(
        "/notices/new", data={"title": "单位通知", "text": "内容", "of_unit": "unit"}
    )
    assert answer.status_code == 403
    assert written(client_for(city.person("finance", Role.EXCHANGE_CLERK)), of_unit="unit", pinned="y")


@pytest.mark.req("M-11")
def test_the_gate_stops_a_marked_notice(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client, text="机密★1年\n内容")
    client.post(f"/items/{item_id}/readers", data={"effect": "include", "of": "all"})
    page = client.post(f"/items/{item_id}/acts/publish", data=DECLARED, follow_redirects=True).text
    assert "机密★1年" in page
    session.expire_all()
    assert session.get_one(Item, item_id).state == ItemState.DRAFTING


@pytest.mark.parametrize("left_out", sorted(DECLARED))
@pytest.mark.req("M-11")
def test_nothing_goes_out_undeclared(session: Session, city: City, client_for: ClientFor, left_out: str) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client)
    client.post(f"/items/{item_id}/readers", data={"effect": "include", "of": "all"})
    client.post(f"/items/{item_id}/acts/publish", data={key: "y" for key in DECLARED if key != left_out})
    session.expire_all()
    assert session.get_one(Item, item_id).state == ItemState.DRAFTING


def test_two_writers_do_not_lose_each_others_words(session: Session, city: City, client_for: ClientFor) -> None:
    first, second = city.person("finance", Role.DRAFTER), city.person("finance", Role.EXCHANGE_CLERK)
    item_id = written(client_for(first))
    version = str(session.get_one(Item, item_id).version)
    session.commit()
    form = {"title": "关于停水的通知", "version": version, "to": ["all"], "of_unit": "person"}
    assert client_for(first).post(f"/notices/{item_id}/edit", data={**form, "text": "甲的话"}).status_code == 303
    answer = client_for(second).post(f"/notices/{item_id}/edit", data={**form, "text": "乙的话"})
    assert answer.status_code == 422
    assert "乙的话" in answer.text
    assert "甲的话" in client_for(first).get(f"/notices/{item_id}").text


@pytest.mark.parametrize(
    "place", ["at=2026-01-01T00:00:00&id=1", "at=yesterday&id=1", "id=1", "at=2026-01-01T00:00:00Z&id=x"]
)
def test_an_address_that_names_no_place_begins_at_the_beginning(city: City, client_for: ClientFor, place: str) -> None:
    clerk = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    item_id = written(clerk)
    to_all(clerk, item_id)
    for feed in ("/notices/", "/reports/", "/journals/", "/work-status/", "/briefs/"):
        assert clerk.get(f"{feed}?{place}").status_code in (200, 403), feed
    assert "关于停水的通知" in clerk.get(f"/notices/?{place}").text


@pytest.mark.req("M-1", "X-6")
def test_a_discarded_draft_lets_its_files_go(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client, files=(BytesIO("附件文字".encode()), "说明.txt"))
    (digest,) = session.scalars(select(ItemFile.digest).where(ItemFile.item_id == item_id))
    session.execute(delete(ReleasedFile))
    session.commit()
    assert client.post(f"/items/{item_id}/acts/discard").status_code == 303
    assert session.scalars(select(ItemFile.id).where(ItemFile.item_id == item_id)).all() == []
    assert session.scalars(select(ReleasedFile.digest)).all() == [digest]


@pytest.mark.req("M-1", "X-6")
def test_a_refused_form_leaves_no_file_behind(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client)
    refused = {"title": "关于停水的通知", "text": "乙", "version": "99", "files": (BytesIO("附件".encode()), "表.txt")}
    assert client.post(f"/notices/{item_id}/edit", data=refused).status_code == 422
    assert session.scalars(select(ItemFile.id)).all() == []
    assert len(session.scalars(select(ReleasedFile.digest)).all()) == 1, "no row would name it"
