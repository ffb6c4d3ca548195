"""Passwords: the forced change, expiry, what a new one must be (A-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.core.clock import frozen, now
from portal.core.errors import Invalid
from portal.core.rules import load_rules
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.people import passwords
from portal.people.roles import Role
from tests.city import City
from tests.people.accounts import NEXT_PASSWORD, PASSWORD, SEED, code, events, give_code, is_in, log_in, open_person

GOOD = "Chunfeng-42"
RULES = load_rules(Settings())


def _change(client: FlaskClient, new: str, present: str = PASSWORD, again: str | None = None) -> TestResponse:
    data = {"password": present, "new_password": new, "repeated": new if again is None else again}
    return client.post("/password", data=data)


@pytest.mark.req("A-3")
def test_an_initial_password_must_be_changed_first(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.DRAFTER, must_change=True)
    client, answer = log_in(app)
    assert answer.location == "/password"
    for page in ("/", "/profile", "/roles", "/second-factor"):
        assert client.get(page).location.startswith("/password")
    assert _change(client, NEXT_PASSWORD).location == "/"
    assert is_in(client)
    assert events(runtime, person)[-1] == ("person.password-changed", {})
    assert log_in(app)[1].status_code == 422
    assert log_in(app, password=NEXT_PASSWORD)[1].location == "/"


@pytest.mark.req("A-3")
def test_the_second_factor_comes_before_the_forced_change(app: Flask, session: Session, city: City) -> None:
    """Who only knows an initial password must not be able to replace it."""
    open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED, must_change=True)
    client, answer = log_in(app)
    assert answer.location == "/login/code"
    assert _change(client, NEXT_PASSWORD).location == "/login/code"
    assert give_code(client, code()).location == "/password"


@pytest.mark.req("A-3")
def test_a_password_expires(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city, Role.DRAFTER)
    with frozen(now()) as hands:
        hands.advance(timedelta(days=runtime.rules.password_days, hours=-1))
        assert log_in(app)[1].location == "/"
        hands.advance(timedelta(hours=2))
        assert log_in(app)[1].location == "/password"


def test_a_changed_password_gives_the_session_a_new_token(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    before = client.get_cookie("gongwen_session")
    _change(client, NEXT_PASSWORD)
    after = client.get_cookie("gongwen_session")
    assert before is not None and after is not None and before.value != after.value
    client.set_cookie("gongwen_session", before.value)
    assert not is_in(client)


def test_two_different_new_passwords_change_nothing(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    assert _change(client, NEXT_PASSWORD, again=NEXT_PASSWORD + "x").status_code == 422
    assert log_in(app)[1].status_code == 303


def test_a_wrong_present_password_counts_as_a_failed_login(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    for _ in range(runtime.rules.login_attempts):
        assert _change(client, NEXT_PASSWORD, present="wrong").status_code == 422
    assert _change(client, NEXT_PASSWORD).status_code == 422
    assert "person.locked" in [kind for kind, _ in events(runtime, person)]


@pytest.mark.req("A-3")
def test_former_passwords_are_refused_and_older_ones_not(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    present = PASSWORD
    for number in range(runtime.rules.password_history):
        assert _change(client, PASSWORD, present=present).status_code == 422
        assert _change(client, f"Chunfeng-{number:02d}", present=present).status_code == 303
        present = f"Chunfeng-{number:02d}"
    assert _change(client, PASSWORD, present=present).status_code == 303


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("Short-1", "at least"),
        ("alllowercase1", "three of these four"),
        ("onlysmallletters", "three of these four"),
        ("1234567890", "three of these four"),
        ("Xy-zhoubi-2026", "account or your name"),
        ("Xy-ZhouBi-2026", "account or your name"),
        ("Xy-周笔-202600", "account or your name"),
        ("A1-" + "x" * passwords.LONGEST, "at most"),
        (PASSWORD, "used this password before"),
    ],
)
@pytest.mark.req("A-3")
def test_a_weak_password_is_refused_with_the_reason(new: str, why: str) -> None:
    former = [passwords.hashed(PASSWORD)]
    with pytest.raises(Invalid) as refusal:
        passwords.check_new(new, account="zhoubi", name="周笔", former=former, rules=RULES)
    assert why in str(refusal.value)
    assert refusal.value.field == "new_password"


@pytest.mark.parametrize("new", [GOOD, "chunfeng 4 you", "春风又绿江南岸-Aa", "CHUNFENG+42"])
def test_a_good_password_is_taken(new: str) -> None:
    passwords.check_new(new, account="zhoubi", name="周笔", former=[], rules=RULES)


def test_hashes_are_argon2id_and_composition_does_not_matter() -> None:
    stored = PasswordHasher().hash("x")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(passwords.hashed("Caf\u00e9-Aa-123"), "Cafe\u0301-Aa-123")
    assert not passwords.matches("!", "anything")
