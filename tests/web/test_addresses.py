"""Addresses nobody of good will would make: they lead nowhere, and never to another site."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City

HUGE = "9" * 40


@pytest.fixture
def clerk(city: City, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    """An exchange clerk, logged in."""
    return client_for(city.person("finance", Role.EXCHANGE_CLERK))


@pytest.mark.parametrize(
    "referrer",
    ["http://localhost//evil.example/", "http://localhost/\\evil.example", "http://[", "http://evil.example/a", ""],
)
def test_nobody_is_led_to_another_site(clerk: FlaskClient, referrer: str) -> None:
    """A browser takes `//name` for another site; a link to such an address of ours would become a way out."""
    for address in ("/preferences/language/en", "/preferences/large-type"):
        assert clerk.get(address, headers={"Referer": referrer}).location == "/"
    refused = clerk.post(f"/documents/{1}/number", headers={"Referer": referrer})
    assert not (refused.location or "/").startswith(("//", "http"))


def test_one_comes_back_to_ones_own_page(clerk: FlaskClient) -> None:
    answer = clerk.get("/preferences/language/en", headers={"Referer": "http://localhost/inbox?tab=all"})
    assert answer.location == "/inbox?tab=all"


@pytest.mark.parametrize("address", [f"/inbox/{HUGE}", f"/inbox?before={HUGE}", "/inbox?text=%00", "/v/%00"])
def test_what_no_column_holds_is_no_fault_of_ours(clerk: FlaskClient, address: str) -> None:
    """Numbers and characters that databases refuse are answered as a bad address, not as a failure."""
    assert clerk.get(address).status_code < 500
