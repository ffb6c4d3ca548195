"""Making accounts and logging in, for tests."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people import second_factor
from portal.people.models import Person
from portal.people.operations import open_account
from portal.people.roles import Role
from tests.city import City

PASSWORD = "Qingshan-Lvshui-1234"
NEXT_PASSWORD = "Mingyue-Xinghe-5678"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def open_person(
    session: Session,
    city: City,
    *roles: Role,
    account: str = "zhoubi",
    unit: str = "office",
    seed: str | None = None,
    must_change: bool = False,
) -> Person:
    """An account with PASSWORD, committed; `seed` sets a second factor."""
    person = open_account(
        session,
        unit=city.units[unit],
        account=account,
        name="周笔",
        roles=roles,
        password=PASSWORD,
        must_change=must_change,
    )
    if seed:
        second_factor.keep_seed(person, seed)
    session.commit()
    return person


def code(offset: int = 0, seed: str = SEED) -> str:
    """The code of the step it is, or of one `offset` steps away."""
    return second_factor.code_of(seed, second_factor.step_now() + offset)


def log_in(
    app: Flask, account: str = "zhoubi", password: str = PASSWORD, client: FlaskClient | None = None, query: str = ""
) -> tuple[FlaskClient, TestResponse]:
    """A browser and the answer to its log-in."""
    client = client or app.test_client()
    return client, client.post(f"/login{query}", data={"account": account, "password": password})


def give_code(client: FlaskClient, value: str, query: str = "") -> TestResponse:
    """The answer to a code on the second page."""
    return client.post(f"/login/code{query}", data={"code": value})


def is_in(client: FlaskClient) -> bool:
    """Whether the browser gets pages of people who are logged in."""
    return client.get("/profile").status_code == 200


def events(runtime: Runtime, person: Person) -> list[tuple[str, dict[str, object]]]:
    """What the ledger says of an account, oldest first."""
    with unit_of_work(runtime.engine, writes=False) as session:
        rows = session.scalars(
            select(LedgerEvent)
            .where(LedgerEvent.subject_kind.in_(("person", "role")), LedgerEvent.subject_id == person.id)
            .order_by(LedgerEvent.id)
        )
        return [(row.kind, row.facts) for row in rows]
