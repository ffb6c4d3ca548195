"""Denied by default: every door of the application, tried by every role, opens exactly as its route declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text

import portal.app
from portal.core.clock import now
from portal.core.db import open_session
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.core.vitals import Process, SignOfLife, give_sign
from portal.people.models import Person
from portal.people.policy import permissions_of
from portal.people.roles import Role
from portal.web.access import public, requires
from portal.web.database import db
from tests.city import City
from tests.clients import app_for, log_in
from tests.conventions.doors import Door, doors
from tests.conventions.house import House

pytestmark = pytest.mark.req("A-8")

SHOWN = {200, 302, 303}
ANSWERED = SHOWN | {400, 409, 422}


@pytest.fixture
def changes(house: House) -> Iterator[Callable[[], int]]:
    """Tells a number that grows when others change the database (SQLite's data_version)."""
    with house.runtime.engine.execution_options(gongwen_writes=False).connect() as watching:
        yield lambda: _version(watching)


def _version(connection: Connection) -> int:
    connection.rollback()
    return int(connection.execute(text("PRAGMA data_version")).scalar_one())


@pytest.mark.parametrize("role", Role)
def test_doors_open_as_declared(role: Role, house: House, changes: Callable[[], int]) -> None:
    person, client, wrong = house.ready(role), house.client(role), []
    for door in doors(house.app):
        before = changes()
        status = door.open(client).status_code
        if status not in _expected(door, person):
            wrong.append(f"{door.method} {door.address} answers {status}, not {sorted(_expected(door, person))}")
        if door.method == "GET" and not (door.access.writes or door.access.notes) and changes() != before:
            wrong.append(f"{door.method} {door.address} changes data")
    assert not wrong, "\n" + "\n".join(wrong)


def _expected(door: Door, person: Person) -> set[int]:
    if door.access.public:
        return ANSWERED | {404} | ({503} if door.endpoint == "health.ready" else set())
    if not door.lets_in(person):
        return {403}
    if door.named:
        return {404}
    return SHOWN if door.method == "GET" else ANSWERED


def test_the_table_of_doors_is_whole(house: House) -> None:
    found = doors(house.app)
    assert len(found) > 40
    assert {door.method for door in found} == {"GET", "POST"}
    assert any(door.named for door in found)


def test_nobody_holds_every_permission() -> None:
    assert all(permissions_of(frozenset({role})) != frozenset(Permission) for role in Role)


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_who_is_logged_out_is_sent_to_log_in(house: House, fragment: bool) -> None:
    for door in doors(house.app):
        if not door.access.public:
            _assert_sent(door, house.app.test_client(), "/login", fragment=fragment)


def test_a_closed_account_is_logged_out(house: House) -> None:
    client = house.client(Role.HANDLER, closed_at=now())
    for door in doors(house.app):
        if not door.access.public:
            _assert_sent(door, client, "/login")


@pytest.mark.req("A-3")
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_who_must_change_the_password_gets_nowhere_else(house: House, fragment: bool) -> None:
    client = house.client(Role.ARCHIVIST, must_change_password=True)
    for door in doors(house.app):
        if not door.access.public and not door.access.before_ready:
            _assert_sent(door, client, "/password", fragment=fragment)


def test_who_needs_a_second_factor_gets_nowhere_without_one(house: House) -> None:
    client = house.client(Role.SECRECY_OFFICE, totp_seed=None)
    for door in doors(house.app):
        if not door.access.public and not door.access.before_ready:
            _assert_sent(door, client, "/second-factor")


def _assert_sent(door: Door, client: FlaskClient, start: str, *, fragment: bool = False) -> None:
    answer = door.open(client, fragment=fragment)
    told = (answer.status_code, answer.headers.get("HX-Redirect" if fragment else "Location", ""))
    assert told[0] == (401 if fragment else 303) and told[1].startswith(start), (door, told)


# ---- declaring ----


@pytest.fixture
def with_view(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], Flask]:
    """Make the application with one more route, /extra."""

    def make(view: Callable[..., Any]) -> Flask:
        blueprint = Blueprint("extra", __name__)
        blueprint.route("/extra", endpoint="extra", methods=["GET", "POST"])(view)
        more = (*portal.app.CAPABILITIES, SimpleNamespace(blueprint=blueprint))
        monkeypatch.setattr(portal.app, "CAPABILITIES", more)
        return app_for(runtime)

    return make


def test_a_route_that_declares_nothing_stops_the_start(with_view: Callable[..., Flask]) -> None:
    with pytest.raises(LookupError, match=r"extra\.extra declares no access: put @requires"):
        with_view(lambda: "anything")


def test_a_reading_request_that_changes_data_fails_and_changes_nothing(
    with_view: Callable[..., Flask], runtime: Runtime
) -> None:
    @public
    def extra() -> str:
        give_sign(db(), Process.WORKER)
        return "done"

    client = with_view(extra).test_client()
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/extra").status_code == 500
    assert _signs(runtime) == 0
    assert client.post("/extra").status_code == 200
    assert _signs(runtime) == 1


def _signs(runtime: Runtime) -> int:
    with open_session(runtime.engine, writes=False) as reading:
        return reading.query(SignOfLife).count()


def test_a_view_that_fails_leaves_everything_as_it_was(with_view: Callable[..., Flask], runtime: Runtime) -> None:
    @public
    def extra() -> str:
        give_sign(db(), Process.WORKER)
        db().flush()
        raise RuntimeError("fails as it should")

    client = with_view(extra).test_client()
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.post("/extra").status_code == 500
    assert _signs(runtime) == 0


def test_a_reading_request_may_change_data_when_it_says_so(
    with_view: Callable[..., Flask], city: City, runtime: Runtime
) -> None:
    @requires(Permission.DESK_VIEW, writes=True)
    def extra() -> str:
        give_sign(db(), Process.WORKER)
        return "done"

    client = log_in(with_view(extra), runtime, city.person("office", Role.DRAFTER))
    assert client.get("/extra").status_code == 200
    assert _signs(runtime) == 1
