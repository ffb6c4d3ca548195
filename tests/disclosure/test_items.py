"""Items of the catalogue: reviewed, numbered, public at a lasting address, withdrawn (M-10, M-1, M-11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import now, today
from portal.disclosure import shelves
from portal.disclosure.models import DisclosureCategory, DisclosureItem, DisclosureShown
from portal.disclosure.operations import items as operations
from portal.disclosure.operations.catalogue import add_category
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.disclosure.test_requests import fresh

ClientFor = Callable[[Person], FlaskClient]
DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
FOUND = {"ground": "duty", "no_secret": "y", "no_harm": "y", "no_privacy": "y"}
pytestmark = pytest.mark.req("M-10")


@pytest.fixture
def category(session: Session, city: City) -> DisclosureCategory:
    """The office's first category."""
    made = add_category(session, city.person("office", Role.SECRETARIAT), "财政预决算", None)
    session.commit()
    return made


def drafted(client: FlaskClient, category: DisclosureCategory, **more: object) -> int:
    data = {"title": "2026年部门预算", "text": "预算公开。", "category": category.id, "made_on": today().isoformat()}
    answer = client.post("/disclosure/items/new", data={**data, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


@pytest.mark.req("M-1", "M-11")
def test_from_draft_to_withdrawal(
    session: Session, city: City, app: Flask, client_for: ClientFor, category: DisclosureCategory
) -> None:
    author, head = city.person("finance", Role.DRAFTER), city.person("finance", Role.DEPARTMENT_HEAD)
    client, leading, everybody = client_for(author), client_for(head), app.test_client()
    item_id = drafted(client, category, files=(BytesIO("附表".encode()), "附表.txt"))
    assert everybody.get(f"/open/items/{item_id}").status_code == 404
    assert client_for(city.person("education", Role.DRAFTER)).get(f"/disclosure/items/{item_id}").status_code == 404
    assert client.post(f"/items/{item_id}/acts/submit", data=DECLARED).status_code == 303
    # Neither past the review nor by the author.
    assert leading.post(f"/items/{item_id}/acts/publish").status_code == 403
    assert client.post(f"/disclosure/items/{item_id}/review", data=FOUND).status_code == 403
    left_out = {key: value for key, value in FOUND.items() if key != "no_secret"}
    assert leading.post(f"/disclosure/items/{item_id}/review", data=left_out).status_code == 422
    assert leading.post(f"/disclosure/items/{item_id}/review", data={**FOUND, "ground": "agreed"}).status_code == 422
    assert fresh(session, Item).state == ItemState.SUBMITTED
    assert leading.post(f"/disclosure/items/{item_id}/review", data=FOUND).status_code == 303
    assert leading.post(f"/disclosure/items/{item_id}/review", data=FOUND).status_code == 409
    fact = fresh(session, DisclosureItem)
    assert fact.index_number == f"{author.unit.code[8:17]}/01/{today().year}-00001"
    page = everybody.get(f"/open/items/{item_id}").text
    for shown in ("2026年部门预算", "南澄市财政局", fact.index_number, "附表.txt"):
        assert shown in page
    file_id = fact.item.files[0].id
    session.commit()
    assert everybody.get(f"/open/items/{item_id}/files/{file_id}").status_code == 200
    assert "2026年部门预算" in everybody.get(f"/open/categories/{category.id}").text
    assert "2026年部门预算" in everybody.get("/open/?q=部门预算").text
    assert "2026年部门预算" not in everybody.get("/open/?q=决算").text
    withdrawing = {"reason": "误公开张某身份证号", "said": "personal"}
    assert client.post(f"/items/{item_id}/acts/withdraw", data=withdrawing).status_code == 303
    assert fresh(session, Item).state == ItemState.PUBLISHED, "it is withdrawn where the public's wording is chosen"
    session.commit()
    own_page = f"/disclosure/items/{item_id}/withdraw"
    assert client.post(own_page, data={**withdrawing, "said": "anything"}).status_code == 422
    assert leading.get(own_page).status_code == 200
    assert client.post(own_page, data=withdrawing).status_code == 303
    gone = everybody.get(f"/open/items/{item_id}")
    assert gone.status_code == 410
    # The public reads that it is gone, in a chosen sentence; neither the reason nor the title.
    for inside in ("张某", "2026年部门预算", "预算公开。"):
        assert inside not in gone.text
    assert fact.index_number in gone.text
    assert "误公开张某身份证号" in client.get(f"/items/{item_id}/withdrawn").text
    assert everybody.get(f"/open/items/{item_id}/files/{file_id}").status_code == 404
    assert "2026年部门预算" not in everybody.get("/open/").text
    session.expire_all()
    assert fresh(session, DisclosureCategory).shown == 0 and not session.scalars(select(DisclosureShown)).all()


def test_shelves_page_search_and_follow_the_unit(
    session: Session, city: City, category: DisclosureCategory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PAGE", 2)
    monkeypatch.setattr(shelves, "LOOKED_THROUGH", 3)
    below = DisclosureCategory(parent_id=category.id, code=f"{category.code}01", name="决算")
    session.add(below)
    session.flush()
    author, leader = city.person("finance", Role.DRAFTER), city.person("finance", Role.LEADER)
    ids = []
    for number in range(7):
        item = operations.draft_item(session, author, f"{number}年表", "表", below if number % 2 else category, today())
        ids.append(item.id)
        item.state, item.approver_id = ItemState.PUBLISHED, leader.id
        item.published_at = now() - timedelta(days=10 - number // 2)  # two at the same moment
        fact = session.get_one(DisclosureItem, item.id)
        fact.ground, fact.reviewer_id = "duty", leader.id
        operations.take_published(session, item)
    session.expire_all()
    assert (category.shown, below.shown) == (7, 3)

    def walked(shelf: str, text: str = "") -> list[int]:
        found: list[int] = []
        before: int | None = None
        for _ in range(9):
            page = shelves.page(session, shelf, text=text, before=before)
            found, before = [*found, *(row.item_id for row in page.rows)], page.older
            if before is None:
                return found
        raise AssertionError("it never ends")

    assert walked(shelves.ALL) == walked(shelves.of_category(category.code)) == ids[::-1]
    assert walked(shelves.of_category(below.code)) == ids[5::-2]
    assert walked(shelves.ALL, "0年表") == [ids[0]], "behind what one page looks through"
    shelves.hand_over(session, city.units["finance"].id, city.units["education"].id)
    assert not walked(shelves.of_unit(city.units["finance"].id))
    assert walked(shelves.of_unit(city.units["education"].id)) == ids[::-1]


def test_who_keeps_which_category(
    session: Session, city: City, client_for: ClientFor, category: DisclosureCategory
) -> None:
    clerk = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    assert clerk.post("/disclosure/catalogue", data={"name": "本局", "parent": 0}).status_code == 422
    assert clerk.post("/disclosure/catalogue", data={"name": "政府采购", "parent": category.id}).status_code == 303
    own = session.scalars(select(DisclosureCategory).where(DisclosureCategory.name == "政府采购")).one()
    session.commit()
    assert (own.code, own.unit_id) == ("0101", city.units["finance"].id)
    other = client_for(city.person("education", Role.EXCHANGE_CLERK))
    assert other.post(f"/disclosure/catalogue/{own.id}", data={"name": "改名"}).status_code == 404
    assert other.post(f"/disclosure/catalogue/{category.id}/close").status_code == 404
    elsewhere = {"title": "x", "text": "y", "category": own.id, "made_on": today().isoformat()}
    stranger = client_for(city.person("education", Role.DRAFTER))
    assert stranger.post("/disclosure/items/new", data=elsewhere).status_code == 422
    assert clerk.post(f"/disclosure/catalogue/{own.id}/close").status_code == 303
    assert clerk.post(f"/disclosure/catalogue/{own.id}/close").status_code == 409


def test_guide_in_versions(city: City, app: Flask, client_for: ClientFor) -> None:
    unit = city.units["finance"]
    clerk, everybody = client_for(city.person("finance", Role.EXCHANGE_CLERK)), app.test_client()
    guide = {"office": "办公室", "address": "府前路1号", "phone": "0599-1234", "hours": "工作日", "text": "申请方式"}
    assert everybody.get(f"/open/guides/{unit.id}").status_code == 404
    assert clerk.post("/disclosure/guide", data=guide).status_code == 303
    assert clerk.post("/disclosure/guide", data={**guide, "phone": "0599-8888"}).status_code == 303
    assert "0599-8888" in everybody.get(f"/open/guides/{unit.id}").text
    assert "0599-1234" in everybody.get(f"/open/guides/{unit.id}?version=1").text
