"""Requests to deal with a matter: from asking to the result, within the limit or with a word about it (M-3)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from pkgutil import resolve_name
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.operations import publish
from portal.core.clock import Calendar, frozen, now, today
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue_once
from portal.core.releasing import ReleasedFile
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.ledger.models import LedgerEvent
from portal.people import hooks
from portal.people.models import Acting, Person
from portal.people.roles import Role
from portal.tasks import export, files, handling, limits, operations, reminders
from portal.tasks import queries as tasks
from portal.tasks.lifecycle import AssignmentState as S
from portal.tasks.models import Assignment, ReplyFile, Task, TaskExport
from portal.tasks.queries import BY_US, LATE, Filter
from portal.units import hooks as units
from portal.units.hooks import Change, ChangeKind
from portal.web.database import db
from tests.city import City
from tests.work import drain

pytestmark = pytest.mark.req("M-3")

ClientFor = Callable[[Person], FlaskClient]
DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
END = "portal.content.exports.end"
TITLE = "关于报送汛期值班表的请求"
REQUEST = {"title": TITLE, "text": "请报送汛期值班表。", "days": "5"}


def written(client: FlaskClient, **more: object) -> int:
    """Write a request; its number."""
    answer = client.post("/tasks/new", data={**REQUEST, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[2])


def ask(client: FlaskClient, item_id: int, unit: str, person: str = "") -> None:
    """Name one more receiver."""
    assert client.post(f"/tasks/{item_id}/receivers", data={"unit": unit, "person": person}).status_code == 303


def sent(session: Session, work: Runtime, city: City, *receivers: tuple[str, Role | None], leader: str = "") -> Task:
    """A request of the office to units or people."""
    head = city.person("office", Role.OFFICE_HEAD)
    task = operations.draft_task(session, head, work.rules, TITLE, "请办理。", operations.Terms(3, leader))
    for unit, role in receivers:
        operations.add_receiver(task, head, city.units[unit], city.person(unit, role) if role else None)
    publish(task.item, head, work.rules)
    return task


def state_of(session: Session, item_id: int) -> str | None:
    """The state of an item now."""
    state = session.scalar(select(Item.state).where(Item.id == item_id))
    session.commit()  # reading in a writing session holds SQLite's lock
    return state


def do(client: FlaskClient, row: int, act: str, status: int = 303, **data: object) -> str:
    """Post an act; the page."""
    answer = client.post(f"/tasks/assignments/{row}/{act}", data=data)
    assert answer.status_code == status, answer.text
    return answer.text


def sections(session: Session, person: Person) -> set[str]:
    """The sections of requests on a desk."""
    found = desk_of(session, person)
    session.commit()  # reading in a writing session holds SQLite's lock
    return {section.kind.key for section in found.sections if section.kind.key.startswith("tasks-")}


@pytest.mark.req("M-1", "M-9")
def test_from_asking_to_the_result(session: Session, city: City, client_for: ClientFor) -> None:
    asker, clerk = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.EXCHANGE_CLERK)
    handler = city.person("finance", Role.HANDLER)
    ours, theirs = client_for(asker), client_for(clerk)
    item_id = written(ours, files=(BytesIO("表样".encode()), "表样.txt"), instructed_by="王市长")
    ask(ours, item_id, "南澄市财政局")
    ask(ours, item_id, "南澄市教育局", city.person("education", Role.DRAFTER).account)
    assert ours.post(f"/items/{item_id}/acts/publish", data=DECLARED).status_code == 303
    assert ours.post(f"/items/{item_id}/acts/publish", data=DECLARED).status_code == 409  # a double click
    row = session.scalars(select(Assignment.id).where(Assignment.person_id.is_(None))).one()
    assert sections(session, clerk) == {"tasks-accept"}
    for shown in ("南澄市人民政府办公室", asker.name, "表样.txt", "王市长", "请报送汛期值班表。"):
        assert shown in theirs.get(f"/tasks/assignments/{row}").text
    do(theirs, row, "reply", 422, reply="尚未签收")
    do(theirs, row, "accept")
    assert do(theirs, row, "accept", 409)
    do(theirs, row, "assign", 422, assignee=handler.id)  # from one person to another: why
    do(theirs, row, "assign", assignee=handler.id, assign_reason="由经办人办理")
    handled = client_for(handler)
    do(theirs, row, "reply", 403, reply="代为答复")
    do(handled, row, "reply", reply="值班表已排定。", files=(BytesIO("值班".encode()), "值班表.txt"))
    do(handled, row, "reply", 409, reply="值班表已排定。")
    assert sections(session, asker) == {"tasks-judge"}
    do(ours, row, "send-back", 422)
    do(ours, row, "send-back", again="缺少周末值班")
    do(handled, row, "reply", reply="已补充周末值班。")
    do(ours, row, "close")
    do(ours, row, "close", 409)
    page = handled.get(f"/tasks/assignments/{row}").text
    for shown in ("缺少周末值班", "由经办人办理", "值班表.txt", "已补充周末值班。"):
        assert shown in page
    listed = ours.get("/tasks/supervision").text
    assert "南澄市教育局"[3:] in listed  # the other receiver has no result yet
    assert "已补充周末值班。" not in listed
    assert "已补充周末值班。" in ours.get("/tasks/supervision?state=closed").text


def test_nobody_else_sees_it(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    task = sent(session, runtime, city, ("finance", None), ("education", Role.DRAFTER), leader="王市长")
    whole, named = task.assignments
    handling.accept(whole, city.person("finance", Role.HANDLER))
    received = [files.take(runtime, (BytesIO(b"x"), "表.txt"))]
    reply = handling.reply(whole, city.person("finance", Role.HANDLER), "已办", received)
    file = f"/tasks/assignments/{whole.id}/files/{reply.files[0].id}"
    pages = (f"/tasks/{task.item_id}", f"/tasks/assignments/{whole.id}", f"/tasks/assignments/{named.id}", file)
    session.commit()
    seen = {
        ("west", Role.OFFICE_HEAD): (404, 404, 404, 404),
        ("education", Role.EXCHANGE_CLERK): (404, 404, 404, 404),  # asked by name, not the unit
        ("education", Role.DRAFTER): (200, 404, 200, 404),
        ("education", Role.OFFICE_HEAD): (200, 404, 200, 404),
        ("finance", Role.EXCHANGE_CLERK): (200, 200, 404, 200),
        ("office", Role.LEADER): (200, 200, 200, 200),
        ("office", Role.DRAFTER): (404, 404, 404, 404),  # of the side that asked, but neither author nor head
    }
    for (unit, role), codes in seen.items():
        client = client_for(city.person(unit, role))
        assert tuple(client.get(page).status_code for page in pages) == codes, (unit, role)
        lists = [
            client.get(f"/tasks/{page}").text for page in ("", "?side=by-us", "supervision", "list.csv?leaders=yes")
        ]
        assert any(TITLE in text for text in lists) == (codes[0] == 200), (unit, role)
    stranger = client_for(city.person("west", Role.OFFICE_HEAD))
    assert stranger.post(f"/tasks/assignments/{whole.id}/cancel", data={"cancel_reason": "x"}).status_code == 404
    answer = client_for(city.person("finance", Role.OFFICE_HEAD)).post(f"/tasks/assignments/{whole.id}/close")
    assert answer.status_code == 403  # the receiver doesn't judge its own reply


def test_only_those_permitted_ask(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    assert client_for(city.person("finance", Role.DRAFTER)).get("/tasks/new").status_code == 403
    head = client_for(city.person("finance", Role.DEPARTMENT_HEAD))
    assert head.post("/tasks/new", data={**REQUEST, "text": " "}).status_code == 422
    assert head.post("/tasks/new", data={**REQUEST, "days": "61"}).status_code == 422
    assert head.post("/tasks/new", data={**REQUEST, "number": "南财发〔2026〕9号"}).status_code == 422
    assert head.post("/tasks/new", data={**REQUEST, "instructed_by": "王市长"}).status_code == 403
    item_id = written(head)
    assert head.post(f"/tasks/{item_id}/receivers", data={"unit": "无此局"}).status_code == 422
    head.post(f"/items/{item_id}/acts/publish", data=DECLARED)
    assert state_of(session, item_id) == ItemState.DRAFTING  # nobody is asked yet
    ask(head, item_id, "南澄市教育局")
    assert head.post(f"/tasks/{item_id}/receivers", data={"unit": "南澄市教育局"}).status_code == 409
    assert head.post(f"/items/{item_id}/acts/publish", data=DECLARED).status_code == 303
    head.post(f"/items/{item_id}/acts/withdraw", data={"reason": "不必办了"})
    assert state_of(session, item_id) == ItemState.PUBLISHED  # it is cancelled, not taken away
    assert head.post(f"/tasks/{item_id}/cancel", data={"cancel_reason": ""}).status_code == 422
    assert head.post(f"/tasks/{item_id}/cancel", data={"cancel_reason": "不必办了"}).status_code == 303
    assert head.post(f"/tasks/{item_id}/cancel", data={"cancel_reason": "不必办了"}).status_code == 409
    row = session.scalars(select(Assignment.id).where(Assignment.item_id == item_id)).one()
    session.commit()
    page = client_for(city.person("education", Role.EXCHANGE_CLERK)).get(f"/tasks/assignments/{row}").text
    assert "不必办了" in page


def test_limits_lights_and_reminders(session: Session, runtime: Runtime, city: City) -> None:
    monday = now().replace(year=2026, month=6, day=1, hour=2, minute=0)
    asker, handler = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.HANDLER)
    head = city.person("finance", Role.UNIT_HEAD)
    with frozen(monday) as hands:
        row = sent(session, runtime, city, ("finance", None)).assignments[0]
        assert row.due_on == date(2026, 6, 4)
        handling.accept(row, handler)
        assert limits.light(row, runtime.rules) == ""
        assert reminders.remind(session) == 0
        hands.at += timedelta(days=2)
        assert limits.light(row, runtime.rules) == "yellow"
        assert [reminders.remind(session), reminders.remind(session)] == [1, 0]
        hands.at += timedelta(days=2)
        assert limits.light(row, runtime.rules) == "red"
        assert [reminders.remind(session), reminders.remind(session)] == [1, 0]
        # The neglect is seen where somebody answers for it, on both sides.
        assert sections(session, handler) == {"tasks-due"}
        assert sections(session, head) == {"tasks-late-ours"}
        assert sections(session, asker) == {"tasks-late-theirs"}
        for person, side in ((head, "of-us"), (asker, BY_US)):
            rows, _ = tasks.listed(session, person, Filter(side=side, state=LATE))
            assert [found.id for found in rows] == [row.id]
        handling.explain(row, handler, "数据待下级单位上报")
        with pytest.raises(AlreadyDone):
            handling.explain(row, handler, "数据待下级单位上报")
        with pytest.raises(Invalid):
            handling.ask_extension(row, handler, runtime.rules, date(2026, 6, 7), "周日")
        handling.ask_extension(row, handler, runtime.rules, date(2026, 6, 9), "数据待上报")
        with pytest.raises(AlreadyDone):
            handling.ask_extension(row, handler, runtime.rules, date(2026, 6, 9), "数据待上报")
        assert sections(session, asker) == {"tasks-extend"}
        with pytest.raises(Denied):
            operations.extend(row, handler, runtime.rules, None, "")
        operations.refuse_extension(row, asker, "请抓紧")
        handling.ask_extension(row, handler, runtime.rules, date(2026, 6, 9), "仍需时间")
        operations.extend(row, asker, runtime.rules, None, "")
        with pytest.raises(AlreadyDone):
            operations.extend(row, asker, runtime.rules, None, "")
        assert limits.light(row, runtime.rules) == ""
        hands.at += timedelta(days=3)
        assert reminders.remind(session) == 1  # of the new limit anew
        hands.at += timedelta(days=4)
        handling.reply(row, handler, "已报送")
        with pytest.raises(Invalid):
            operations.send_back(row, asker, runtime.rules, "缺表", None)  # the limit is over: name another
        operations.send_back(row, asker, runtime.rules, "缺表", date(2026, 6, 15))
        assert limits.light(row, runtime.rules) == "yellow"


def test_tables(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    task = sent(session, runtime, city, ("finance", None), ("education", None), leader="王市长")
    task.item.title = "=1+1"
    session.commit()
    client = client_for(city.person("office", Role.OFFICE_HEAD))
    rows = list(csv.reader(io.StringIO(client.get("/tasks/list.csv?side=by-us").text.lstrip("\ufeff"))))
    assert [row[1] for row in rows] == ["事项", "'=1+1", "'=1+1"]
    answer = client.post("/tasks/workbook", data={"leaders": "yes"})
    assert answer.status_code == 303
    drain(runtime)
    assert answer.location + "/file" in client.get(answer.location).text
    book = load_workbook(BytesIO(client.get(answer.location + "/file").data))
    assert {row[5] for row in book["督办台账"].iter_rows(min_row=2, values_only=True)} == {
        "南澄市财政局",
        "南澄市教育局",
    }
    assert client_for(city.person("finance", Role.OFFICE_HEAD)).get(answer.location).status_code == 404


def test_whoever_leaves_hands_over(session: Session, runtime: Runtime, city: City) -> None:
    row = sent(session, runtime, city, ("finance", None)).assignments[0]
    asker, leaver = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.HANDLER)
    handling.accept(row, leaver)
    heir, follower = city.person("finance", Role.EXCHANGE_CLERK), city.person("office", Role.LEADER)
    found = {work.key: work for work in _open_work(session, leaver) + _open_work(session, asker)}
    assert {"tasks.assignments", "tasks.requests"} <= set(found)
    actor = city.person("office", Role.INFORMATION_CENTRE)
    hooks.hand_over.call(session, leaver, "tasks.assignments", heir, actor)
    hooks.hand_over.call(session, asker, "tasks.requests", follower, actor)
    session.expire_all()
    assert (row.assignee_id, row.task.requester_id) == (heir.id, follower.id)
    assert not [work for work in _open_work(session, leaver) if work.key.startswith("tasks")]


def _open_work(session: Session, person: Person) -> list[hooks.OpenWork]:
    return [work for answer in hooks.open_work.call(session, person) for work in answer]


@pytest.mark.req("U-4")
def test_the_heir_answers(session: Session, runtime: Runtime, city: City) -> None:
    row = sent(session, runtime, city, ("finance", None)).assignments[0]
    handling.accept(row, city.person("finance", Role.HANDLER))
    receiver = city.person("education", Role.EXCHANGE_CLERK)
    change = Change(ChangeKind.MERGE, city.units["finance"], city.units["education"], receiver_id=receiver.id)
    office = city.person("office", Role.INFORMATION_CENTRE)
    surveyed = [effect for answer in units.survey.call(session, change) for effect in answer]
    done = [effect for answer in units.carry_out.call(session, change, office) for effect in answer]
    counts = [{e.key: e.count for e in effects if e.key.startswith("tasks")} for effects in (surveyed, done)]
    assert counts[0] == counts[1] == {"tasks.received": 1, "tasks.dealt-with": 1}
    session.expire_all()
    assert tasks.get_assignment(session, receiver, row.id).assignee_id == receiver.id
    handling.reply(row, receiver, "已由继承单位办结")


def test_who_stands_in_is_named_with_both_names(session: Session, runtime: Runtime, city: City) -> None:
    row = sent(session, runtime, city, ("finance", None)).assignments[0]
    deputy, leader = city.person("finance", Role.DRAFTER), city.person("finance", Role.LEADER)
    deputy.acting = Acting(1, leader, frozenset({Role.LEADER}))
    handling.accept(row, deputy)
    assert row.assignee_id == leader.id  # it lies on the desk of the one stood in for
    session.flush()
    event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "assignment.accepted")).one()
    assert (event.actor_id, event.acting_for_id) == (deputy.id, leader.id)


def test_one_reply_row_each(session: Session, runtime: Runtime, city: City) -> None:
    task = sent(session, runtime, city, ("finance", None), ("education", None))
    first, second = task.assignments
    handling.accept(first, city.person("finance", Role.UNIT_HEAD))
    assert (first.state, second.state) == (S.ACCEPTED, S.SENT)
    assert session.scalar(select(func.count()).select_from(Assignment)) == 2
    assert first.due_on == Calendar().add_working_days(today(), 3)


def test_files_of_a_reply_are_looked_into_with_nothing_locked(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent(session, runtime, city, ("finance", None)).assignments[0]
    handler = city.person("finance", Role.HANDLER)
    handling.accept(row, handler)
    session.commit()
    looked: list[bool] = []

    def text_of(*_file: object) -> str:
        looked.append(db().in_transaction())
        return ""

    monkeypatch.setattr("portal.content.extraction.text_of", text_of)
    client, sheet = client_for(handler), (BytesIO(b"x"), "表.txt")
    do(client, row.id, "reply", 422, reply="", files=sheet)
    assert looked == [], "a reply that is refused anyway"
    do(client, row.id, "reply", reply="已办。", files=(BytesIO(b"x"), "表.txt"))
    assert looked == [False]
    assert session.scalar(select(func.count()).select_from(ReplyFile)) == 1
    session.commit()


def test_a_workbook_is_not_asked_for_at_the_desk_of_another(session: Session, runtime: Runtime, city: City) -> None:
    deputy, leader = city.person("finance", Role.DRAFTER), city.person("finance", Role.LEADER)
    assert export.ask_workbook(session, deputy, Filter()).asked_by_id == deputy.id
    deputy.acting = Acting(1, leader, frozenset({Role.LEADER}))
    with pytest.raises(Refused):
        export.ask_workbook(session, deputy, Filter())


def test_a_workbook_ends_after_a_day(session: Session, runtime: Runtime, city: City) -> None:
    drafter = city.person("finance", Role.DRAFTER)
    export.ask_workbook(session, drafter, Filter())
    session.commit()
    drain(runtime)
    with frozen(now() + timedelta(hours=23)):
        enqueue_once(session, Queue.WORK, END)
        session.commit()
        drain(runtime)
    digest = session.scalars(select(TaskExport.digest)).one()
    session.commit()
    with frozen(now() + timedelta(hours=25)):
        enqueue_once(session, Queue.WORK, END)
        session.commit()
        drain(runtime)
    assert session.scalars(select(TaskExport.id)).all() == []
    assert digest in set(session.scalars(select(ReleasedFile.digest)))


def test_the_item_is_locked_before_the_assignments_whose_acts_address_it(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = sent(session, runtime, city, ("finance", Role.HANDLER), ("education", None))
    row, leaver, heir = task.assignments[0], city.person("finance", Role.HANDLER), city.person("finance", Role.DRAFTER)
    order: list[str] = []

    def noted(path: str, told: str) -> None:
        real = resolve_name(path)

        def act(*given: Any) -> Any:
            order.append(told)
            return real(*given)

        monkeypatch.setattr(path.replace(":", "."), act)

    noted("portal.content.operations:lock", "item")
    noted("portal.content.operations:put_readers", "address")
    noted("portal.tasks.handling:lock", "assignment")
    handling.assign(row, city.person("finance", Role.OFFICE_HEAD), heir, "轮岗")
    assert order == ["item", "assignment", "address"]
    order.clear()
    hooks.hand_over.call(session, heir, "tasks.assignments", leaver, leaver)
    assert order[0] == "item"
    assert order[-1] == "address"
    order.clear()
    change = Change(ChangeKind.MERGE, city.units["finance"], city.units["education"], receiver_id=None)
    units.carry_out.call(session, change, city.person("office", Role.INFORMATION_CENTRE))
    assert order.index("item") < order.index("address")


@pytest.mark.req("M-11")
@pytest.mark.parametrize("word", ["机密★1年", "特提"])
def test_reasons_and_replies_pass_the_gate_too(session: Session, runtime: Runtime, city: City, word: str) -> None:
    row, head = sent(session, runtime, city, ("finance", None)).assignments[0], city.person("office", Role.OFFICE_HEAD)
    handler, chief = city.person("finance", Role.HANDLER), city.person("finance", Role.OFFICE_HEAD)
    handling.accept(row, handler)
    marked, later = f"【{word}】", Calendar().add_working_days(today(), 8)
    for act in (
        lambda: handling.explain(row, handler, marked),
        lambda: handling.reply(row, handler, marked),
        lambda: handling.ask_extension(row, handler, runtime.rules, later, marked),
        lambda: handling.assign(row, chief, city.person("finance", Role.DRAFTER), marked),
        lambda: operations.cancel(row, head, marked),
    ):
        with pytest.raises(Invalid):
            act()
    handling.explain(row, handler, "两处需会勘\x01。")
    assert row.delay_reason == "两处需会勘。", "no workbook takes a control character"
