"""A notice on one page: urgency, readers, publication, who has not read it, reminders (M-7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import frozen, now, today
from portal.desk.queries import desk_of
from portal.notices import receipts
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City

ClientFor = Callable[[Person], FlaskClient]
DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}


def published(client: FlaskClient, to: list[str], **more: object) -> int:
    """Write and publish a notice in one go; its number."""
    form = {"title": "关于防汛值守的通知", "text": "今晚起加强值守。", "of_unit": "unit", "act": "publish", "to": to}
    answer = client.post("/notices/new", data={**form, **DECLARED, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


@pytest.mark.req("M-7")
def test_one_page_and_one_click(session: Session, city: City, client_for: ClientFor) -> None:
    clerk, person = city.person("finance", Role.EXCHANGE_CLERK), city.person("west", Role.HANDLER)
    to = [f"unit:{city.units['education'].id}", f"unit:{city.units['east'].id}", f"person:{person.id}"]
    client = client_for(clerk)
    until = today() + timedelta(days=3)
    item_id = published(
        client, to, urgency="特急", until=until.isoformat(), files=(BytesIO("表".encode()), "值班表.txt")
    )
    item = session.get_one(Item, item_id)
    assert (item.state, item.urgency, len(item.files)) == (ItemState.PUBLISHED, "特急", 1)
    session.commit()
    for reader in (city.person("education", Role.LEADER), city.person("east", Role.HANDLER), person):
        theirs = client_for(reader)
        assert "关于防汛值守的通知" in theirs.get("/notices/").text
        assert "关于防汛值守的通知" in theirs.get("/").text
    outside = client_for(city.person("west", Role.LEADER))
    assert outside.get(f"/notices/{item_id}").status_code == 404
    assert "关于防汛值守的通知" not in outside.get("/notices/").text
    with frozen(now() + timedelta(days=4)):
        assert "关于防汛值守的通知" not in client_for(person).get("/notices/").text


@pytest.mark.req("M-7")
def test_a_refusal_loses_nothing_typed(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    unit = city.units["education"]
    form = {"title": "关于值守的通知", "text": "内容", "of_unit": "unit", "act": "publish", "to": [f"unit:{unit.id}"]}
    answer = client.post("/notices/new", data=form)  # nothing declared
    assert answer.status_code == 422
    for kept in ("关于值守的通知", f'value="unit:{unit.id}" checked'):
        assert kept in answer.text
    assert session.query(Item).count() == 0
    session.commit()
    past = (today() - timedelta(days=1)).isoformat()
    assert client.post("/notices/new", data={**form, **DECLARED, "until": past}).status_code == 422
    assert client.post("/notices/new", data={**form, **DECLARED, "to": ["unit:1x"]}).status_code == 422
    assert client.post("/notices/new", data={**form, **DECLARED, "to": []}).status_code == 422
    assert client.post("/notices/new", data={**form, **DECLARED, "urgency": "最急"}).status_code == 422
    # Looking for somebody without script keeps what is typed and saves nothing.
    looked = client.post("/notices/new", data={**form, "pick": "find", "find": "教育"})
    assert looked.status_code == 200
    assert "澄东区教育局" in looked.text
    session.expire_all()
    assert session.query(Item).count() == 0


@pytest.mark.req("M-7")
def test_a_draft_goes_on_where_it_was(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    unit = city.units["education"]
    item_id = published(client, [f"unit:{unit.id}"], act="save", urgency="加急", pinned="y")
    page = client.get(f"/notices/{item_id}/edit").text
    assert f'value="unit:{unit.id}" checked' in page
    version = str(session.get_one(Item, item_id).version)
    session.commit()
    form = {"title": "改后的通知", "text": "新", "of_unit": "unit", "version": version, "to": ["all"]}
    form |= {"act": "publish", "urgency": ""}
    assert client.post(f"/notices/{item_id}/edit", data={**form, **DECLARED}).status_code == 303
    item = session.get_one(Item, item_id)
    assert (item.title, item.state, item.urgency, item.pinned) == ("改后的通知", ItemState.PUBLISHED, "", False)
    assert [row.key for row in item.reader_keys] == ["all"]
    session.commit()
    assert client.get(f"/notices/{item_id}/edit").status_code == 200  # shown, but refused below
    assert client.post(f"/notices/{item_id}/edit", data={**form, **DECLARED}).status_code in (403, 409)


@pytest.mark.req("M-7")
def test_who_has_not_read_it_is_reminded_once_a_day(session: Session, city: City, client_for: ClientFor) -> None:
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    one, other = city.person("education", Role.LEADER), city.person("west", Role.HANDLER)
    client = client_for(clerk)
    item_id = published(client, [f"person:{one.id}", f"person:{other.id}"])
    client_for(one).get(f"/notices/{item_id}")
    page = client.get(f"/notices/{item_id}/receipts").text
    unread, _, read = page.partition('id="read"')
    assert other.name in unread
    assert one.name not in unread
    assert one.name in read
    assert client_for(one).get(f"/notices/{item_id}/receipts").status_code in (403, 404)
    colleague = client_for(city.person("finance", Role.OFFICE_HEAD))
    assert colleague.post(f"/notices/{item_id}/remind").status_code == 403  # only the sender
    assert client.post(f"/notices/{item_id}/remind").status_code == 303
    assert "今日" in client.post(f"/notices/{item_id}/remind", follow_redirects=True).text
    assert [section.kind.key for section in desk_of(session, other).sections] == ["read-now"]
    assert desk_of(session, one).sections == ()
    session.commit()
    with frozen(now() + timedelta(days=1)):
        assert "已提醒" in client_for(clerk).post(f"/notices/{item_id}/remind", follow_redirects=True).text


@pytest.mark.req("M-7")
def test_large_scopes_are_counted_by_unit(
    session: Session, city: City, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "MOST_BY_PERSON", 5)
    client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    item_id = published(client, [f"unit:{city.units['education'].id}", f"unit:{city.units['west'].id}"])
    client_for(city.person("west", Role.HANDLER)).get(f"/notices/{item_id}")
    page = client.get(f"/notices/{item_id}/receipts").text
    assert page.index("南澄市教育局") < page.index("澄西区人民政府")
    totals = receipts.totals(session, session.get_one(Item, item_id))
    assert totals.read == 1
    assert not totals.by_person
    monkeypatch.setattr(receipts, "MOST_UNITS", 1)
    first = client.get(f"/notices/{item_id}/receipts").text
    assert "南澄市教育局" in first and first.count("澄西区人民政府") == 1, "named as a reader, not yet as a unit"
    further = re.search(r'href="([^"]*figure=[^"]*)"', first)
    assert further is not None
    second = client.get(further[1].replace("&amp;", "&")).text
    assert second.count("澄西区人民政府") == 2 and "南澄市教育局" not in second and "figure=" not in second
