"""Looks at inboxes: noted by the visit, judged by half of the working day, watched by who supervises (A-10, EE11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from time import perf_counter

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.core.clock import frozen
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.exchange import inbox_checks
from portal.exchange.models import InboxCheck
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.models import Unit
from tests.city import City

pytestmark = pytest.mark.req("A-10")
Login = Callable[[Person], FlaskClient]
# Thursday and Friday of a week without holidays, by the city's clocks eight hours later.
MORNING, AFTERNOON = datetime(2026, 11, 26, 2, 0, tzinfo=UTC), datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
EVENING, SATURDAY = datetime(2026, 11, 26, 10, 0, tzinfo=UTC), datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


def looks(runtime: Runtime) -> list[tuple[int, str]]:
    with unit_of_work(runtime.engine, writes=False) as reading:
        return [(look.unit_id, look.half) for look in reading.scalars(select(InboxCheck).order_by(InboxCheck.id))]


@pytest.fixture(autouse=True)
def long_in_exchange(session: Session, city: City) -> None:
    """The units have been there for long."""
    for unit in session.scalars(select(Unit)):
        unit.joined_at = datetime(2026, 1, 5, tzinfo=UTC)
    for person in city.people.values():
        person.totp_seed = b"set up"
    session.commit()


def test_a_clerks_visit_counts_once_in_each_half(runtime: Runtime, client_for: Login, city: City) -> None:
    finance = city.units["finance"].id
    for at, expected in ((MORNING, ["morning"]), (AFTERNOON, ["morning", "afternoon"])):
        with frozen(at):
            client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
            assert [client.get("/inbox").status_code for _ in range(2)] == [200, 200]
        assert looks(runtime) == [(finance, half) for half in expected]


def test_other_people_and_other_days_dont_count(runtime: Runtime, client_for: Login, city: City) -> None:
    with frozen(MORNING):
        client_for(city.person("finance", Role.UNIT_HEAD)).get("/inbox")
    with frozen(SATURDAY):
        client_for(city.person("finance", Role.EXCHANGE_CLERK)).get("/inbox")
    assert looks(runtime) == []


def test_the_page_never_fails_for_it(
    runtime: Runtime, client_for: Login, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    with frozen(MORNING):
        client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
        client.get("/inbox")
        # As when a colleague was quicker by a moment.
        monkeypatch.setattr(inbox_checks, "is_noted", lambda *_: False)
        assert client.get("/inbox").status_code == 200
    assert len(looks(runtime)) == 1


@pytest.mark.parametrize(
    ("at", "done", "marks"),
    [
        (MORNING, [], ["open", "ahead"]),
        (MORNING, ["morning"], ["done", "ahead"]),
        (AFTERNOON, [], ["missed", "open"]),
        (AFTERNOON, ["afternoon"], ["missed", "done"]),
        (EVENING, ["morning"], ["done", "missed"]),
    ],
)
def test_a_half_is_neglected_once_it_is_over(
    session: Session, runtime: Runtime, city: City, at: datetime, done: list[str], marks: list[str]
) -> None:
    with frozen(at):
        days, record = _with(session, city, done)
    assert [mark.state for mark in record.days[-1]] == marks and days[-1].isoformat() == "2026-11-26"


def _with(session: Session, city: City, done: list[str]) -> tuple[list[date], inbox_checks.Record]:
    person = city.person("finance", Role.EXCHANGE_CLERK)
    for half in done:
        at = MORNING if half == "morning" else AFTERNOON
        inbox_checks.note(session, person.id, None, person.unit_id, at)
    days, record = inbox_checks.record_of(session, person.unit)
    return days, record


@pytest.mark.parametrize(
    ("at", "done", "mark"), [(EVENING, [], "missed"), (EVENING, ["afternoon"], "done"), (AFTERNOON, [], "open")]
)
def test_where_one_look_is_enough(
    session: Session,
    runtime: Runtime,
    city: City,
    at: datetime,
    done: list[str],
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "rules", replace(runtime.rules, inbox_checks_a_day=1))
    with frozen(at):
        _, record = _with(session, city, done)
    assert [item.state for item in record.days[-1]] == [mark]


def test_the_desk_tells_clerks_and_head(session: Session, client_for: Login, city: City) -> None:
    with frozen(AFTERNOON):
        for role, told in ((Role.EXCHANGE_CLERK, True), (Role.UNIT_HEAD, True), (Role.DRAFTER, False)):
            assert ("今天上午未查看收文" in client_for(city.person("finance", role)).get("/").text) is told
    with frozen(MORNING):
        assert "未查看收文" not in client_for(city.person("finance", Role.UNIT_HEAD)).get("/").text


@pytest.mark.parametrize(
    ("unit", "role", "seen"),
    [
        ("office", Role.SECRETARIAT, {"office", "finance", "education", "east", "east-education", "west"}),
        ("office", Role.INFORMATION_CENTRE, {"office", "finance", "education", "east", "east-education", "west"}),
        ("east", Role.DISTRICT_MANAGER, {"east", "east-education"}),
    ],
)
def test_the_board_shows_whom_one_watches(
    session: Session, runtime: Runtime, city: City, unit: str, role: Role, seen: set[str]
) -> None:
    with frozen(AFTERNOON):
        _, records, ended = inbox_checks.board(session, city.person(unit, role))
    assert {record.unit.id for record in records} == {city.units[key].id for key in seen} and ended is None


def test_neglect_comes_first_page_by_page(session: Session, runtime: Runtime, city: City) -> None:
    watching = city.person("office", Role.SECRETARIAT)
    with frozen(EVENING):
        person = city.person("office", Role.EXCHANGE_CLERK)
        inbox_checks.note(session, person.id, None, person.unit_id, MORNING)
        found, after = [], None
        for _ in range(3):
            _, records, after = inbox_checks.board(session, watching, after=after, limit=2)
            found += [record.unit.id for record in records]
    assert after is None and len(set(found)) == 6 and found[-1] == city.units["office"].id


def test_the_board_and_its_table(session: Session, client_for: Login, city: City) -> None:
    with frozen(AFTERNOON):
        client = client_for(city.person("office", Role.SECRETARIAT))
        page = client.get("/inbox-checks").text
        assert "heat-missed" in page and "鄂尔多斯办法" in page
        west = client.get(f"/inbox-checks?district={city.units['west'].id}").text
        assert "澄西区" in west and '<th scope="row">财政局' not in west
        table = client.get("/inbox-checks/table.csv")
        assert table.data.startswith(b"\xef\xbb\xbf") and len(table.text.strip().splitlines()) == 7
        for role in (Role.EXCHANGE_CLERK, Role.UNIT_HEAD):
            assert client_for(city.person("finance", role)).get("/inbox-checks").status_code == 403


def test_two_thousand_units_take_two_statements(session: Session, runtime: Runtime, city: City) -> None:
    model = city.units["finance"]
    for number in range(2000):
        session.add(
            Unit(
                code=f"X{number:017}",
                name=f"单位{number}",
                short_name=f"单位{number}",
                kind=model.kind,
                tier=model.tier,
                document_code=f"单{number}发",
                red_head="文件",
                joined_at=model.joined_at,
                sort_key=1000 + number,
            )
        )
    session.flush()
    watching = city.person("office", Role.SECRETARIAT)
    assert watching.unit.is_office
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
    began = perf_counter()
    with frozen(AFTERNOON):
        _, records, ended = inbox_checks.board(session, watching)
    assert len(records) == inbox_checks.PAGE_ROWS and ended is not None
    assert len(statements) == 2 and perf_counter() - began < 2
