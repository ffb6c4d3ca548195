"""Clients of people with a second factor: everybody who deals with seals needs one (A-9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import LoginSession, Person
from tests.clients import log_in
from tests.seals.ceremony import SEED


@pytest.fixture
def client_for(app: Flask, runtime: Runtime) -> Callable[[Person], FlaskClient]:
    """Give a client of a person with a second factor, who has just proved themselves."""

    def client(person: Person) -> FlaskClient:
        with unit_of_work(runtime.engine) as session:
            known = session.get_one(Person, person.id)
            if known.totp_seed is None:
                second_factor.keep_seed(known, SEED)
        made = log_in(app, runtime, person)
        with unit_of_work(runtime.engine) as session:
            live = session.query(LoginSession).filter_by(person_id=person.id, ended_at=None).one()
            live.proved_at = live.seen_at
        return made

    return client
