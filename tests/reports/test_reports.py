"""Special reports: leaders alone, in the time the sender set; instructions come back as requests (M-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.models import ItemReading
from portal.core.clock import Calendar, frozen, now, to_city, today
from portal.people.models import Person
from portal.people.roles import Role
from portal.reports.models import Instruction
from portal.tasks.models import Assignment, Task
from tests.city import City
from tests.content.ready import with_second_factors
from tests.people.acting import named, switch

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


ORDER: dict[str, Any] = {"text": "请财政局三日内报方案。", "days": 3}


def instructed(client: FlaskClient, item_id: int, **more: object) -> int:
    return client.post(f"/reports/{item_id}/instruct", data={**ORDER, **more}).status_code


@pytest.mark.req("M-4", "M-3", "M-9")
def test_an_instruction_comes_back_as_a_request(session: Session, city: City, client_for: ClientFor) -> None:
    item_id = sent(city, client_for)
    person = city.person("office", Role.LEADER)
    leader = client_for(person)
    assert instructed(leader, item_id) == 303
    assert instructed(leader, item_id) == 409  # a double click
    for wrong in ({"text": ""}, {"days": 0, "text": "阅"}, {"unit": "无此单位"}):
        assert instructed(leader, item_id, **wrong) == 422, wrong
    row = session.scalars(select(Instruction)).one()
    task = session.scalars(select(Task)).one()
    (asked,) = task.assignments
    assert (row.task_id, task.requester_id, asked.holder_id) == (task.item_id, person.id, city.units["finance"].id)
    assert task.leaders_matter and task.instructed_by == person.name
    assert asked.due_on == Calendar().add_working_days(today(), 3)
    session.commit()
    matter = f"/tasks/assignments/{asked.id}"
    for who in (person, city.person("finance", Role.UNIT_HEAD)):  # linked both ways, seen by both sides
        client = client_for(who)
        assert matter in client.get(f"/reports/{item_id}").text
        assert f"/reports/{item_id}" in client.get(matter).text
        assert ORDER["text"] in client.get(matter).text
    clerk = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    assert matter in clerk.get("/").text
    assert matter in clerk.get("/tasks/supervision").text
    assert client_for(city.person("education", Role.UNIT_HEAD)).get(matter).status_code == 404
    assert clerk.post(f"{matter}/accept").status_code == 303
    assert clerk.post(f"{matter}/reply", data={"reply": "方案已报。"}).status_code == 303
    assert "方案已报。" in client_for(person).get(f"/reports/{item_id}").text
    assert client_for(person).post(f"{matter}/close").status_code == 303
    assert "已办结" in client_for(city.person("finance", Role.DRAFTER)).get(f"/reports/{item_id}").text


@pytest.mark.req("M-4", "M-3")
def test_an_instruction_names_others_who_read_no_more_than_it_says(
    session: Session, city: City, client_for: ClientFor
) -> None:
    item_id = sent(city, client_for)
    leader, handler = client_for(city.person("office", Role.LEADER)), city.person("education", Role.HANDLER)
    other = {"unit": city.units["education"].name}
    session.commit()
    assert instructed(leader, item_id, **other) == 303
    assert instructed(leader, item_id, **other, person=handler.account) == 303  # the same words to somebody else
    assert instructed(leader, item_id, **other, person="nobody") == 422
    rows = session.scalars(select(Assignment).order_by(Assignment.id)).all()
    assert [row.person_id for row in rows] == [None, handler.id]
    session.commit()
    theirs = client_for(handler)
    page = theirs.get(f"/tasks/assignments/{rows[1].id}").text
    assert ORDER["text"] in page
    assert f"/reports/{item_id}" not in page  # the sender set the readers of the report
    assert theirs.get(f"/reports/{item_id}").status_code == 404
    sender = client_for(city.person("finance", Role.UNIT_HEAD)).get(f"/reports/{item_id}").text
    assert city.units["education"].name in sender
    assert f"/tasks/assignments/{rows[0].id}" not in sender
    # Called off, or with the report withdrawn: each side reads the same.
    cancelled = leader.post(f"/tasks/{rows[0].item_id}/cancel", data={"cancel_reason": "另有安排"})
    assert cancelled.status_code == 303
    author = client_for(city.person("finance", Role.DRAFTER))
    assert "已取消" in author.get(f"/reports/{item_id}").text
    assert author.post(f"/items/{item_id}/acts/withdraw", data={"reason": "数据有误"}).status_code == 303
    assert leader.get(f"/reports/{item_id}").status_code == 404
    assert f"/reports/{item_id}" not in leader.get(f"/tasks/assignments/{rows[1].id}").text


@pytest.mark.req("M-4", "A-6")
def test_who_stands_in_for_a_leader_reads_and_instructs(session: Session, city: City, client_for: ClientFor) -> None:
    leader, acting = city.person("office", Role.LEADER), city.person("office", Role.OFFICE_HEAD)
    item_id = sent(city, client_for)
    client = client_for(acting)
    assert client.get(f"/reports/{item_id}").status_code == 404
    switch(session, named(leader, acting, Role.LEADER))
    assert TITLE in client.get("/").text
    assert client.get(f"/reports/{item_id}").status_code == 200
    assert instructed(client, item_id) == 303
    assert instructed(client_for(leader), item_id) == 409  # the leader's own words come once
    row = session.scalars(select(Instruction)).one()
    assert (row.person_id, row.person_for_id) == (acting.id, leader.id)
    task = session.get_one(Task, row.task_id)
    assert (task.requester_id, task.instructed_by) == (leader.id, leader.name)
    reading = session.scalars(select(ItemReading).where(ItemReading.person_id == acting.id)).one()
    assert reading.person_for_id == leader.id
