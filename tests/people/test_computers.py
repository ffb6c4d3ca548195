"""Dedicated computers: registering them, and refusing bound acts elsewhere (A-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import portal.app
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.rules import Dedicated
from portal.core.runtime import Runtime
from portal.core.settings import build
from portal.people import computer_views, computers, second_factor
from portal.people.access_models import Computer
from portal.people.models import Person
from portal.people.roles import Role
from portal.web.access import access_of, requires
from tests.city import City
from tests.clients import app_for, log_in
from tests.people.accounts import SEED, events

pytestmark = pytest.mark.req("A-11")
ClientFor = Callable[[Person], FlaskClient]
FINGERPRINT = "ab" * 32
HERE = {"name": "机要室1号机", "kind": "address", "value": "127.0.0.1", "place": "2号楼301"}


@pytest.fixture
def app(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application with an act of each kind; certificates are told by a proxy on this machine."""
    blueprint = Blueprint("bound", __name__)
    for bound in (Dedicated.SEALS, Dedicated.EXCHANGE):
        view = requires(Permission.DESK_VIEW, from_computer=bound)(lambda: "done")
        blueprint.add_url_rule(f"/bound/{bound}", endpoint=bound, view_func=view, methods=["GET", "POST"])
    reading = requires(Permission.DESK_VIEW, from_computer=Dedicated.EXCHANGE)(lambda: "done")
    blueprint.add_url_rule("/bound/file", endpoint="file", view_func=reading)
    more = (*portal.app.CAPABILITIES, SimpleNamespace(blueprint=blueprint))
    monkeypatch.setattr(portal.app, "CAPABILITIES", more)
    runtime.settings = replace(runtime.settings, client_certificate_header="X-Client-Certificate")
    yield app_for(runtime)


def _rule(runtime: Runtime, bound: Dedicated) -> None:
    runtime.rules = replace(runtime.rules, dedicated_computers=bound)


def _register(administrator: FlaskClient, person: Person, **facts: object) -> int:
    return administrator.post("/computers/", data={"unit_id": person.unit_id, **HERE, **facts}).status_code


@pytest.mark.parametrize(
    ("rule", "seals", "exchange"),
    [(Dedicated.NOTHING, 200, 200), (Dedicated.SEALS, 403, 200), (Dedicated.EXCHANGE, 403, 403)],
)
def test_the_rule_says_what_is_bound(
    app: Flask, city: City, runtime: Runtime, client_for: ClientFor, rule: Dedicated, seals: int, exchange: int
) -> None:
    _rule(runtime, rule)
    person = city.person("finance", Role.EXCHANGE_CLERK)
    client = client_for(person)
    assert client.post("/bound/seals").status_code == seals
    assert client.post("/bound/exchange").status_code == exchange
    assert client.get("/bound/file").status_code == exchange
    assert client.get("/bound/seals").status_code == 200, "looking is free"
    refused = [facts for kind, facts in events(runtime, person) if kind == "person.computer-refused"]
    assert len(refused) == (seals == 403) + 2 * (exchange == 403)
    if seals == 403:
        assert refused[0] == {"act": "bound.seals", "address": "127.0.0.1"}
        page = client.post("/bound/seals").text
        assert "尚未登记专用计算机" in page and runtime.rules.article("dedicated_computers") in page


def test_a_registered_computer_lets_its_unit_act_and_no_other(
    app: Flask, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    _rule(runtime, Dedicated.EXCHANGE)
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    administrator = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert _register(administrator, clerk) == 303
    assert _register(administrator, clerk) == 409
    client = client_for(clerk)
    assert client.post("/bound/seals").text == "done"
    elsewhere = client.post("/bound/seals", environ_overrides={"REMOTE_ADDR": "10.9.9.9"})
    assert elsewhere.status_code == 403 and "机要室1号机" in elsewhere.text and "10.9.9.9" in elsewhere.text
    other = client_for(city.person("education", Role.EXCHANGE_CLERK)).post("/bound/seals")
    assert other.status_code == 403 and "机要室1号机" not in other.text
    page = client.get("/computers/").text
    assert "登记为" in page and "机要室1号机" in page and "登记专用计算机" not in page


def test_removing_ends_it(app: Flask, session: Session, city: City, runtime: Runtime, client_for: ClientFor) -> None:
    _rule(runtime, Dedicated.SEALS)
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    administrator = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    _register(administrator, clerk)
    number = session.scalars(select(Computer.id)).one()
    session.commit()
    address, sure = f"/computers/{number}/remove", {"confirmed": "yes"}
    assert client_for(city.person("education", Role.UNIT_ADMINISTRATOR)).post(address, data=sure).status_code == 404
    assert administrator.post(address).status_code == 409, "asks first"
    assert administrator.post(address, data=sure).status_code == 303
    assert administrator.post(address, data=sure).status_code == 409
    assert client_for(clerk).post("/bound/seals").status_code == 403
    assert _register(administrator, clerk) == 303, "and can be registered again"


@pytest.mark.parametrize(
    ("who", "unit", "status"),
    [
        (("finance", Role.UNIT_ADMINISTRATOR), "education", 404),
        (("east", Role.DISTRICT_MANAGER), "east-education", 303),
        (("west", Role.DISTRICT_MANAGER), "east-education", 404),
        (("office", Role.INFORMATION_CENTRE), "west", 303),
        (("finance", Role.DRAFTER), "finance", 403),
    ],
)
def test_who_registers_where(
    app: Flask, city: City, runtime: Runtime, client_for: ClientFor, who: tuple[str, Role], unit: str, status: int
) -> None:
    person = city.person(*who)
    with unit_of_work(runtime.engine) as own:
        second_factor.keep_seed(own.get_one(Person, person.id), SEED)
    assert _register(client_for(person), city.person(unit, Role.DRAFTER)) == status


@pytest.mark.parametrize("value", ["", "10.0.0", "10.0.0.0/8", "::/10", "localhost", "10.0.0.1/99"])
def test_bad_networks_are_refused(value: str) -> None:
    with pytest.raises(Invalid):
        computers.normal_network(value)


def test_bad_input_keeps_what_was_typed(app: Flask, city: City, client_for: ClientFor) -> None:
    person = city.person("finance", Role.UNIT_ADMINISTRATOR)
    client = client_for(person)
    answer = client.post("/computers/", data={"unit_id": person.unit_id, **HERE, "value": "not-a-network"})
    assert answer.status_code == 422 and "not-a-network" in answer.text and "机要室1号机" in answer.text
    assert _register(client, person, kind="certificate", value="12:34") == 422
    assert _register(client, person, kind="certificate", value=FINGERPRINT.upper()) == 303


@pytest.mark.parametrize(
    ("proxies", "hops", "status"),
    [
        ((), 0, 403),
        (("10.0.0.0/8",), 0, 403),
        (("127.0.0.1",), 0, 200),
        (("127.0.0.1",), 1, 200),
        (("10.0.0.7",), 1, 403),
    ],
)
def test_a_certificate_is_believed_from_our_proxy_only(
    session: Session, city: City, runtime: Runtime, proxies: tuple[str, ...], hops: int, status: int, app: Flask
) -> None:
    _rule(runtime, Dedicated.SEALS)
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    administrator = session.get_one(Person, city.person("finance", Role.UNIT_ADMINISTRATOR).id)
    computers.register(administrator, administrator.unit, name="a", kind="certificate", value=FINGERPRINT, place="")
    session.commit()
    runtime.settings = replace(runtime.settings, proxy_addresses=proxies, trusted_proxies=hops)
    client = log_in(app_for(runtime), runtime, clerk)
    headers = {"X-Client-Certificate": FINGERPRINT, "X-Forwarded-For": "10.0.0.7"}
    assert client.post("/bound/seals", headers=headers).status_code == status
    assert client.post("/bound/seals", headers={"X-Client-Certificate": "cd" * 32}).status_code == 403
    assert client.post("/bound/seals").status_code == 403


def test_the_whole_certificate_is_read_as_nginx_sends_it() -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .sign(key, SHA256())
    )
    digest = sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    assert computers.fingerprint_in(quote(certificate.public_bytes(Encoding.PEM).decode())) == digest
    assert computers.fingerprint_in(":".join(digest[i : i + 2] for i in range(0, 64, 2)).upper()) == digest
    for nonsense in ("", "-----BEGIN CERTIFICATE-----", "zz", digest[:-1]):
        assert computers.fingerprint_in(nonsense) is None


def test_a_socket_is_believed_when_it_is_named() -> None:
    assert computers.is_believed("", ["unix"]) and not computers.is_believed("", ["127.0.0.1"])


def test_proxies_are_settings() -> None:
    assert build({"proxy_addresses": "127.0.0.1, unix"}).proxy_addresses == ("127.0.0.1", "unix")
    assert build({"proxy_addresses": ["10.0.0.0/24"]}).proxy_addresses == ("10.0.0.0/24",)


@pytest.mark.parametrize(
    ("endpoint", "bound"),
    [
        ("documents.stamp", Dedicated.SEALS),
        ("ceremonies.take_seat", Dedicated.SEALS),
        ("exchange.print_copy", Dedicated.SEALS),
        ("exchange.send", Dedicated.EXCHANGE),
        ("exchange.open_delivery", Dedicated.EXCHANGE),
        ("exchange.confirm", Dedicated.EXCHANGE),
        ("exchange.make_download", Dedicated.EXCHANGE),
        ("exchange.attachment", Dedicated.EXCHANGE),
        ("exchange.copy_file", Dedicated.EXCHANGE),
    ],
)
def test_acts_are_bound(app: Flask, endpoint: str, bound: Dedicated) -> None:
    assert access_of(app, endpoint).from_computer is bound


def test_whoever_looks_after_many_units_searches_among_them(
    session: Session, client_for: ClientFor, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = city.holder(Role.INFORMATION_CENTRE)
    centre.totp_seed = b"set up"
    session.commit()
    client = client_for(centre)
    assert '<select class="input" id="filter-unit"' in client.get("/computers/").text
    monkeypatch.setattr(computer_views, "UNITS_OFFERED", 2)
    page = client.get("/computers/").text
    assert "filter-unit" not in page and 'name="find"' in page
    found = client.get("/computers/?find=财政").text
    assert f"/computers/?unit={city.units['finance'].id}" in found
    assert f"/computers/?unit={city.units['education'].id}" not in found
