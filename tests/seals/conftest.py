"""One authority, one frozen and one sealed file for all seal tests of a run; none of them is ever changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import Person
from tests.clients import log_in
from tests.seals.ceremony import SEED
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes, seal


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A seal CA with a seal and a time-stamping authority."""
    return Authority()


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frozen document of two pages, the signature blocks on the second."""
    path = tmp_path_factory.mktemp("frozen") / "frozen.pdf"
    path.write_bytes(frozen_bytes())
    return path


@pytest.fixture(scope="session")
def sealed(frozen: Path, authority: Authority) -> Path:
    """The frozen document with one seal."""
    path = frozen.with_name("sealed.pdf")
    seal(frozen, path, authority)
    return path


@pytest.fixture
def client_for(app: Flask, runtime: Runtime) -> Callable[[Person], FlaskClient]:
    """Give a client of a person who has a second factor: everybody who deals with seals needs one (A-9)."""

    def client(person: Person) -> FlaskClient:
        with unit_of_work(runtime.engine) as session:
            known = session.get_one(Person, person.id)
            if known.totp_seed is None:
                second_factor.keep_seed(known, SEED)
        return log_in(app, runtime, person)

    return client
