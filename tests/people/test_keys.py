"""Hardware keys: registering, logging in, losing, copies, and the rule that demands them (A-9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.errors import Invalid, Refused
from portal.core.rules import SecondFactor
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.ledger.models import LedgerEvent
from portal.people import key_proofs, second_factor
from portal.people.access_models import SecurityKey
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from tests.city import City
from tests.clients import log_in as enter
from tests.people.accounts import SEED, code, events, give_code, is_in, log_in, open_person
from tests.people.software_key import SoftwareKey, asked, register, touch

pytestmark = pytest.mark.req("A-9")
ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def keys_demanded(runtime: Runtime) -> None:
    """The rule that a code isn't enough."""
    runtime.rules = replace(runtime.rules, second_factor=SecondFactor.WEBAUTHN)


def _kinds(runtime: Runtime, kind: str) -> list[dict[str, object]]:
    with unit_of_work(runtime.engine, writes=False) as session:
        rows = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == kind).order_by(LedgerEvent.id))
        return [row.facts for row in rows]


def _with_key(app: Flask) -> SoftwareKey:
    key = SoftwareKey()
    client, _ = log_in(app)
    assert register(client, key).status_code == 303
    return key


def test_a_key_is_asked_for_after_the_password(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    key = _with_key(app)
    client, answer = log_in(app)
    assert answer.location == "/login/code" and not is_in(client)
    page = client.get("/login/code").text
    assert 'data-purpose="login"' in page and 'name="code"' not in page
    assert touch(client, key).location == "/"
    assert is_in(client)
    assert _kinds(runtime, "key.registered") == [{"name": "蓝色密钥盘"}]


@pytest.mark.req("S-6")
def test_whoever_keeps_seals_registers_a_key_that_asks_for_a_pin(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    """A touch is enough for others, though a PIN is better: the browser asks for it where the key has one."""
    open_person(session, city)
    key = SoftwareKey()
    key.asks_for_pin = False
    client, _ = log_in(app)
    assert asked(client, "register")["authenticatorSelection"]["userVerification"] == "preferred"
    assert register(client, key).status_code == 303
    keeper = enter(app, runtime, city.person("finance", Role.SEAL_CUSTODIAN))
    assert asked(keeper, "register")["authenticatorSelection"]["userVerification"] == "required"
    found = SoftwareKey()
    found.asks_for_pin = False
    refused = register(keeper, found)
    assert (refused.status_code, "要求输入密码" in refused.text) == (422, True)
    found.asks_for_pin = True
    assert register(keeper, found).status_code == 303


def test_until_there_are_two_the_page_recommends_a_second(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    register(client, SoftwareKey())
    assert "建议登记两个密钥盘" in client.get("/keys/").text
    register(client, SoftwareKey(), "备用")
    assert "建议登记两个密钥盘" not in client.get("/keys/").text


def test_an_answer_works_once_for_its_purpose_in_its_session(app: Flask, session: Session, city: City) -> None:
    person = open_person(session, city)
    key = _with_key(app)
    client, _ = log_in(app)
    other_purpose = key.get(asked(client, "prove"))
    assert client.post("/login/code", data={"assertion": other_purpose}).status_code == 422
    answer = key.get(asked(client, "login"))
    again, _ = log_in(app)
    assert again.post("/login/code", data={"assertion": answer}).status_code == 422, "another session"
    answer = key.get(asked(again, "login"))
    assert again.post("/login/code", data={"assertion": answer}).status_code == 303
    live = session.scalars(select(LoginSession).where(LoginSession.ended_at.is_(None))).one()
    with pytest.raises(Invalid, match="expired"):
        second_factor.prove(person, key_proofs.KeyAnswer(answer, live.id), "login")


def test_a_question_expires(app: Flask, session: Session, city: City) -> None:
    open_person(session, city)
    with frozen(now()) as hands:
        key = _with_key(app)
        client, _ = log_in(app)
        answer = key.get(asked(client, "login"))
        hands.advance(key_proofs.CHALLENGE_LIFE + timedelta(seconds=1))
        refused = client.post("/login/code", data={"assertion": answer})
        assert refused.status_code == 422 and "已超时" in refused.text


@pytest.mark.parametrize("wrong", ["{}", "nonsense", '{"rawId": 5}', "[]"])
def test_nonsense_counts_as_a_failed_proof(
    app: Flask, session: Session, city: City, runtime: Runtime, wrong: str
) -> None:
    person = open_person(session, city)
    _with_key(app)
    client, _ = log_in(app)
    asked(client, "login")
    assert client.post("/login/code", data={"assertion": wrong}).status_code == 422
    assert ("person.login-failed", {"address": "127.0.0.1", "why": "key"}) in events(runtime, person)


@pytest.mark.parametrize("spoil", ["origin", "rp_id", "private", "id"])
def test_an_answer_made_elsewhere_is_refused(app: Flask, session: Session, city: City, spoil: str) -> None:
    open_person(session, city)
    key, other = _with_key(app), SoftwareKey("http://localhost:9999", "elsewhere.example")
    setattr(key, spoil, getattr(other, spoil))
    client, _ = log_in(app)
    assert touch(client, key).status_code == 422 and not is_in(client)


def test_a_key_of_somebody_else_is_refused_and_registered_by_nobody_else(
    app: Flask, session: Session, city: City
) -> None:
    open_person(session, city)
    key = _with_key(app)
    open_person(session, city, account="lixing", unit="finance")
    other, _ = log_in(app, "lixing")
    assert register(other, key).status_code == 409
    register(other, SoftwareKey())
    second, _ = log_in(app, "lixing")
    assert touch(second, key).status_code == 422


def test_a_counter_that_goes_back_revokes_the_key(app: Flask, session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)
    key = _with_key(app)
    key.count = 9
    client, _ = log_in(app)
    assert touch(client, key).status_code == 303
    key.count = 4
    client, _ = log_in(app)
    refused = touch(client, key)
    assert refused.status_code == 422 and "已被复制" in refused.text
    assert _kinds(runtime, "key.count-refused") == [{"stored": 10, "shown": 5}]
    with unit_of_work(runtime.engine, writes=False) as reading:
        assert reading.scalars(select(SecurityKey.revoked_why)).one() == "count"
    guard = _guard(app, session, city, runtime)
    assert "疑被复制" in guard.get("/guard/keys").text


def _guard(app: Flask, session: Session, city: City, runtime: Runtime) -> FlaskClient:
    return enter(app, runtime, _ready(runtime, city.holder(Role.SECURITY_ADMINISTRATOR)))


def _ready(runtime: Runtime, person: Person) -> Person:
    """The person with a second factor, as their role needs one."""
    with unit_of_work(runtime.engine) as own:
        second_factor.keep_seed(own.get_one(Person, person.id), SEED)
    return person


def test_losing_the_last_key_needs_an_administrator(
    app: Flask, session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    person = open_person(session, city, unit="finance")
    client, _ = log_in(app)
    register(client, SoftwareKey())
    row = session.scalars(select(SecurityKey)).one()
    session.commit()
    assert client.post(f"/keys/{row.id}/lost").status_code == 409, "asks first"
    client.post(f"/keys/{row.id}/lost", data={"confirmed": "yes"})
    assert client.post(f"/keys/{row.id}/lost", data={"confirmed": "yes"}).status_code in (303, 409)
    # The password alone leads nowhere, and registers nothing.
    client, answer = log_in(app)
    assert answer.location == "/keys/" and not is_in(client)
    assert "安全保密管理员准许" in client.get("/keys/").text
    key = SoftwareKey()
    assert register(client, key).status_code == 409
    for unit, status in (("education", 404), ("finance", 303)):
        administrator = client_for(city.person(unit, Role.UNIT_ADMINISTRATOR))
        assert administrator.post(f"/guard/people/{person.id}/allow-key").status_code == status
    assert register(client, key).status_code == 303
    assert is_in(client)


def test_an_administrator_revokes_with_a_reason_in_reach_only(
    app: Flask, session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    open_person(session, city, unit="east-education")
    key = _with_key(app)
    row = session.scalars(select(SecurityKey)).one()
    session.commit()
    address, reason = f"/guard/keys/{row.id}/revoke", {"reason": "人员电话挂失"}
    for who in (
        city.person("finance", Role.UNIT_ADMINISTRATOR),
        _ready(runtime, city.person("west", Role.DISTRICT_MANAGER)),
    ):
        assert client_for(who).post(address, data=reason).status_code == 404
        assert "周笔" not in client_for(who).get("/guard/keys").text
    assert client_for(city.person("finance", Role.DRAFTER)).post(address, data=reason).status_code == 403
    manager = client_for(_ready(runtime, city.person("east", Role.DISTRICT_MANAGER)))
    assert "周笔" in manager.get("/guard/keys?q=周").text and "周笔" not in manager.get("/guard/keys?q=吴").text
    assert manager.post(address).status_code == 422
    assert manager.post(address, data=reason).status_code == 303
    assert manager.post(address, data=reason).status_code == 409
    client, answer = log_in(app)
    assert answer.location == "/keys/" and touch(client, key).status_code == 303 and not is_in(client)


@pytest.mark.usefixtures("keys_demanded")
def test_where_the_rules_demand_a_key_a_code_leads_to_registering_one(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    person = open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    client, answer = log_in(app)
    assert answer.location == "/login/code"
    assert give_code(client, code()).location == "/keys/" and not is_in(client)
    assert client.get("/keys/").status_code == 200
    key = SoftwareKey()
    assert register(client, key).status_code == 303 and is_in(client)
    with pytest.raises(Invalid, match="a code is not enough"):
        second_factor.prove(person, code(1), "stamp:0")
    client, _ = log_in(app)
    assert 'name="code"' not in client.get("/login/code").text
    assert give_code(client, code(1)).status_code == 422
    assert touch(client, key).location == "/"


@pytest.mark.usefixtures("keys_demanded")
def test_without_any_factor_the_password_leads_to_registering_a_key(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.SEAL_CUSTODIAN)
    client, answer = log_in(app)
    assert answer.location == "/keys/"
    assert client.get("/").location.startswith("/keys/")
    assert register(client, SoftwareKey()).status_code == 303 and is_in(client)


def test_either_will_do_under_the_weaker_rule(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.SEAL_CUSTODIAN)
    client, answer = log_in(app)
    assert answer.location == "/second-factor" and 'href="/keys/"' in client.get("/second-factor").text
    register(client, SoftwareKey())
    assert is_in(client)


def test_names_are_the_owners(app: Flask, session: Session, city: City, client_for: ClientFor) -> None:
    open_person(session, city)
    client, _ = log_in(app)
    register(client, SoftwareKey())
    row = session.scalars(select(SecurityKey)).one()
    session.commit()
    assert client.post(f"/keys/{row.id}/name", data={"name": " 随身 "}).status_code == 303
    assert client.post(f"/keys/{row.id}/name", data={"name": "  "}).status_code == 422
    other = client_for(city.person("finance", Role.DRAFTER))
    assert other.post(f"/keys/{row.id}/name", data={"name": "x"}).status_code == 404
    assert other.post(f"/keys/{row.id}/lost", data={"confirmed": "yes"}).status_code == 404
    assert "随身" in client.get("/keys/").text


@pytest.mark.parametrize(
    ("address", "party"),
    [
        ("http://127.0.0.1:8000", ("localhost", "http://localhost:8000")),
        ("https://gongwen.city.internal", ("gongwen.city.internal", "https://gongwen.city.internal")),
        ("http://localhost:5000", ("localhost", "http://localhost:5000")),
        ("https://10.1.2.3", None),
    ],
)
def test_keys_know_the_portal_by_name(address: str, party: tuple[str, str] | None) -> None:
    settings = Settings(base_url=address)
    if party is None:
        with pytest.raises(Refused):
            key_proofs.relying_party(settings)
    else:
        assert key_proofs.relying_party(settings) == key_proofs.RelyingParty(party[0], [party[1]])
