"""A fresh proof before acts that can't be undone: nothing typed is lost, nothing is done twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import portal.app
from portal.core.clock import Hands, frozen, now
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.people.models import LoginSession
from portal.web.access import access_of, requires
from tests.city import City
from tests.clients import app_for
from tests.people.accounts import PASSWORD, SEED, code, events, give_code, is_in, log_in, open_person
from tests.people.software_key import SoftwareKey, asked, register, touch

pytestmark = pytest.mark.req("A-9")
TYPED = {"opinion": "同意。<b>", "act": "issue"}


@pytest.fixture
def done(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the act that can't be undone was given, each time it was done."""
    return []


@pytest.fixture
def app(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, done: list[dict[str, str]]) -> Flask:
    """The application with one such act, /grave."""
    blueprint = Blueprint("grave", __name__)

    @blueprint.route("/grave", methods=["GET", "POST"])
    @requires(Permission.DESK_VIEW, fresh=True)
    def act() -> str:
        if request.method == "POST":
            done.append({name: request.form[name] for name in TYPED})
        return "done"

    more = (*portal.app.CAPABILITIES, SimpleNamespace(blueprint=blueprint))
    monkeypatch.setattr(portal.app, "CAPABILITIES", more)
    return app_for(runtime)


@pytest.fixture
def hands(runtime: Runtime) -> Iterator[Hands]:
    """The clock, to be advanced."""
    with frozen(now()) as clock:
        yield clock


@pytest.fixture
def late(hands: Hands, runtime: Runtime) -> Callable[[], object]:
    """Let the last proof grow too old."""
    return lambda: hands.advance(timedelta(minutes=runtime.rules.reauthentication_minutes, seconds=1))


def _carried(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in found if not name.startswith("proof-")}


def _ready(app: Flask, session: Session, city: City, seed: str | None = None) -> FlaskClient:
    open_person(session, city, seed=seed)
    client, _ = log_in(app)
    if seed:
        give_code(client, code())
    return client


def test_a_fresh_proof_covers_the_act(app: Flask, session: Session, city: City, done: list[object]) -> None:
    assert _ready(app, session, city).post("/grave", data=TYPED).text == "done"
    assert done == [TYPED]


def test_an_old_proof_is_renewed_and_nothing_typed_is_lost(
    app: Flask, session: Session, city: City, late: Callable[[], object], done: list[object], runtime: Runtime
) -> None:
    client = _ready(app, session, city)
    late()
    assert client.get("/grave").text == "done", "looking needs none"
    page = client.post("/grave", data=TYPED)
    assert page.status_code == 401 and done == []
    carried = _carried(page)
    assert {name: carried[name] for name in TYPED} == TYPED
    wrong = client.post("/grave", data={**carried, "proof-password": "wrong"})
    assert wrong.status_code == 422 and done == [] and _carried(wrong)["opinion"] == TYPED["opinion"]
    right = {**carried, "proof-password": PASSWORD}
    assert client.post("/grave", data=right).text == "done"
    assert done == [TYPED]
    # A second click comes with the same proof: the act itself says whether it was done before.
    assert client.post("/grave", data=right).text == "done"
    person = session.scalars(select(LoginSession)).one().person
    session.commit()
    person_events = events(runtime, person)
    assert [kind for kind, _ in person_events].count("person.proved") == 1
    assert ("person.login-failed", {"address": "127.0.0.1", "why": "password"}) in person_events
    assert client.post("/grave", data=TYPED).text == "done", "covered for the next minutes"


def test_what_the_page_carries_can_not_be_exchanged(
    app: Flask, session: Session, city: City, late: Callable[[], object], done: list[object]
) -> None:
    client = _ready(app, session, city)
    late()
    carried = _carried(client.post("/grave", data=TYPED))
    for spoilt in ({**carried, "opinion": "不同意"}, {**carried, "more": "x"}, {**carried, "carried-seal": "0" * 64}):
        answer = client.post("/grave", data={**spoilt, "proof-password": PASSWORD})
        assert answer.status_code == 422 and "已被改动" in answer.text
    assert done == []


def test_wrong_proofs_lock_the_account(
    app: Flask, session: Session, city: City, late: Callable[[], object], done: list[object], runtime: Runtime
) -> None:
    client = _ready(app, session, city)
    late()
    carried = _carried(client.post("/grave", data=TYPED))
    for _ in range(runtime.rules.login_attempts):
        assert client.post("/grave", data={**carried, "proof-password": "wrong"}).status_code == 422
    assert client.post("/grave", data={**carried, "proof-password": PASSWORD}).status_code == 422
    assert done == []


def test_who_has_a_second_factor_gives_that(
    app: Flask, session: Session, city: City, late: Callable[[], object], hands: Hands, done: list[object]
) -> None:
    client = _ready(app, session, city, seed=SEED)
    late()
    page = client.post("/grave", data=TYPED)
    assert "proof-code" in page.text and "proof-password" not in page.text
    carried = _carried(page)
    assert client.post("/grave", data={**carried, "proof-password": PASSWORD}).status_code == 422
    assert client.post("/grave", data={**carried, "proof-code": code()}).text == "done"
    assert done == [TYPED]


def test_a_key_proves_for_this_purpose_only(
    app: Flask, session: Session, city: City, late: Callable[[], object], done: list[object]
) -> None:
    client, key = _ready(app, session, city), SoftwareKey()
    register(client, key)
    late()
    carried = _carried(client.post("/grave", data=TYPED))
    wrong = key.get(asked(client, "login"))
    assert client.post("/grave", data={**carried, "proof-assertion": wrong}).status_code == 422
    right = key.get(asked(client, "prove"))
    assert client.post("/grave", data={**carried, "proof-assertion": right}).text == "done"


def test_fragments_and_files_are_sent_to_a_page_of_its_own(
    app: Flask, session: Session, city: City, late: Callable[[], object], done: list[object]
) -> None:
    client = _ready(app, session, city)
    late()
    fragment = client.post("/grave", data=TYPED, headers={"HX-Request": "true", "HX-Current-URL": "http://x/roles"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/prove?next=/roles")
    page = client.post("/grave", data={**TYPED, "file": (BytesIO(b"x"), "a.pdf")})
    assert page.status_code == 401 and 'action="/prove?next=' in page.text and done == []
    assert client.get("/prove?next=/roles").status_code == 200
    assert client.post("/prove?next=/roles", data={"proof-password": "wrong"}).status_code == 422
    assert client.post("/prove?next=/roles", data={"proof-password": PASSWORD}).location == "/roles"
    assert client.post("/grave", data=TYPED).text == "done"


def test_registering_a_key_needs_a_fresh_proof(
    app: Flask, session: Session, city: City, late: Callable[[], object]
) -> None:
    client, key = _ready(app, session, city), SoftwareKey()
    late()
    page = register(client, key)
    assert page.status_code == 401
    assert client.post("/keys/", data={**_carried(page), "proof-password": PASSWORD}).status_code == 303
    other, _ = log_in(app)
    assert touch(other, key).status_code == 303 and is_in(other)


@pytest.mark.parametrize(
    "endpoint",
    [
        "documents.review",
        "exchange.send",
        "exchange.recall",
        "seals.decide",
        "seals.suspend",
        "ceremonies.call",
        "guard.revoke_key",
        "guard.end_session",
        "keys.register",
    ],
)
def test_grave_acts_need_a_fresh_proof(app: Flask, endpoint: str) -> None:
    assert access_of(app, endpoint).fresh
