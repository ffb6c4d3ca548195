"""The page of a seal: its custody, its use book (S-10), suspending it (S-12)."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import queries
from portal.seals.models import UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest
from tests.city import City
from tests.seals.ceremony import make_unit_seals

ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """The finance bureau's signature seal, made in a ceremony."""
    make_unit_seals(runtime, session, city, "finance")
    found = queries.signature_seal(session, city.units["finance"].id)
    assert found is not None
    for known in (*city.units.values(), *city.people.values(), found):
        session.refresh(known)
    session.commit()
    return found


def state_of(session: Session, seal: UnitSeal) -> str:
    """Its state as it is stored; the transaction is closed again, for SQLite has one writer."""
    session.refresh(seal)
    session.commit()
    return seal.state


def page_of(client: FlaskClient, address: str) -> str:
    client.set_cookie("language", "en")
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.text)


def note_uses(session: Session, seal: UnitSeal, person: Person, count: int) -> None:
    """Enter uses into the book."""
    for number in range(1, count + 1):
        session.add(
            StampRequest(
                seal_id=seal.id,
                reference=f"document:{number}",
                purpose=f"通知第{number}件",
                digest=f"{number:064x}",
                asked_by_id=person.id,
                asked_at=now(),
                stamped_at=now(),
                state="stamped",
                page=2,
            )
        )
    session.commit()


@pytest.mark.req("S-6", "S-10")
def test_the_use_book_says_who_used_it_when_on_what(
    session: Session, city: City, seal: UnitSeal, client_for: ClientFor
) -> None:
    """Each use with person, digest, time, newest first; older ones a page further."""
    custodian = city.person("finance", Role.SEAL_CUSTODIAN)
    client = client_for(city.person("finance", Role.UNIT_HEAD))
    assert "has not been used yet" in page_of(client, f"/seals/{seal.id}")
    note_uses(session, seal, custodian, 21)
    page = page_of(client, f"/seals/{seal.id}")
    assert "通知第21件" in page
    assert "通知第1件" not in page
    assert f"{21:064x}" in page
    assert custodian.name in page
    assert seal.certificate_serial in page
    oldest = queries.uses(session, seal, limit=20)[-1].id
    session.commit()
    assert f"?before={oldest}" in page
    assert "通知第1件" in page_of(client, f"/seals/{seal.id}?before={oldest}")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "gestern"])
def test_a_day_beyond_all_clocks_filters_nothing(city: City, seal: UnitSeal, client_for: ClientFor, day: str) -> None:
    page_of(client_for(city.person("finance", Role.UNIT_HEAD)), f"/seals/{seal.id}/uses?since={day}&until={day}")


@pytest.mark.req("S-1", "S-10")
def test_the_verification_seal_has_its_book_too(
    session: Session, city: City, seal: UnitSeal, client_for: ClientFor
) -> None:
    """Each copy whose code it signed, with the copy's number."""
    other = queries.verification_seal(session, seal.unit_id)
    assert other is not None
    holder = city.person("finance", Role.VERIFICATION_HOLDER)
    title = "关于做好防汛工作的通知"
    facts = {"title": title, "digest": "ab" * 16, "copy": 3, "copies": 10}
    session.add(CodeRequest(seal_id=other.id, reference="copy:1", asked_by_id=holder.id, facts=facts, asked_at=now()))
    address = f"/seals/{other.id}"
    session.commit()
    page = page_of(client_for(holder), address)
    assert title in page
    assert "3/10" in page
    assert "Waiting for the signature" in page


@pytest.mark.req("S-12")
def test_one_person_suspends_and_the_page_says_what_unfreezes(
    session: Session, city: City, seal: UnitSeal, client_for: ClientFor
) -> None:
    client = client_for(city.person("finance", Role.SEAL_CUSTODIAN))
    address = f"/seals/{seal.id}"
    assert "Suspend this seal?" in page_of(client, address)
    assert client.post(f"{address}/suspend", data={"reason": " "}).status_code == 422
    assert state_of(session, seal) == "in-custody"
    assert client.post(f"{address}/suspend", data={"reason": "保管人手机遗失"}).status_code == 303
    assert state_of(session, seal) == "suspended"
    page = page_of(client, address)
    assert "Only a ceremony of three people unfreezes it" in page
    assert "Suspend this seal?" not in page
    assert client.post(f"{address}/suspend", data={"reason": "再次"}).status_code == 409


def test_who_may_suspend(session: Session, city: City, seal: UnitSeal, client_for: ClientFor) -> None:
    """The secrecy office may; the secretariat only looks; another unit doesn't see the seal at all."""
    address = f"/seals/{seal.id}"
    secretariat = client_for(city.person("office", Role.SECRETARIAT))
    assert "Suspend this seal?" not in page_of(secretariat, address)
    assert secretariat.post(f"{address}/suspend", data={"reason": "核查"}).status_code == 403
    stranger = client_for(city.person("education", Role.SEAL_CUSTODIAN))
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/face.svg").status_code == 404
    assert stranger.post(f"{address}/suspend", data={"reason": "核查"}).status_code == 404
    secrecy = client_for(city.person("office", Role.SECRECY_OFFICE))
    assert secrecy.post(f"{address}/suspend", data={"reason": "例行核查"}).status_code == 303


@pytest.mark.req("S-2")
def test_the_unit_sees_its_seals_and_the_office_all(city: City, seal: UnitSeal, client_for: ClientFor) -> None:
    own = page_of(client_for(city.person("finance", Role.UNIT_HEAD)), "/seals/")
    assert f"/seals/{seal.id}/face.svg" in own
    office = client_for(city.person("office", Role.SECRETARIAT))
    assert f"/seals/{seal.id}" in page_of(office, "/seals/")
    assert "No seal matches." in page_of(office, "/seals/?state=destroyed")
    assert f"/seals/{seal.id}" not in page_of(client_for(city.person("education", Role.UNIT_HEAD)), "/seals/")
    face = office.get(f"/seals/{seal.id}/face.svg")
    assert face.mimetype == "image/svg+xml"
