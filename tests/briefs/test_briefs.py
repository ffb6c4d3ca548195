"""Government information: marked, reported jointly, edited, adopted, scored, asked for (M-5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.briefs import editing, statistics
from portal.briefs.lifecycle import BriefState
from portal.briefs.models import Award, Brief, BriefScore, BriefTopicUnit
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import frozen, now, today
from portal.core.errors import Invalid
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.content.ready import with_second_factors
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _ready(session: Session, city: City) -> None:
    with_second_factors(session, city)


DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}


def written(client: FlaskClient, title: str, **more: object) -> int:
    answer = client.post("/briefs/new", data={"title": title, "text": f"{title}正文。", "mark": "none", **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[2])


def sent(city: City, client_for: ClientFor, title: str, unit: str = "finance", **more: object) -> int:
    client = client_for(city.person(unit, Role.DRAFTER))
    item_id = written(client, title, **more)
    assert client.post(f"/items/{item_id}/acts/submit", data=DECLARED).status_code == 303
    assert client_for(city.person(unit, Role.UNIT_HEAD)).post(f"/items/{item_id}/acts/publish").status_code == 303
    return item_id


def taken_up(client: FlaskClient, *briefs: int, title: str = "") -> int:
    answer = client.post("/briefs/take-up", data={"brief": list(briefs), "title": title})
    assert "/briefs/adopted/" in answer.location, answer.location
    return int(answer.location.split("/")[-1])


def let_out(city: City, client_for: ClientFor, text: int) -> None:
    """Hand an adopted text in for everybody, and approve it in the office."""
    editor = client_for(city.person("office", Role.SECRETARIAT))
    editor.post(f"/items/{text}/readers", data={"effect": "include", "of": "tier", "tier": "city"})
    assert editor.post(f"/items/{text}/acts/submit", data=DECLARED).status_code == 303
    head = client_for(city.person("office", Role.OFFICE_HEAD))
    assert head.post(f"/items/{text}/acts/publish").status_code == 303


def points(session: Session) -> dict[tuple[int, str], int]:
    session.expire_all()
    rows = session.execute(
        select(BriefScore.unit_id, BriefScore.award, func.sum(BriefScore.points)).group_by(
            BriefScore.unit_id, BriefScore.award
        )
    ).all()
    session.commit()
    return {(unit, award): total for unit, award, total in rows}


@pytest.mark.req("M-5", "M-1")
def test_only_unit_joint_unit_and_office_see_it(session: Session, city: City, client_for: ClientFor) -> None:
    joint = {"joint": "南澄市教育局：舒朗声、薛知津", "authors": "钱知数"}
    item_id = sent(city, client_for, "秋季学期经费保障情况", **joint)
    editor = client_for(city.person("office", Role.INFORMATION_CENTRE))
    for client in (editor, client_for(city.person("education", Role.DRAFTER))):
        page = client.get(f"/briefs/{item_id}").text
        for shown in ("舒朗声、薛知津", "钱知数", "南澄市财政局"):
            assert shown in page
    assert "秋季学期经费保障情况" in editor.get("/").text
    assert "秋季学期经费保障情况" in editor.get("/briefs/desk").text
    for other in (("office", Role.LEADER), ("east", Role.DRAFTER), ("finance", Role.ARCHIVIST)):
        client = client_for(city.person(*other))
        assert client.get(f"/briefs/{item_id}").status_code == 404
        assert "秋季学期经费保障情况" not in client.get("/briefs/").text
        assert client.post(f"/briefs/{item_id}/comment", data={"text": "看看"}).status_code == 404
        assert client.get("/briefs/desk").status_code == 403
    unnamed = client_for(city.person("finance", Role.DRAFTER)).post(
        "/briefs/new", data={"title": "甲", "text": "乙", "mark": "none", "joint": "南澄市教育局"}
    )
    assert unnamed.status_code == 422  # article 44: with the names of the authors


@pytest.mark.req("M-5")
def test_returned_revised_and_marked(session: Session, city: City, client_for: ClientFor) -> None:
    first = sent(city, client_for, "重点项目进展")
    editor = client_for(city.person("office", Role.SECRETARIAT))
    assert editor.post(f"/briefs/{first}/decide/return", data={"reason": ""}).status_code == 422
    back = {"reason": "请补充数据口径。"}
    assert editor.post(f"/briefs/{first}/decide/return", data=back).status_code == 303
    assert editor.post(f"/briefs/{first}/decide/return", data=back).status_code == 409
    assert editor.post(f"/briefs/{first}/comment", data={"text": "口径见附件。"}).status_code == 303
    author = client_for(city.person("finance", Role.DRAFTER))
    assert "重点项目进展" in author.get("/").text
    assert "口径见附件。" in author.get(f"/briefs/{first}").text
    foreign = client_for(city.person("education", Role.DRAFTER)).post(
        "/briefs/new", data={"title": "甲", "text": "乙", "mark": "revised", "revises": first}
    )
    assert foreign.status_code == 422
    second = sent(city, client_for, "重点项目进展", mark="revised", revises=first)
    assert session.get_one(Item, second).title == "【修改稿】重点项目进展"
    assert session.get_one(Brief, first).state == BriefState.REPLACED
    session.commit()
    assert "退回的政务信息" not in client_for(city.person("finance", Role.DRAFTER)).get("/").text
    # A revised draft isn't counted as another one.
    assert points(session) == {(city.units["finance"].id, Award.SUBMISSION): 1}


@pytest.mark.req("M-5")
def test_merged_adopted_scored_and_withdrawn(session: Session, city: City, client_for: ClientFor) -> None:
    finance, education = city.units["finance"].id, city.units["education"].id
    one = sent(city, client_for, "稳岗补贴发放", joint="南澄市教育局：舒朗声")
    two = sent(city, client_for, "校园食堂补助", "education")
    editor = client_for(city.person("office", Role.SECRETARIAT))
    text = taken_up(editor, one, two, title="民生资金两则")
    assert editor.post("/briefs/take-up", data={"brief": [one]}).status_code == 409
    reader = client_for(city.person("finance", Role.HANDLER))
    assert reader.get(f"/briefs/adopted/{text}").status_code == 404
    let_out(city, client_for, text)
    page = client_for(city.person("finance", Role.HANDLER)).get(f"/briefs/adopted/{text}").text
    assert "稳岗补贴发放正文。" in page
    assert "校园食堂补助正文。" in page
    outside = client_for(city.person("east", Role.HANDLER))
    assert outside.get(f"/briefs/adopted/{text}").status_code == 404
    assert "民生资金两则" not in outside.get("/briefs/").text
    editor = client_for(city.person("office", Role.SECRETARIAT))
    award = {"award": "province", "note": "省政府信息第9期"}
    assert editor.post(f"/briefs/adopted/{text}/award", data=award).status_code == 303
    assert editor.post(f"/briefs/adopted/{text}/award", data=award).status_code == 409
    assert points(session) == {
        (finance, "submission"): 1,
        (finance, "adoption"): 5,
        (finance, "province"): 10,
        (education, "submission"): 1,
        (education, "adoption"): 5,
        (education, "joint"): 3,
        (education, "province"): 20,
    }
    withdrawn = editor.post(f"/items/{text}/acts/withdraw", data={"reason": "数据有误"})
    assert withdrawn.status_code == 303
    assert points(session) == {(finance, "submission"): 1, (education, "submission"): 1}
    assert session.get_one(Brief, one).state == BriefState.WAITING


@pytest.mark.req("M-5")
def test_files_come_along_and_are_read_with_the_text_alone(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    def attached(text: str, name: str) -> tuple[BytesIO, str]:
        return BytesIO(text.encode()), name

    first = sent(city, client_for, "秋粮收购", files=[attached("收购进度", "附表.txt"), attached("同一份", "说明.txt")])
    second = sent(
        city,
        client_for,
        "校园食堂",
        "education",
        files=[attached("整改清单", "附表.txt"), attached("同一份", "说明.txt")],
    )
    stored = len(list(runtime.store.root.rglob("*")))
    text = taken_up(client_for(city.person("office", Role.SECRETARIAT)), first, second)
    item = session.get_one(Item, text)
    unit = city.units["education"].short_name
    assert [file.name for file in item.files] == ["附表.txt", "说明.txt", f"{unit}-附表.txt"]
    session.commit()
    assert len(list(runtime.store.root.rglob("*"))) == stored  # the bytes are there once
    reader = city.person("education", Role.HANDLER)
    addresses = [f"/items/{text}/files/{file.id}" for file in item.files]
    assert {client_for(reader).get(address).status_code for address in addresses} == {404}
    let_out(city, client_for, text)
    assert client_for(reader).get(addresses[0]).data == "收购进度".encode()
    page = client_for(reader).get(f"/briefs/adopted/{text}").text
    assert all(address in page for address in addresses)
    # The brief itself stays the unit's and the office's.
    source = session.get_one(Item, first).files[0]
    session.commit()
    assert client_for(reader).get(f"/items/{first}/files/{source.id}").status_code == 404


@pytest.mark.req("M-5")
def test_the_table_of_points_has_a_history(session: Session, city: City, client_for: ClientFor) -> None:
    form = {"award": "submission", "points": "2", "note": "鼓励报送"}
    assert client_for(city.person("finance", Role.DRAFTER)).post("/briefs/points", data=form).status_code == 403
    editor = client_for(city.person("office", Role.SECRETARIAT))
    assert editor.post("/briefs/points", data={**form, "note": ""}).status_code == 422
    assert editor.post("/briefs/points", data=form).status_code == 303
    assert editor.post("/briefs/points", data=form).status_code == 409
    assert "鼓励报送" in client_for(city.person("finance", Role.DRAFTER)).get("/briefs/points").text
    sent(city, client_for, "预算执行情况")
    assert points(session) == {(city.units["finance"].id, Award.SUBMISSION): 2}


@pytest.mark.req("M-5", "M-9")
def test_a_topic_is_asked_for_and_fulfilled(session: Session, city: City, client_for: ClientFor) -> None:
    editor = client_for(city.person("office", Role.SECRETARIAT))
    form = {
        "title": "冬季保供",
        "text": "量价情况",
        "due_on": (today() + timedelta(days=3)).isoformat(),
        "units": "财政局\n教育局",
    }
    assert editor.post("/briefs/topics/new", data={**form, "units": "无此局"}).status_code == 422
    answer = editor.post("/briefs/topics/new", data=form)
    topic = int(answer.location.split("/")[-1])
    assert "冬季保供" in client_for(city.person("finance", Role.DRAFTER)).get("/").text
    assert client_for(city.person("west", Role.DRAFTER)).get(f"/briefs/topics/{topic}").status_code == 404
    foreign = client_for(city.person("west", Role.DRAFTER)).post(
        "/briefs/new", data={"title": "甲", "text": "乙", "mark": "commissioned", "topic": topic}
    )
    assert foreign.status_code == 422
    item_id = sent(city, client_for, "保供情况", mark="commissioned", topic=topic)
    assert session.get_one(Item, item_id).title == "【约稿】保供情况"
    rows = {row.unit_id: row.brief_id for row in session.scalars(select(BriefTopicUnit))}
    session.commit()
    assert rows == {city.units["finance"].id: item_id, city.units["education"].id: None}
    assert "冬季保供" not in client_for(city.person("finance", Role.DRAFTER)).get("/").text
    with frozen(now() + timedelta(days=9)):
        late = client_for(city.person("education", Role.DRAFTER)).get("/").text
        assert "冬季保供" in late
        assert "已超期" in late
        assert "已超期" in client_for(city.person("office", Role.SECRETARIAT)).get(f"/briefs/topics/{topic}").text
    editor = client_for(city.person("office", Role.SECRETARIAT))
    assert editor.post(f"/briefs/topics/{topic}/close", data={"confirmed": "yes"}).status_code == 303
    assert editor.post(f"/briefs/topics/{topic}/close", data={"confirmed": "yes"}).status_code == 409
    assert "冬季保供" not in client_for(city.person("education", Role.DRAFTER)).get("/").text


@pytest.mark.req("M-5")
def test_ranking_figures_and_tables(runtime: Runtime, session: Session, city: City, client_for: ClientFor) -> None:
    sent(city, client_for, "甲")
    sent(city, client_for, "乙")
    sent(city, client_for, "丙", "education")
    editor = client_for(city.person("office", Role.SECRETARIAT))
    page = editor.get("/briefs/ranking").text
    assert page.index("南澄市财政局") < page.index("南澄市教育局")
    assert "<svg" in page
    standings = statistics.ranking(session, statistics.this_month())
    session.commit()
    assert [(row.rank, row.sent, row.points) for row in standings] == [(1, 2, 2), (2, 1, 1)]
    assert "南澄市财政局,2,0,0,0,2" in editor.get("/briefs/ranking.csv").text
    place = editor.post("/briefs/exports", data={"month": statistics.this_month()}).location
    assert editor.get(f"{place}/file").status_code == 404
    drain(runtime)
    sheet = load_workbook(BytesIO(editor.get(f"{place}/file").data)).active
    assert sheet["B2"].value == "南澄市财政局"
    own = client_for(city.person("education", Role.UNIT_HEAD))
    assert "<svg" in own.get("/briefs/figures").text
    assert own.get("/briefs/ranking").status_code == 403
    assert client_for(city.person("office", Role.INFORMATION_CENTRE)).get(place).status_code == 404


def withdraw(session: Session, city: City, client_for: ClientFor, item_id: int) -> str | None:
    """Withdraw a brief as its author; its state then."""
    author = client_for(city.person("finance", Role.DRAFTER))
    answer = author.post(f"/items/{item_id}/acts/withdraw", data={"reason": "数据有误"})
    assert answer.location == f"/briefs/{item_id}"
    state = session.scalar(select(Item.state).where(Item.id == item_id))
    session.commit()  # reading in a writing session holds SQLite's lock
    return state


def scored(session: Session) -> int:
    """All points there are."""
    total = session.scalar(select(func.sum(BriefScore.points))) or 0
    session.commit()  # reading in a writing session holds SQLite's lock
    return total


@pytest.mark.req("M-5")
def test_withdrawing_takes_the_points_along_and_adopted_ones_stay(
    session: Session, city: City, client_for: ClientFor
) -> None:
    for title in ("甲情况", "乙情况"):
        assert withdraw(session, city, client_for, sent(city, client_for, title)) == ItemState.WITHDRAWN
    assert scored(session) == 0, "sent and withdrawn is worth nothing"
    first = sent(city, client_for, "丙情况")
    revised = sent(city, client_for, "丙情况", mark="revised", revises=str(first))
    assert scored(session) == 1
    assert withdraw(session, city, client_for, revised) == ItemState.WITHDRAWN
    assert scored(session) == 0, "the revised draft stood for the first"
    kept = sent(city, client_for, "丁情况")
    let_out(city, client_for, taken_up(client_for(city.person("office", Role.SECRETARIAT)), kept))
    before = scored(session)
    assert withdraw(session, city, client_for, kept) == ItemState.PUBLISHED
    assert scored(session) == before


@pytest.mark.req("M-5", "M-11")
def test_comments_and_reasons_pass_the_gate(session: Session, city: City, client_for: ClientFor) -> None:
    item = session.get_one(Item, sent(city, client_for, "戊情况"))
    editor = city.person("office", Role.SECRETARIAT)
    for act in (editing.comment, editing.send_back):
        with pytest.raises(Invalid):
            act(item, editor, "见机密★1年件")
    editing.comment(item, editor, "请补充数据。")
