"""One application over one small city, for tests that try all its doors."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.clients import log_in


class House(NamedTuple):
    """One application over one small city, shared by the roles that try its doors."""

    app: Flask
    runtime: Runtime
    city: City

    def ready(self, role: Role, **facts: object) -> Person:
        """The person holding `role`, on whom no first step (password, second factor) lies but those of `facts`."""
        with unit_of_work(self.runtime.engine) as session:
            person = session.get_one(Person, self.city.holder(role).id)
            for name, value in {"totp_seed": b"set up", **facts}.items():
                setattr(person, name, value)
        return person

    def client(self, role: Role, **facts: object) -> FlaskClient:
        """A client logged in as that person."""
        return log_in(self.app, self.runtime, self.ready(role, **facts))
