"""Direct delivery and circulation: who gets it, who passes it on, what the trail tells (M-8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.models import Item, ReaderKey
from portal.content.readers import Key
from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.errors import Denied, Invalid
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.notices import passing
from portal.notices.models import CirculationStep
from portal.people.models import Person
from portal.people.roles import Role
from portal.units import hooks as units
from portal.units.hooks import Change, ChangeKind
from tests.city import City
from tests.people.acting import named, switch

ClientFor = Callable[[Person], FlaskClient]
DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
TITLE = "市领导批示办理情况"


def handed_over(client: FlaskClient, way: str, to: list[Person], **more: object) -> int:
    """Write and send; its number."""
    keys = [f"person:{one.id}" for one in to]
    form = {"title": TITLE, "text": "请阅。", "way": way, "act": "publish", "to": keys, **DECLARED}
    answer = client.post("/notices/hand-over", data={**form, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


@pytest.mark.req("M-8")
def test_a_delivery_goes_no_further(session: Session, city: City, client_for: ClientFor) -> None:
    sender, reader = city.person("office", Role.DRAFTER), city.person("finance", Role.LEADER)
    item_id = handed_over(client_for(sender), "delivery", [reader])
    page = f"/notices/deliveries/{item_id}"
    assert TITLE in client_for(reader).get("/").text
    theirs = client_for(reader)
    assert TITLE in theirs.get("/notices/passed").text
    assert "请阅。" in theirs.get(page).text
    # Neither passed on by the reader nor seen by colleagues on either side, nor published readers changed.
    assert theirs.get(f"/notices/circulations/{item_id}/pass-on").status_code == 404
    item = session.get_one(Item, item_id)
    with pytest.raises(Denied):
        passing.pass_on(item, reader, [Key("person", str(sender.id))], "")
    session.commit()
    session.commit()
    for other in (city.person("finance", Role.DRAFTER), city.person("office", Role.OFFICE_HEAD)):
        assert client_for(other).get(page).status_code == 404
        assert TITLE not in client_for(other).get("/notices/written").text
    assert client_for(sender).get(f"/items/{item_id}/readers").status_code == 404
    assert theirs.post(f"/items/{item_id}/acts/withdraw", data={"reason": "x"}).status_code == 404
    client_for(sender).post(f"/items/{item_id}/acts/withdraw", data={"reason": "误发"})
    assert client_for(reader).get(page).status_code == 404


@pytest.mark.req("M-8")
def test_a_circulation_is_passed_on_with_its_trail(session: Session, city: City, client_for: ClientFor) -> None:
    sender, first = city.person("office", Role.DRAFTER), city.person("finance", Role.LEADER)
    further, stranger = city.person("education", Role.HANDLER), city.person("west", Role.HANDLER)
    item_id = handed_over(client_for(sender), "at-once", [first])
    page = f"/notices/circulations/{item_id}"
    assert client_for(further).get(page).status_code == 404
    client = client_for(first)
    answer = client.post(f"{page}/pass-on", data={"to": [f"person:{further.id}"], "remark": "请教育局研提意见"})
    assert answer.status_code == 303
    again = client.post(f"{page}/pass-on", data={"to": [f"person:{further.id}"], "remark": ""})
    assert again.status_code == 422
    assert [section.kind.key for section in desk_of(session, further).sections] == ["circulated"]
    session.commit()
    theirs = client_for(further)
    assert theirs.post(f"{page}/read", data={"opinion": "拟同意，建议增加一条。"}).status_code == 303
    assert theirs.post(f"{page}/read", data={"opinion": "另一条"}, follow_redirects=True).status_code == 200
    shown = client_for(sender).get(page).text
    for told in (first.name, further.name, "请教育局研提意见", "拟同意，建议增加一条。"):
        assert told in shown
    assert "另一条" not in shown
    assert client_for(stranger).get(page).status_code == 404
    assert client_for(stranger).post(f"{page}/read").status_code == 404
    assert desk_of(session, further).sections == ()
    session.commit()
    # Gone for all, those it was passed on to as well; and nobody passes it on any more.
    client_for(sender).post(f"/items/{item_id}/acts/withdraw", data={"reason": "误发"})
    for reader in (first, further):
        assert client_for(reader).get(page).status_code == 404
        assert client_for(reader).post(f"{page}/pass-on", data={"to": [f"person:{stranger.id}"]}).status_code == 404


@pytest.mark.req("M-8")
def test_in_turn_each_waits_for_the_one_before(session: Session, city: City, client_for: ClientFor) -> None:
    sender = city.person("office", Role.DRAFTER)
    line = [city.person(unit, Role.LEADER) for unit in ("finance", "education", "west")]
    item_id = handed_over(client_for(sender), "in-turn", line)
    page = f"/notices/circulations/{item_id}"

    def open_to() -> list[bool]:
        return [client_for(one).get(page).status_code == 200 for one in line]

    assert open_to() == [True, False, False]
    client_for(line[0]).post(f"{page}/read", data={"opinion": "已阅"})
    assert open_to() == [True, True, False]
    with frozen(now() + timedelta(days=3)):
        late = desk_of(session, sender)
        assert [(section.kind.key, section.lines[0].late) for section in late.sections] == [("circulating", True)]
        session.commit()
    assert client_for(line[1]).post(f"{page}/next").status_code == 403  # only the sender hastens
    assert client_for(sender).post(f"{page}/next").status_code == 303
    assert open_to() == [True, True, True]
    assert "顺序" in client_for(sender).post(f"{page}/next", follow_redirects=True).text


@pytest.mark.req("M-8")
def test_nothing_goes_out_without_addressee_or_declaration(city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("office", Role.DRAFTER))
    form = {"title": TITLE, "text": "请阅。", "way": "at-once", "act": "publish"}
    for wrong in ("person:0x", "all", "unit:999999"):
        assert client.post("/notices/hand-over", data={**form, **DECLARED, "to": [wrong]}).status_code == 422
    someone = city.person("finance", Role.LEADER)
    assert client.post("/notices/hand-over", data={**form, "to": [f"person:{someone.id}"]}).status_code == 422
    assert client.get("/notices/hand-over?document=999").status_code == 404
    reader = client_for(city.person("finance", Role.REGISTRAR))
    assert reader.get("/notices/hand-over").status_code == 403


@pytest.mark.req("M-8")
def test_a_linked_document_opens_only_to_those_who_may(session: Session, city: City, client_for: ClientFor) -> None:
    sender, reader = city.person("office", Role.DRAFTER), city.person("finance", Role.LEADER)
    colleague = city.person("office", Role.LEADER)
    document = Document(
        unit_id=sender.unit_id, drafter_id=sender.id, state=DocumentState.NUMBERED, kind="notice", direction="down",
        title="关于机密程度不宜外传的通知", text="一、", red_head="文件", signature="市政府办公室", created_at=now(),
    )  # fmt: skip
    session.add(document)
    session.commit()
    item_id = handed_over(client_for(sender), "at-once", [reader, colleague], document=document.id)
    page, link = f"/notices/circulations/{item_id}", f"/documents/{document.id}"
    assert link in client_for(colleague).get(page).text
    shown = client_for(reader).get(page).text
    assert link not in shown
    assert document.title not in shown
    # Nobody links what they may not see.
    outsider = client_for(city.person("finance", Role.DRAFTER))
    assert outsider.get(f"/notices/hand-over?document={document.id}").status_code == 404


@pytest.mark.req("M-8")
def test_two_who_pass_it_on_at_once_lose_nobody(
    session: Session, city: City, client_for: ClientFor, runtime: Runtime
) -> None:
    givers = [city.person(unit, Role.LEADER) for unit in ("finance", "education")]
    both, left, right = (city.person("west", role) for role in (Role.HANDLER, Role.DRAFTER, Role.LEADER))
    item_id = handed_over(client_for(city.person("office", Role.DRAFTER)), "at-once", givers)
    start = Barrier(2)

    def give(giver: int, own: int) -> bool:
        start.wait()
        with unit_of_work(runtime.engine) as mine:
            keys = [Key("person", str(both.id)), Key("person", str(own))]
            passing.pass_on(mine.get_one(Item, item_id), mine.get_one(Person, giver), keys, "")
        return True

    pairs = ((givers[0].id, left.id), (givers[1].id, right.id))
    session.commit()
    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(lambda pair: give(*pair), pairs))
    expected = {f"person:{one.id}" for one in (*givers, both, left, right)}
    session.expire_all()
    assert set(session.scalars(select(CirculationStep.key).where(CirculationStep.item_id == item_id))) == expected
    rows = session.scalars(select(ReaderKey).where(ReaderKey.item_id == item_id)).all()
    assert {row.key for row in rows} == expected
    assert all(row.published_at is not None for row in rows)


def test_too_long_a_word_is_refused(session: Session, city: City, client_for: ClientFor) -> None:
    reader = city.person("finance", Role.LEADER)
    item_id = handed_over(client_for(city.person("office", Role.DRAFTER)), "at-once", [reader])
    with pytest.raises(Invalid):
        passing.finish(session.get_one(Item, item_id), reader, "字" * 501)


@pytest.mark.req("M-8", "A-6")
def test_who_stands_in_says_the_word_and_both_names_stand(session: Session, city: City, client_for: ClientFor) -> None:
    sender, away = city.person("office", Role.DRAFTER), city.person("finance", Role.LEADER)
    acting = city.person("finance", Role.OFFICE_HEAD)
    item_id = handed_over(client_for(sender), "at-once", [away])
    page, client = f"/notices/circulations/{item_id}", client_for(acting)
    assert client.get(page).status_code == 404
    delegation = named(away, acting, Role.LEADER)
    switch(session, delegation)
    for listed in ("/", "/notices/passed"):
        assert TITLE in client.get(listed).text
    assert client.get(page).status_code == 200
    assert f"{acting.name}（代）打开" in client_for(sender).get(page).text
    client = client_for(acting)
    switch(session, delegation)
    assert client.post(f"{page}/read", data={"opinion": "已阅。"}).status_code == 303
    trail = client_for(sender).get(page).text
    assert acting.name in trail and away.name in trail and "已阅。" in trail
    step = session.scalars(select(CirculationStep).where(CirculationStep.item_id == item_id)).one()
    assert (step.done_by_id, step.done_for_id) == (acting.id, away.id)


@pytest.mark.req("U-4", "M-8")
def test_where_the_heir_has_a_place_of_its_own_the_circulation_goes_on(
    session: Session, city: City, client_for: ClientFor
) -> None:
    finance, education, west = (city.units[key] for key in ("finance", "education", "west"))
    in_turn = [f"unit:{unit.id}" for unit in (finance, west, education)]
    form = {"title": TITLE, "text": "请阅。", "way": "in-turn", "act": "publish", "to": in_turn, **DECLARED}
    answer = client_for(city.person("office", Role.DRAFTER)).post("/notices/hand-over", data=form)
    item_id = int(answer.location.rsplit("/", 1)[1])
    change = Change(ChangeKind.MERGE, finance, education, receiver_id=city.person("education", Role.LEADER).id)
    units.carry_out.call(session, change, city.person("office", Role.INFORMATION_CENTRE))
    session.flush()
    left = [(step.key, step.begun_at is not None) for step in passing.steps_of(session, session.get_one(Item, item_id))]
    assert left == [(f"unit:{west.id}", True), (f"unit:{education.id}", False)], "the next in turn has it"


@pytest.mark.req("M-8", "M-11")
def test_opinions_and_remarks_pass_the_gate(session: Session, city: City, client_for: ClientFor) -> None:
    reader, further = city.person("finance", Role.LEADER), city.person("education", Role.HANDLER)
    item_id = handed_over(client_for(city.person("office", Role.DRAFTER)), "at-once", [reader])
    item = session.get_one(Item, item_id)
    with pytest.raises(Invalid):
        passing.finish(item, reader, "本件为机密★1年")
    with pytest.raises(Invalid):
        passing.pass_on(item, reader, [Key("person", str(further.id))], "【机密】请阅")
    passing.finish(item, reader, "已阅")
