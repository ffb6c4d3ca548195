"""Every way into the application: each method of each route, with an address that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from portal.people.models import Person
from portal.web.access import Access, access_of

NOBODY = 2**31 - 7
"""An id that no row has; both databases can hold it."""
# Ends the session of whoever comes in: always the last door one tries.
WAY_OUT = "people.log_out"


class Door(NamedTuple):
    """A method and an address with what its route declares; `named`: it names an object, one that isn't there."""

    method: str
    endpoint: str
    address: str
    access: Access
    named: bool

    def open(self, client: FlaskClient, *, fragment: bool = False) -> TestResponse:
        """Go in, as a page or as htmx asks for a fragment."""
        headers = {"HX-Request": "true"} if fragment else {}
        return client.open(self.address, method=self.method, headers=headers)

    def lets_in(self, person: Person) -> bool:
        """Whether the declared access covers `person`."""
        wanted = self.access.permissions
        return self.access.public or not wanted or any(person.may(permission) for permission in wanted)


def doors(app: Flask) -> list[Door]:
    """All doors, the way out last."""
    found = [door for rule in app.url_map.iter_rules() if rule.endpoint != "static" for door in _doors_of(app, rule)]
    return sorted(found, key=lambda door: (door.endpoint == WAY_OUT, door.address, door.method))


def _doors_of(app: Flask, rule: Rule) -> Iterator[Door]:
    names = {name: _filling(converter) for name, converter in rule._converters.items()}
    named = not all(isinstance(converter, AnyConverter) for converter in rule._converters.values())
    address = app.url_map.bind("localhost").build(rule.endpoint, names)
    for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
        yield Door(method, rule.endpoint, address, access_of(app, rule.endpoint), named)


def _filling(converter: BaseConverter) -> int | str:
    """A value for a place in an address."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return NOBODY if isinstance(converter, IntegerConverter) else "nothing"
