"""The page of one's sessions; the security administrator's sessions and locks (A-2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people import guarding, login, second_factor
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from portal.people.session_views import ENDINGS
from tests.city import City
from tests.people.accounts import PASSWORD, SEED, events, is_in, log_in, open_person

pytestmark = pytest.mark.req("A-2")
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"


@pytest.fixture
def guard(city: City, runtime: Runtime, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    """The security administrator, with a second factor."""
    person = city.holder(Role.SECURITY_ADMINISTRATOR)
    with unit_of_work(runtime.engine) as own:
        second_factor.keep_seed(own.get_one(Person, person.id), SEED)
    return client_for(person)


def _live(session: Session, person: Person) -> int:
    found = select(LoginSession.id).where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
    number = session.scalars(found).one()
    session.commit()
    return number


def test_own_sessions_tell_whence_and_how_they_ended(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    first = app.test_client()
    first.post("/login", data={"account": "zhoubi", "password": PASSWORD}, headers={"User-Agent": EDGE})
    client, _ = log_in(app)
    page = client.get("/sessions").text
    for words in ("Edge，Windows", "在别处登录而终止", "本次登录", "127.0.0.1"):
        assert words in page, words


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, ("Edge", "Windows")),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/115.0", ("Firefox", "Linux")),
        ("", ("", "")),
    ],
)
def test_browsers_are_named(agent: str, words: tuple[str, str]) -> None:
    assert guarding.browser_words(agent) == words


def test_sessions_are_listed_page_by_page(app: Flask, session: Session, city: City) -> None:
    person, at = open_person(session, city), now()
    for number in range(guarding.PAGE + 5):
        old = at - timedelta(days=40, minutes=number)
        session.add(
            LoginSession(
                token_hash=f"{number:064}",
                person_id=person.id,
                created_at=old,
                seen_at=old,
                ended_at=old,
                ended_why="idle",
                address=f"10.0.0.{number}",
            )
        )
    session.commit()
    client, _ = log_in(app)
    page = client.get("/sessions").text
    assert "before=" in page and "10.0.0.0" not in page
    last = session.scalars(select(LoginSession.id).order_by(LoginSession.id.desc()).offset(guarding.PAGE - 1)).first()
    assert "10.0.0.0" in client.get(f"/sessions?before={last}").text


def test_the_security_administrator_ends_a_session(
    app: Flask, session: Session, city: City, guard: FlaskClient, runtime: Runtime
) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    assert "周笔" in guard.get("/guard/sessions?q=周笔").text
    assert "周笔" in guard.get("/guard/sessions?q=zhou").text
    assert "周笔" not in guard.get("/guard/sessions?q=财政").text
    address = f"/guard/sessions/{_live(session, person)}/end"
    assert guard.post(address).status_code == 422 and is_in(client), "not without a reason"
    assert guard.post(address, data={"reason": "设备失窃"}).status_code == 303
    assert guard.post(address, data={"reason": "设备失窃"}).status_code == 409
    told = client.get(client.get("/profile").location).text
    assert "安全保密管理员于" in told
    assert ("person.session-ended", {"reason": "设备失窃"}) in events(runtime, person)


def test_nobody_else_guards(city: City, client_for: Callable[[Person], FlaskClient]) -> None:
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert client.get("/guard/keys").status_code == 200
    for path in ("/guard/sessions", "/guard/locks"):
        assert client.get(path).status_code == 403
    assert client_for(city.person("finance", Role.DRAFTER)).get("/guard/keys").status_code == 403


def test_a_lock_is_lifted(app: Flask, session: Session, city: City, guard: FlaskClient, runtime: Runtime) -> None:
    person = open_person(session, city)
    for _ in range(runtime.rules.login_attempts):
        log_in(app, password="wrong")
    assert log_in(app)[1].status_code == 422
    assert "周笔" in guard.get("/guard/locks").text
    address = f"/guard/people/{person.id}/unlock"
    assert guard.post(address).status_code == 422
    assert guard.post(address, data={"reason": "电话核实"}).status_code == 303
    assert guard.post(address, data={"reason": "电话核实"}).status_code == 409
    assert log_in(app)[1].status_code == 303
    assert ("person.lock-lifted", {"reason": "电话核实"}) in events(runtime, person)


def test_refusals_do_not_tell_whether_an_account_exists(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    open_person(session, city)

    def said(account: str) -> str:
        page = log_in(app, account, "wrong-" + PASSWORD)[1].text
        return re.sub(r'name="csrf_token" value="[^"]*"', "", page.replace(account, ""))

    for _ in range(runtime.rules.login_attempts + 1):
        assert said("zhoubi") == said("nobodyx")


def test_sessions_run_out(app: Flask, session: Session, city: City, runtime: Runtime, guard: FlaskClient) -> None:
    open_person(session, city)
    with frozen(now()) as hands:
        client, _ = log_in(app)
        hands.advance(timedelta(minutes=runtime.rules.session_idle_minutes))
        assert not is_in(client)
        client, _ = log_in(app)
        page = client.get("/sessions").text
    assert "长时间无操作" in page


def test_every_way_to_end_has_its_words() -> None:
    assert set(ENDINGS) == set(login.Ending)
