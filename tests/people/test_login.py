"""Logging in: who gets in, who doesn't, what they are told, what is on record."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people import passwords, views
from portal.people.models import Person
from portal.people.roles import Role
from portal.web.limits import limiter
from tests.city import City
from tests.people.accounts import PASSWORD, SEED, code, events, give_code, is_in, log_in, open_person


def _errors(page: str) -> list[str]:
    return re.findall(r"<li>([^<]+)</li>", page.split('class="error-summary"')[1].split("</ul>")[0])


@pytest.mark.req("A-2")
def test_account_and_password_open_the_home_page(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.DRAFTER)
    client, answer = log_in(app)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 200
    assert events(runtime, person)[-1] == ("person.logged-in", {"address": "127.0.0.1"})


@pytest.mark.parametrize("typed", ["ZhouBi", "  zhoubi "])
def test_an_account_is_known_however_it_is_typed(app: Flask, session: Session, city: City, typed: str) -> None:
    open_person(session, city, Role.DRAFTER)
    assert log_in(app, typed)[1].status_code == 303


def test_every_refusal_reads_the_same(app: Flask, session: Session, city: City) -> None:
    """Nobody learns whether an account exists, is closed or is locked."""
    open_person(session, city, account="known")
    open_person(session, city, account="gone").closed_at = now()
    open_person(session, city, account="locked").locked_until = now() + timedelta(minutes=5)
    session.commit()
    attempts = [("known", "wrong"), ("unknown", PASSWORD), ("gone", PASSWORD), ("locked", PASSWORD)]
    answers = [log_in(app, account, password)[1] for account, password in attempts]
    assert {answer.status_code for answer in answers} == {422}
    assert len({tuple(_errors(answer.text)) for answer in answers}) == 1
    assert not any(
        answer.headers.getlist("Set-Cookie") and "gongwen_session" in str(answer.headers) for answer in answers
    )


def test_an_unknown_account_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "hashed", hashed.append)
    assert not passwords.matches(None, "anything")
    assert hashed == ["anything"]


def test_the_account_is_locked_after_the_failures_of_the_rules(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    person = open_person(session, city)
    with frozen(now()) as hands:
        for _ in range(runtime.rules.login_attempts):
            log_in(app, password="wrong")
        assert log_in(app)[1].status_code == 422
        kinds = [kind for kind, _ in events(runtime, person)]
        assert kinds.count("person.login-failed") == runtime.rules.login_attempts + 1
        assert kinds.count("person.locked") == 1
        assert events(runtime, person)[-1][1] == {"address": "127.0.0.1", "why": "locked"}
        hands.advance(timedelta(minutes=runtime.rules.lockout_minutes))
        assert log_in(app)[1].status_code == 303


def test_a_lock_is_not_prolonged_by_further_attempts(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    open_person(session, city)
    with frozen(now()) as hands:
        for _ in range(runtime.rules.login_attempts):
            log_in(app, password="wrong")
        hands.advance(timedelta(minutes=runtime.rules.lockout_minutes - 1))
        log_in(app, password="wrong")
        hands.advance(timedelta(minutes=1))
        assert log_in(app)[1].status_code == 303


def test_getting_in_forgets_earlier_failures(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    for _ in range(2):
        for _ in range(runtime.rules.login_attempts - 1):
            log_in(app, password="wrong")
        assert log_in(app)[1].status_code == 303


@pytest.mark.usefixtures("own_app")
def test_one_address_has_only_so_many_attempts(app: Flask, session: Session, city: City) -> None:
    limiter.enabled = True
    allowed = int(views.LOGIN_RATE.split()[0])
    # One more than allowed, and one that may pass uncounted while the limiter notices that Redis isn't there.
    somewhere = app.test_client()
    somewhere.environ_base["REMOTE_ADDR"] = f"10.1.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
    answers = [log_in(app, f"nobody{number}", client=somewhere)[1] for number in range(allowed + 2)]
    limiter.enabled = False
    assert [answer.status_code for answer in answers[:allowed]] == [422] * allowed
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert "Retry-After" not in answers[0].headers


def test_the_cookie_is_out_of_reach_and_the_token_is_not_stored(app: Flask, session: Session, city: City) -> None:
    person = open_person(session, city)
    _, answer = log_in(app)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("gongwen_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie and "Expires" not in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    session.expire_all()
    stored = session.connection().exec_driver_sql("SELECT token_hash FROM login_session").scalar_one()
    assert len(token) >= 43 and token not in stored and person.password_hash.startswith("$argon2id$")


def test_the_cookie_is_secure_where_the_installation_says_so(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    app.config["SESSION_COOKIE_SECURE"] = True
    _, answer = log_in(app)
    assert any("gongwen_session=" in value and "Secure" in value for value in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/profile", "/profile"),
        ("/roles?a=b", "/roles?a=b"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("/\t/elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_led_elsewhere_after_logging_in(
    app: Flask, session: Session, city: City, wanted: str, led_to: str
) -> None:
    open_person(session, city)
    client = app.test_client()
    answer = client.post("/login", query_string={"next": wanted}, data={"account": "zhoubi", "password": PASSWORD})
    assert answer.location == led_to


def test_the_page_asked_for_is_kept_through_all_steps(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    client = app.test_client()
    first = client.get("/roles")
    assert first.location == "/login?next=/roles"
    second = client.post(first.location, data={"account": "zhoubi", "password": PASSWORD})
    assert second.location == "/login/code?next=/roles"
    assert client.post(second.location, data={"code": code()}).location == "/roles"


@pytest.mark.parametrize("role", [Role.SEAL_CUSTODIAN, Role.SECRECY_OFFICE, Role.AUDITOR, Role.UNIT_HEAD])
def test_roles_that_need_a_second_factor_get_nowhere_without(
    app: Flask, session: Session, city: City, role: Role
) -> None:
    open_person(session, city, role, seed=SEED)
    client, answer = log_in(app)
    assert answer.location == "/login/code"
    for page in ("/", "/profile", "/password", "/second-factor", "/roles"):
        assert client.get(page).location.startswith("/login/code")
    assert give_code(client, code()).location == "/"
    assert is_in(client)


def test_wrong_codes_lock_like_wrong_passwords(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    wrong = "000000" if "000000" not in {code(step) for step in (-1, 0, 1)} else "111111"
    # The password in between doesn't wipe the count: else a stolen one would allow guessing for ever.
    for _ in range(runtime.rules.login_attempts):
        client, _ = log_in(app)
        assert give_code(client, wrong).status_code == 422
    assert log_in(app)[1].status_code == 422
    assert ("person.login-failed", {"address": "127.0.0.1", "why": "code"}) in events(runtime, person)
    assert "person.locked" in [kind for kind, _ in events(runtime, person)]


def test_logging_out_ends_the_session_for_good(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    kept = client.get_cookie("gongwen_session")
    assert kept is not None
    assert client.post("/logout").location == "/login"
    client.set_cookie("gongwen_session", kept.value)
    assert not is_in(client)
    assert events(runtime, person)[-1] == ("person.logged-out", {"why": "logged-out"})


def test_logging_out_takes_a_post(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    assert client.get("/logout").status_code == 405
    assert is_in(client)


def test_a_form_from_elsewhere_logs_nobody_in(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    app.config["WTF_CSRF_ENABLED"] = True
    assert log_in(app)[1].status_code == 400


def test_no_password_or_code_is_on_record(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    log_in(app, password="wrong-" + PASSWORD)
    client, _ = log_in(app)
    give_code(client, "123")
    give_code(client, code())
    written = str(events(runtime, person))
    assert PASSWORD not in written and SEED not in written and code() not in written


def test_a_closed_account_is_out_at_once(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    with unit_of_work(runtime.engine) as own:
        closed = own.get(Person, person.id)
        assert closed is not None
        closed.closed_at = now()
    assert not is_in(client)
