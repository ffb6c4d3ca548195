"""The mobile number counts once a code came back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from portal.cli import main
from portal.core.clock import frozen, now
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.runtime import Runtime
from portal.people import mobile
from portal.people.account_models import Message
from portal.people.models import Person
from tests.city import City
from tests.people.accounts import events, log_in, open_person
from tests.work import drain

NUMBER = "13900000000"


def _code(session: Session) -> str:
    found = re.search(r"验证码(\d{6})", mobile.last_text(session, "zhoubi"))
    assert found is not None
    return found[1]


@pytest.mark.req("A-5")
def test_the_demo_shows_the_last_message_by_a_command(
    session: Session, city: City, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.cli.load", lambda: runtime.settings)
    person = open_person(session, city)
    session.commit()
    assert CliRunner().invoke(main, ["demo", "code", "zhoubi", "--mobile"]).exit_code != 0, "no message yet"
    mobile.ask_code(person, NUMBER)
    session.commit()
    drain(runtime)
    shown = CliRunner().invoke(main, ["demo", "code", "zhoubi", "--mobile"])
    assert shown.exit_code == 0 and f"验证码{_code(session)}" in shown.output


@pytest.mark.req("A-5")
def test_a_number_is_confirmed_on_the_profile(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    assert client.post("/profile", data={"mobile": "139 0000 0000"}).location == "/profile/mobile"
    drain(runtime)
    assert session.get_one(Person, person.id).mobile is None
    code = _code(session)
    session.commit()
    wrong = "000000" if code != "000000" else "111111"
    assert client.post("/profile/mobile", data={"code": wrong}).status_code == 422
    assert client.post("/profile/mobile/again").status_code == 303
    code = _code(session)
    session.commit()
    assert client.post("/profile/mobile", data={"code": code}).location == "/profile"
    session.expire_all()
    assert person.mobile == NUMBER
    assert person.mobile_confirmed_at is not None
    session.commit()
    assert events(runtime, person)[-1] == ("person.mobile-confirmed", {})
    assert client.get("/profile/mobile").status_code == 303
    assert client.post("/profile", data={"mobile": ""}).status_code == 303
    session.expire_all()
    assert [person.mobile, person.mobile_confirmed_at] == [None, None]


@pytest.mark.req("A-5")
def test_a_code_is_good_for_minutes_and_five_tries(session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)
    with frozen(now()) as hands:
        mobile.ask_code(person, NUMBER)
        code = _code(session)
        for _ in range(mobile.TRIES):
            with pytest.raises(Invalid):
                mobile.confirm(person, "x")
        with pytest.raises(Invalid):
            mobile.confirm(person, code)
        mobile.ask_code(person, NUMBER)
        hands.advance(timedelta(minutes=runtime.rules.mobile_code_minutes))
        with pytest.raises(Invalid):
            mobile.confirm(person, _code(session))
        for _ in range(3):
            mobile.ask_code(person, NUMBER)
        with pytest.raises(Refused):
            mobile.ask_code(person, NUMBER)
        mobile.confirm(person, _code(session))
    with pytest.raises(AlreadyDone):
        mobile.ask_code(person, NUMBER)


def test_neither_code_nor_text_lies_open_in_the_database(session: Session, city: City) -> None:
    person = open_person(session, city)
    mobile.ask_code(person, NUMBER)
    code, pending = _code(session), mobile.pending_of(session, person)
    message = session.query(Message).one()
    assert pending is not None
    assert code not in f"{message.sealed}{pending.code_hash}"
