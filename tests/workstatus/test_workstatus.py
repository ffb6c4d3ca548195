"""Work status: columns, entries, and what every unit owes by a day (M-2, GZ41)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.content.operations import publish, put_readers, set_readers, submit, withdraw
from portal.content.readers import Key, Scope
from portal.core import jobs
from portal.core.clock import CITY_ZONE, Hands, frozen
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Invalid
from portal.core.rules import build_rules, read_preset
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.models import Unit
from portal.worker import ALLOWED
from portal.workstatus import board, columns, duties, operations, queries
from portal.workstatus.board import Filter, Status
from portal.workstatus.desk import DUE, LATE
from portal.workstatus.models import DueKind, WorkColumn, WorkDue, WorkEntry, WorkFulfilment, WorkReminder
from tests.city import City

pytestmark = pytest.mark.req("M-2")

ClientFor = Callable[[Person], FlaskClient]
DECLARED = Declaration(True, True, True)
TICKED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
GUANGZHOU = build_rules(read_preset("guangzhou"))


@pytest.fixture
def hands(session: Session, city: City) -> Iterator[Hands]:
    """Thursday, 25 February 2027, nine in the morning; the units joined long before."""
    begin = datetime(2027, 2, 25, 9, tzinfo=CITY_ZONE)
    session.execute(update(Unit).values(joined_at=datetime(2020, 1, 1, tzinfo=CITY_ZONE)))
    session.execute(update(Person).values(password_changed_at=begin, totp_seed=b"set up"))
    session.commit()
    with frozen(begin) as stopped:
        yield stopped


def to_day(hands: Hands, day: date) -> None:
    """Go on to nine in the morning of a day."""
    hands.at = datetime(day.year, day.month, day.day, 9, tzinfo=CITY_ZONE)


def announced(session: Session) -> dict[str, WorkDue]:
    """Announce, and give what is owed by kind."""
    duties.announce(session, GUANGZHOU)
    session.commit()
    found = {due.kind: due for due in session.scalars(select(WorkDue))}
    session.commit()  # reading in a writing session holds SQLite's lock
    return found


def drafted(session: Session, author: Person, due: WorkDue | None, title: str = "二月工作完成情况") -> WorkEntry:
    """A draft in the column that takes it."""
    takes = due.kind if due else ""
    column = session.scalars(select(WorkColumn.id).where(WorkColumn.takes == takes).order_by(WorkColumn.id)).first()
    return operations.draft_entry(
        session, author, title, "一、完成情况。", column_id=column, due_id=due.id if due else None
    )


def published(
    session: Session, city: City, unit: str, due: WorkDue | None, title: str = "二月工作完成情况"
) -> WorkEntry:
    """An entry of a unit, approved by its head."""
    author = city.person(unit, Role.DRAFTER)
    entry = drafted(session, author, due, title)
    submit(entry.item, author, GUANGZHOU, DECLARED)
    publish(entry.item, city.person(unit, Role.UNIT_HEAD), GUANGZHOU)
    session.commit()
    return entry


def status_of(session: Session, city: City, unit: str, due: WorkDue) -> str:
    """How a unit stands to an item on its page."""
    rows = board.of_unit(session, city.units[unit].id, due.year)
    return next(row.status for row in rows if row[0].id == due.id)


@pytest.mark.parametrize(
    ("kind", "year", "month", "day"),
    [
        (DueKind.YEAR_SUMMARY, 2026, 0, date(2026, 2, 28)),  # a Saturday worked in exchange for the spring festival
        (DueKind.YEAR_PLAN, 2025, 0, date(2025, 2, 28)),
        (DueKind.YEAR_PLAN, 2024, 0, date(2024, 2, 29)),
        (DueKind.MONTH_REPORT, 2026, 1, date(2026, 1, 12)),  # the tenth is a Saturday
        (DueKind.MONTH_PLAN, 2026, 2, date(2026, 2, 10)),
    ],
)
def test_the_day_follows_from_the_rules(kind: DueKind, year: int, month: int, day: date) -> None:
    assert duties.due_day(kind, year, month, GUANGZHOU) == day


def test_rules_may_say_otherwise() -> None:
    own = build_rules(read_preset("guangzhou") | {"month_work_due_day": 31, "work_due_next_working_day": False})
    assert duties.due_day(DueKind.MONTH_PLAN, 2026, 2, own) == date(2026, 2, 28)
    assert duties.due_day(DueKind.MONTH_PLAN, 2026, 1, own) == date(2026, 1, 31)


def test_items_are_announced_and_reminded_of_once(runtime: Runtime, session: Session, city: City, hands: Hands) -> None:
    found = announced(session)
    assert sorted(due.title for due in found.values()) == [
        "2026年度工作总结", "2027年1月工作完成情况", "2027年2月工作安排", "2027年度工作计划",
    ]  # fmt: skip
    assert duties.announce(session, GUANGZHOU) == []
    # Yearly: due Sunday the 28th, moved to 1 March; three working days before is the 24th. Monthly: over already.
    assert len(duties.remind(session, GUANGZHOU)) == 2
    assert duties.remind(session, GUANGZHOU) == []
    assert len(session.scalars(select(WorkReminder)).all()) == 2 * len(city.units)
    session.commit()
    to_day(hands, date(2027, 4, 1))  # the scheduler slept through March
    jobs_before = len(session.scalars(select(WorkDue)).all())
    session.commit()
    with unit_of_work(runtime.engine) as other:
        jobs.enqueue_once(other, jobs.Queue.WORK, "portal.workstatus.jobs.keep_duties")
    assert jobs.run_inline(runtime, ALLOWED) == 1
    assert len(session.scalars(select(WorkDue)).all()) == jobs_before + 4  # March and April, none of the year again


def test_an_entry_fulfils_in_time_or_late_and_not_after_withdrawal(session: Session, city: City, hands: Hands) -> None:
    plan = announced(session)[DueKind.YEAR_PLAN]
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    keys = lambda: {line.section for section in desk_of(session, clerk).sections for line in section.lines}  # noqa: E731
    assert {DUE, LATE} <= keys()  # January's report and February's plan were due on the tenth
    in_time = published(session, city, "finance", plan)
    assert status_of(session, city, "finance", plan) == Status.DONE
    assert status_of(session, city, "education", plan) == Status.OPEN
    to_day(hands, date(2027, 3, 3))
    assert status_of(session, city, "education", plan) == Status.MISSING
    second = published(session, city, "finance", plan, "补充计划")
    published(session, city, "education", plan)
    assert status_of(session, city, "education", plan) == Status.LATE
    assert status_of(session, city, "finance", plan) == Status.DONE
    withdraw(in_time.item, city.person("finance", Role.DRAFTER), "有误")
    assert session.scalars(
        select(WorkFulfilment.item_id).where(WorkFulfilment.unit_id == city.units["finance"].id)
    ).all() == [second.item_id]
    assert status_of(session, city, "finance", plan) == Status.LATE
    withdraw(second.item, city.person("finance", Role.DRAFTER), "有误")
    assert status_of(session, city, "finance", plan) == Status.MISSING
    assert LATE in keys()


def test_who_joined_later_or_is_exempted_owes_nothing(session: Session, city: City, hands: Hands) -> None:
    report = announced(session)[DueKind.MONTH_REPORT]
    city.units["west"].joined_at = datetime(2027, 2, 3, tzinfo=CITY_ZONE)
    centre = city.person("office", Role.INFORMATION_CENTRE)
    grant = operations.exempt(session, centre, city.units["east"], date(2027, 2, 1), date(2027, 2, 28), "机构改革")
    with pytest.raises(AlreadyDone):
        operations.exempt(session, centre, city.units["east"], date(2027, 2, 1), date(2027, 2, 28), "机构改革")
    assert status_of(session, city, "west", report) == Status.NONE
    assert status_of(session, city, "east", report) == Status.EXEMPT
    assert status_of(session, city, "finance", report) == Status.MISSING
    assert report not in queries.open_dues(session, city.units["east"].id)
    found = board.board(session, Filter(2027))
    assert found.totals[2].counts == {Status.NONE: 2, Status.EXEMPT: 2, Status.MISSING: 8}
    only = board.board(session, Filter(2027, only=Status.EXEMPT))
    assert [line.id for line in only.lines] == [city.units["east"].id]
    operations.lift(grant, centre)
    assert status_of(session, city, "east", report) == Status.MISSING


def test_the_board_is_one_grouped_statement(session: Session, city: City, hands: Hands) -> None:
    announced(session)
    rows = session.execute(board.grouped(Filter(2027))).all()
    assert len(rows) == 2 * len(city.units)  # a row a unit, month and status
    assert (
        board.board(session, Filter(2027, text="教育", after=(3, city.units["education"].id))).lines[0].name
        == "澄东区教育局"
    )


def test_from_the_desk_to_the_readers(session: Session, city: City, client_for: ClientFor, hands: Hands) -> None:
    due = announced(session)[DueKind.MONTH_PLAN]
    client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    assert f"/work-status/new?due={due.id}" in client.get("/").text
    form = client.get(f"/work-status/new?due={due.id}").text
    assert "财政局2027年2月工作安排" in form
    column = session.scalars(select(WorkColumn).where(WorkColumn.takes == due.kind)).one()
    session.commit()
    answer = client.post(
        "/work-status/new",
        data={"title": "财政局二月安排", "text": "一、预算。", "column": column.id, "due": due.id,
              "files": (io.BytesIO("附件".encode()), "表.txt")},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    page, item_id = answer.location, int(answer.location.rsplit("/", 1)[1])
    reader = client_for(city.person("education", Role.ARCHIVIST))
    assert reader.get(page).status_code == 404
    assert client.post(f"{page}/place", data={"column": column.id, "due": 0}).status_code == 303
    assert client.post(f"{page}/place", data={"column": column.id, "due": due.id}).status_code == 303
    assert client.post(f"/items/{item_id}/acts/submit", data=TICKED).status_code == 303
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert head.post(f"/items/{item_id}/acts/publish").status_code == 303
    assert head.post(f"/items/{item_id}/acts/publish").status_code == 409
    listed = reader.get(f"/work-status/?column={column.id}&unit=财政&q=安排&year=2027&unread=yes").text
    assert "财政局二月安排" in listed
    assert "财政局二月安排" not in reader.get("/work-status/?unit=教育").text
    assert "财政局二月安排" in reader.get("/").text
    seen = reader.get(page).text
    assert "表.txt" in seen
    assert "2027年2月工作安排" in seen
    assert "逾期" in seen  # it was due on 10 February
    assert reader.get("/work-status/board").status_code == 403
    assert "财政局二月安排" in client.get("/work-status/written").text
    assert "2027年2月工作安排" in client.get("/work-status/duties?year=2027").text


def test_narrowed_readers_are_kept_out_everywhere(
    session: Session, city: City, client_for: ClientFor, hands: Hands
) -> None:
    author = city.person("finance", Role.DRAFTER)
    entry = drafted(session, author, None, "内部动态")
    put_readers(entry.item, Scope((Key("unit", str(author.unit_id)),)))
    submit(entry.item, author, GUANGZHOU, DECLARED)
    publish(entry.item, city.person("finance", Role.UNIT_HEAD), GUANGZHOU)
    session.commit()
    outside, inside = (client_for(city.person(unit, Role.ARCHIVIST)) for unit in ("education", "finance"))
    assert "内部动态" in inside.get("/work-status/").text
    assert "内部动态" not in outside.get("/work-status/").text
    assert "内部动态" not in outside.get("/").text
    assert outside.get(f"/work-status/{entry.item_id}").status_code == 404


def test_columns_are_kept_by_those_they_belong_to(
    session: Session, city: City, client_for: ClientFor, hands: Hands
) -> None:
    secretariat, head = city.person("office", Role.SECRETARIAT), city.person("east", Role.UNIT_HEAD)
    office = client_for(secretariat)
    new = {"name": "防汛动态", "writers": "owner", "takes": ""}
    assert office.post("/work-status/columns", data=new).status_code == 303
    assert office.post("/work-status/columns", data=new).status_code == 422  # a double click
    flood = session.scalars(select(WorkColumn).where(WorkColumn.name == "防汛动态")).one()
    below = columns.make_column(session, head, "区内动态", "below")
    session.commit()
    may = lambda unit: {column.name for column in queries.writable(session, city.person(unit, Role.DRAFTER))}  # noqa: E731
    assert "防汛动态" in may("office")
    assert "防汛动态" not in may("finance")
    assert {"区内动态", "日常工作动态"} <= may("east-education")
    assert "区内动态" not in may("west")
    session.commit()
    finance = client_for(city.person("finance", Role.UNIT_HEAD))
    for column in (flood, below):
        assert finance.post(f"/work-status/columns/{column.id}/close").status_code == 404
    assert finance.get("/work-status/columns").status_code == 200
    assert office.post(f"/work-status/columns/{flood.id}/move", data={"way": "up"}).status_code == 303
    session.expire_all()
    shown = [column.name for column in queries.columns(session, secretariat)]
    assert shown.index("防汛动态") == 4
    session.commit()
    first = shown[0]
    entry = published(session, city, "finance", None, "旧栏目里的动态")
    assert office.post(f"/work-status/columns/{entry.column_id}/close").status_code == 303
    assert office.post(f"/work-status/columns/{entry.column_id}/close").status_code == 409
    page = office.get(f"/work-status/?column={entry.column_id}").text
    assert "旧栏目里的动态" in page
    assert entry.column.name in page
    session.expire_all()
    assert entry.column.name not in may("finance")
    assert first == "年度工作总结"


def test_who_sees_the_board(session: Session, city: City, client_for: ClientFor, hands: Hands) -> None:
    announced(session)
    finance, education = city.units["finance"], city.units["education"]
    for role in (Role.OFFICE_LEADER, Role.SECRETARIAT, Role.INFORMATION_CENTRE):
        page = client_for(city.person("office", role)).get("/work-status/board").text
        assert "财政局" in page
        assert "逾期未报 2" in page
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert head.get("/work-status/board").status_code == 403
    assert head.get(f"/work-status/units/{finance.id}").status_code == 200
    assert head.get(f"/work-status/units/{education.id}").status_code == 404
    leader = client_for(city.person("office", Role.OFFICE_LEADER))
    missing = leader.get("/work-status/board/cases?year=2027&status=missing&month=2").text
    assert "2027年1月工作完成情况" in missing
    assert "南澄市财政局" in missing
    days = {"first_on": "2027-02-01", "last_on": "2027-02-28", "reason": "搬迁"}
    assert leader.post(f"/work-status/units/{finance.id}/exemptions", data=days).status_code == 403
    centre = client_for(city.person("office", Role.INFORMATION_CENTRE))
    turned = {**days, "last_on": "2027-01-01"}
    assert centre.post(f"/work-status/units/{finance.id}/exemptions", data=turned).status_code == 422
    assert centre.post(f"/work-status/units/{finance.id}/exemptions", data=days).status_code == 303
    assert "搬迁" in head.get(f"/work-status/units/{finance.id}").text
    grant = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.WORK_EXEMPTION_GRANTED)).one()
    session.commit()
    assert centre.post(f"/work-status/exemptions/{grant.subject_id}/lift").status_code == 303
    assert centre.post(f"/work-status/exemptions/{grant.subject_id}/lift").status_code == 409


def test_the_board_as_a_file(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor, hands: Hands
) -> None:
    published(session, city, "finance", announced(session)[DueKind.MONTH_REPORT])
    client, other = (client_for(city.person("office", role)) for role in (Role.OFFICE_LEADER, Role.SECRETARIAT))
    found = {}
    for form in ("csv", "xlsx"):
        page = client.post("/work-status/board/exports", data={"year": 2027, "form": form}).location
        assert client.post(f"{page}/take").status_code == 409  # not made yet
        jobs.run_inline(runtime, ALLOWED)
        assert other.get(page).status_code == 404
        assert client.get(page).status_code == 200
        found[form] = client.post(f"{page}/take").data
        assert client.post(f"{page}/take").status_code == 409  # once
    lines = list(csv.reader(io.StringIO(found["csv"].decode("utf-8-sig"))))
    assert len(lines) == 1 + 4 * len(city.units)
    assert any(row[1] == "南澄市财政局" and row[4] == "逾期报送" and row[6] == "15" for row in lines)
    sheet = load_workbook(io.BytesIO(found["xlsx"])).active
    assert sheet is not None
    assert sheet.max_row == len(lines)


@pytest.mark.req("M-2")
def test_filtered_lists_look_through_so_many_and_go_on(
    session: Session, city: City, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    monkeypatch.setattr(queries, "LOOKED_THROUGH", 3)
    author, reader = city.person("finance", Role.DRAFTER), city.person("education", Role.HANDLER)
    to_day(hands, date(2026, 12, 31))
    announced(session)
    entries = []
    for number in range(8):
        if number == 2:
            to_day(hands, date(2027, 1, 5))
        entries.append(published(session, city, "finance", None, f"{number}号简况"))
    ids = [entry.item_id for entry in entries][::-1]
    column = entries[0].column_id

    def walked(wanted: queries.Filter) -> list[int]:
        found: list[int] = []
        for _ in range(9):
            page = queries.listed(session, reader, wanted)
            found += [row.item_id for row in page.rows]
            if page.older is None:
                return found
            wanted = replace(wanted, before=page.older)
        raise AssertionError("it never ends")

    assert walked(queries.Filter()) == walked(queries.Filter(column=column)) == ids
    for where in (None, column):
        assert walked(queries.Filter(column=where, text="1号")) == [ids[-2]], "behind what one page looks through"
        assert walked(queries.Filter(column=where, year=2026)) == ids[-2:]
        assert walked(queries.Filter(column=where, year=2027)) == ids[:-2]
    assert walked(queries.Filter(column=column + 1)) == []
    withdraw(entries[3].item, author, "有误")
    assert walked(queries.Filter(column=column)) == [number for number in ids if number != entries[3].item_id]


@pytest.mark.req("M-2")
def test_what_is_owed_to_the_office_is_open_to_the_office(session: Session, city: City, hands: Hands) -> None:
    due = announced(session)[DueKind.MONTH_REPORT]
    author, head, office = (
        city.person("finance", Role.DRAFTER),
        city.person("finance", Role.UNIT_HEAD),
        city.units["office"],
    )
    closed = Scope((Key("unit", str(author.unit_id)),))
    but_office = Scope((Key("all"),), (Key("unit", str(office.id)),))
    entry = drafted(session, author, due)
    for scope in (closed, but_office, Scope((Key("all", role=Role.LEADER),))):
        put_readers(entry.item, scope)
        with pytest.raises(Invalid):
            submit(entry.item, author, GUANGZHOU, DECLARED)
    put_readers(entry.item, Scope((Key("unit", str(office.id)),)))
    submit(entry.item, author, GUANGZHOU, DECLARED)
    publish(entry.item, head, GUANGZHOU)
    assert session.get(WorkFulfilment, (due.id, author.unit_id)) is not None
    for narrower in (closed, but_office):
        with pytest.raises(Invalid):
            set_readers(entry.item, head, narrower)
    set_readers(entry.item, head, Scope((Key("tier", office.tier),)))
    # What nobody asked for is its author's to narrow.
    free = drafted(session, author, None, "自选动态")
    put_readers(free.item, closed)
    submit(free.item, author, GUANGZHOU, DECLARED)
