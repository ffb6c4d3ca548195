"""Special reports: leaders alone, in the time the sender set, and their instructions answered (M-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.models import Item
from portal.core.clock import Calendar, frozen, now, to_city, today
from portal.people.models import Person
from portal.people.roles import Role
from portal.reports import hooks
from portal.reports.models import Instruction
from tests.city import City
from tests.content.ready import with_second_factors

ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _ready(session: Session, city: City) -> None:
    with_second_factors(session, city)


DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
TITLE = "关于秋粮收购资金的专题报告"


def written(client: FlaskClient, leaders: list[int], **more: object) -> int:
    answer = client.post("/reports/new", data={"title": TITLE, "text": "资金缺口两亿元。", "leaders": leaders, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[2])


def sent(city: City, client_for: ClientFor, **more: object) -> int:
    """A report of the finance bureau to the office's leader, approved."""
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client, [city.person("office", Role.LEADER).id], **more)
    assert client.post(f"/items/{item_id}/acts/submit", data=DECLARED).status_code == 303
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert head.post(f"/items/{item_id}/acts/publish").status_code == 303
    return item_id


@pytest.mark.req("M-4", "M-1")
def test_a_report_reaches_the_leaders_named_and_nobody_else(city: City, client_for: ClientFor) -> None:
    item_id = sent(city, client_for)
    leader = client_for(city.person("office", Role.LEADER))
    assert TITLE in leader.get("/").text
    assert TITLE in leader.get("/reports/").text
    page = leader.get(f"/reports/{item_id}").text
    assert "南澄市财政局" in page
    assert city.person("finance", Role.DRAFTER).name in page
    for other in (city.person("office", Role.UNIT_HEAD), city.person("education", Role.UNIT_HEAD)):
        theirs = client_for(other)
        assert theirs.get(f"/reports/{item_id}").status_code == 404
        assert TITLE not in theirs.get("/reports/").text
        assert theirs.post(f"/reports/{item_id}/instruct", data={"text": "阅", "days": 3}).status_code == 404
        assert theirs.get(f"/reports/{item_id}/time").status_code in (403, 404)


@pytest.mark.req("M-4")
def test_only_leaders_can_be_readers(city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    item_id = written(client, [])
    refused = client.post(f"/items/{item_id}/readers", data={"effect": "include", "of": "all"})
    assert refused.status_code == 422
    clerk = city.person("office", Role.EXCHANGE_CLERK).account
    assert client.post(f"/items/{item_id}/readers", data={"of": "person", "name": clerk}).status_code == 422
    role = {"effect": "include", "of": "unit", "name": "南澄市人民政府办公室", "role": "unit-head"}
    assert client.post(f"/items/{item_id}/readers", data=role).status_code == 303
    # Nobody hands in a report whose time is over before it begins.
    wrong = {"shown_from": "2099-01-02T08:00", "shown_until": "2099-01-01T08:00"}
    assert client.post(f"/reports/{item_id}/time", data=wrong).status_code == 422


@pytest.mark.req("M-4")
def test_it_is_shown_in_the_time_the_sender_set(city: City, client_for: ClientFor) -> None:
    begins = now() + timedelta(hours=5)
    form = {
        "shown_from": to_city(begins).strftime("%Y-%m-%dT%H:%M"),
        "shown_until": to_city(begins + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"),
    }
    item_id = sent(city, client_for, **form)
    person = city.person("office", Role.LEADER)
    leader = client_for(person)
    assert leader.get(f"/reports/{item_id}").status_code == 404
    assert TITLE not in leader.get("/reports/").text
    for later, status in ((begins + timedelta(minutes=1), 200), (begins + timedelta(hours=3), 404)):
        with frozen(later):
            there = client_for(person)
            assert there.get(f"/reports/{item_id}").status_code == status
            assert (TITLE in there.get("/reports/").text) == (status == 200)


@pytest.mark.req("M-4", "M-9")
def test_an_instruction_comes_back_and_is_answered(session: Session, city: City, client_for: ClientFor) -> None:
    told: list[tuple[int, str, int]] = []

    def listen(_session: Session, item: Item, person: Person, text: str, days: int) -> None:
        told.append((person.id, text, days))

    hooks.instructed.connect(listen)
    item_id = sent(city, client_for)
    person = city.person("office", Role.LEADER)
    leader = client_for(person)
    order: dict[str, Any] = {"text": "请财政局三日内报方案。", "days": 3}
    assert leader.post(f"/reports/{item_id}/instruct", data=order).status_code == 303
    assert leader.post(f"/reports/{item_id}/instruct", data=order).status_code == 409  # a double click
    assert leader.post(f"/reports/{item_id}/instruct", data={"text": "", "days": 3}).status_code == 422
    hooks.instructed._functions.remove(listen)
    assert told == [(person.id, order["text"], 3)]
    row = session.scalars(select(Instruction)).one()
    assert row.due_on == Calendar().add_working_days(today(), 3)
    session.commit()
    author = client_for(city.person("finance", Role.DRAFTER))
    assert f"/reports/{item_id}" in author.get("/").text
    assert order["text"] in author.get(f"/reports/{item_id}").text
    with frozen(now() + timedelta(days=15)):  # what is neglected is told to author, head and leader
        for who in (("finance", Role.DRAFTER), ("finance", Role.UNIT_HEAD), ("office", Role.LEADER)):
            assert "已超期" in client_for(city.person(*who)).get("/").text
    answer, form = f"/reports/instructions/{row.id}/answer", {"answer": "方案已报。"}
    assert client_for(city.person("education", Role.DRAFTER)).post(answer, data=form).status_code == 404
    author = client_for(city.person("finance", Role.DRAFTER))
    assert author.post(answer, data={"answer": " "}).status_code == 303
    assert author.post(answer, data=form).status_code == 303
    assert author.post(answer, data=form).status_code == 409
    assert "待答复的领导批示" not in author.get("/").text
    page = client_for(person).get(f"/reports/{item_id}").text
    assert "方案已报。" in page
