"""The second factor: set-up, codes that work once, attempts that count (A-9)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.crypto import SecretDamaged
from portal.core.db import open_session, unit_of_work
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.people.accounts import SEED, code, events, give_code, is_in, log_in, open_person

HALF_MINUTE = timedelta(seconds=30)


def _wrong() -> str:
    near = {code(step) for step in range(-1, 2)}
    return next(value for value in ("000000", "111111", "222222", "333333") if value not in near)


def test_setting_up_by_the_page(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.SEAL_CUSTODIAN)
    client, answer = log_in(app)
    assert answer.location == "/second-factor"
    assert client.get("/").location.startswith("/second-factor")
    page = client.get("/second-factor").text
    assert "<svg" in page and "style=" not in page
    offered = re.search(r'name="offered"[^>]*value="([^"]+)"', page)
    seed = re.search(r"<code[^>]*>([A-Z2-7 ]{39})</code>", page)
    assert offered and seed
    wrong = client.post("/second-factor", data={"offered": offered[1], "code": "12345"})
    assert wrong.status_code == 422 and seed[1] in wrong.text, "the same secret stays on the page"
    shown = code(seed=seed[1].replace(" ", ""))
    assert client.post("/second-factor", data={"offered": offered[1], "code": shown}).location == "/"
    assert is_in(client)
    assert ("person.second-factor-set", {"factor": "totp"}) in events(runtime, person)
    again, answer = log_in(app)
    assert answer.location == "/login/code"
    assert give_code(again, shown).status_code == 422, "the code of the set-up is used up"


def test_an_offer_opens_in_its_own_session_only(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.SEAL_CUSTODIAN)
    client, _ = log_in(app)
    offered = re.search(r'name="offered"[^>]*value="([^"]+)"', client.get("/second-factor").text)
    assert offered
    other, _ = log_in(app)
    assert other.post("/second-factor", data={"offered": offered[1], "code": "123456"}).status_code == 503


def test_a_second_factor_is_not_replaced_by_oneself(session: Session, city: City) -> None:
    person = open_person(session, city, seed=SEED)
    with pytest.raises(AlreadyDone):
        second_factor.set_up(person, "A" * 32, code(seed="A" * 32))


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_clock_may_be_off_by_one_step(session: Session, city: City, offset: int) -> None:
    with frozen(now()):
        second_factor.confirm(open_person(session, city, seed=SEED), code(offset))


@pytest.mark.parametrize("offset", [-2, 2, -20])
def test_a_code_from_further_away_has_expired(session: Session, city: City, offset: int) -> None:
    with frozen(now()):
        person = open_person(session, city, seed=SEED)
        with pytest.raises(Invalid, match="wrong or has expired") as refusal:
            second_factor.confirm(person, code(offset))
        assert refusal.value.field == "code"


def test_a_code_works_once(session: Session, city: City) -> None:
    person = open_person(session, city, seed=SEED)
    with frozen(now()) as hands:
        shown = code()
        second_factor.confirm(person, shown)
        with pytest.raises(Invalid, match="used already"):
            second_factor.confirm(person, shown)
        with pytest.raises(Invalid, match="used already"):
            second_factor.confirm(person, code(-1))
        hands.advance(HALF_MINUTE)
        second_factor.confirm(person, f" {code()[:3]} {code()[3:]} ")


def test_a_code_works_once_across_browsers(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    with frozen(now()):
        first, _ = log_in(app)
        assert give_code(first, code()).status_code == 303
        second, _ = log_in(app)
        assert give_code(second, code()).status_code == 422


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_told_and_not_counted(session: Session, city: City, typed: str) -> None:
    person = open_person(session, city, seed=SEED)
    with pytest.raises(Invalid, match="six digits"):
        second_factor.confirm(person, typed)
    assert person.failed_logins == 0


@pytest.mark.parametrize("commits", [True, False])
def test_a_wrong_code_counts_once_whether_the_act_commits_or_not(
    session: Session, city: City, runtime: Runtime, commits: bool
) -> None:
    person = open_person(session, city, seed=SEED)
    with open_session(runtime.engine) as acting:
        actor = acting.get(Person, person.id)
        assert actor is not None
        with pytest.raises(Invalid):
            second_factor.confirm(actor, _wrong())
        if commits:
            acting.commit()
    with unit_of_work(runtime.engine, writes=False) as reading:
        found = reading.get(Person, person.id)
        assert found is not None and found.failed_logins == 1
    assert [kind for kind, _ in events(runtime, person)].count("person.login-failed") == 1


def test_too_many_wrong_codes_lock(session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, seed=SEED)
    for _ in range(runtime.rules.login_attempts):
        with pytest.raises(Invalid):
            second_factor.confirm(person, _wrong())
    with pytest.raises(Invalid, match="locked"):
        second_factor.confirm(person, code())


def test_without_second_factor_nothing_is_confirmed(session: Session, city: City) -> None:
    with pytest.raises(Refused, match="no second factor"):
        second_factor.confirm(open_person(session, city), "123456")


def test_the_seed_is_sealed_to_its_row(session: Session, city: City) -> None:
    one = open_person(session, city, account="one", seed=SEED)
    two = open_person(session, city, account="two")
    assert SEED.encode() not in (one.totp_seed or b"")
    two.totp_seed = one.totp_seed
    session.flush()
    with pytest.raises(SecretDamaged):
        second_factor.seed_of(two)
