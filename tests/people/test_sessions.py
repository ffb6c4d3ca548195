"""Sessions: one live per account, limits in time, reading pages that write nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import LoginSession, Person
from tests.city import City
from tests.people.accounts import events, is_in, log_in, open_person


def _seen(runtime: Runtime) -> object:
    with unit_of_work(runtime.engine, writes=False) as session:
        return session.scalars(select(LoginSession.seen_at)).one()


@pytest.mark.req("A-2")
def test_a_second_login_ends_the_first_and_tells_it(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)
    first, _ = log_in(app)
    second, _ = log_in(app)
    answer = first.get("/profile")
    assert answer.location == "/login?next=/profile"
    told = first.get(answer.location).text
    assert "另一处登录" in told
    assert is_in(second)
    assert ("person.logged-out", {"why": "displaced"}) in events(runtime, person)


def test_the_database_allows_one_live_session_per_account(session: Session, city: City) -> None:
    person = open_person(session, city)

    def begin(token: str) -> None:
        at = now()
        session.add(LoginSession(token_hash=token, person_id=person.id, created_at=at, seen_at=at, address="127.0.0.1"))
        session.flush()

    begin("a" * 64)
    with pytest.raises(IntegrityError):
        begin("b" * 64)


def test_a_session_ends_when_nothing_happens(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    idle = timedelta(minutes=runtime.rules.session_idle_minutes)
    with frozen(now()) as hands:
        client, _ = log_in(app)
        hands.advance(idle - timedelta(minutes=1))
        assert is_in(client)
        hands.advance(idle - timedelta(minutes=1))
        assert is_in(client)
        hands.advance(idle)
        assert not is_in(client)
        assert str(runtime.rules.session_idle_minutes) in client.get("/login").text


def test_a_session_ends_however_busy_it_is(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    with frozen(now()) as hands:
        client, _ = log_in(app)
        for _ in range(runtime.rules.session_hours * 3 - 1):
            hands.advance(timedelta(minutes=20))
            assert is_in(client)
        hands.advance(timedelta(minutes=20))
        assert not is_in(client)


def test_being_here_is_noted_once_a_minute_at_most(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    with frozen(now()) as hands:
        client, _ = log_in(app)
        begun = _seen(runtime)
        hands.advance(timedelta(seconds=59))
        client.get("/profile")
        assert _seen(runtime) == begun
        hands.advance(timedelta(seconds=1))
        client.get("/profile")
        assert _seen(runtime) == now()


def test_a_made_up_token_is_nobody(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    client = app.test_client()
    client.set_cookie("gongwen_session", "x" * 43)
    assert client.get("/").location == "/login?next=/"


def test_a_fragment_asks_for_the_login_page(app: Flask, session: Session, city: City) -> None:
    answer = app.test_client().get("/profile", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/profile")


def test_an_ended_session_stays_for_the_record(app: Flask, session: Session, city: City) -> None:
    person = open_person(session, city)
    log_in(app)
    log_in(app)
    session.expire_all()
    rows = session.scalars(select(LoginSession).where(LoginSession.person_id == person.id)).all()
    assert sorted(str(row.ended_why) for row in rows) == ["None", "displaced"]
    assert isinstance(rows[0].person, Person)
