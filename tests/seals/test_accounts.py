"""The account of a ceremony names the people the device saw, and is checked where it is shown (S-5)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import accounts, applications, device
from portal.seals.models import Ceremony, Seat
from tests.city import City
from tests.seals import ceremony as room

ClientFor = Callable[[Person], FlaskClient]
UNIT = "finance"


def reader(session: Session, city: City, client_for: ClientFor) -> FlaskClient:
    """A client of somebody who may read the account; the test's own transaction is over before."""
    officer = city.person("office", Role.SECRECY_OFFICE)
    session.refresh(officer)
    session.commit()
    client = client_for(officer)
    client.set_cookie("language", "en")
    return client


@pytest.fixture
def held(runtime: Runtime, session: Session, city: City) -> Ceremony:
    """A ceremony that is done, and the custody key's public half where pages look for it."""
    room.make_unit_seals(runtime, session, city, UNIT)
    pem = device.current().settings.pinned.custody_public_key_pem
    runtime.settings.custody_key_file.parent.mkdir(parents=True, exist_ok=True)
    runtime.settings.custody_key_file.write_text(pem)
    return session.scalars(select(Ceremony)).one()


def standing(runtime: Runtime, ceremony: Ceremony) -> accounts.Standing:
    """What the page would say."""
    found = accounts.standing_of(ceremony, runtime.settings.custody_key_file)
    assert found is not None
    return found


@pytest.mark.req("S-5")
def test_the_device_signs_who_was_there_and_for_what(
    runtime: Runtime, session: Session, city: City, held: Ceremony
) -> None:
    """Seats, accounts, times, ceremony and the whole application; its hash can be computed from the account alone."""
    signed = accounts.facts_of(held)["room"]
    assert (signed["ceremony"], signed["number"]) == (held.id, held.number)
    people = room.people_of(city, UNIT)
    assert {(seat["seat"], seat["account"], seat["name"]) for seat in signed["seats"]} == {
        (seat.value, person.account, person.name) for seat, person in people.items()
    }
    assert signed["content"] == applications.content(held.application)
    assert standing(runtime, held) == accounts.Standing(True)


def another_person(session: Session, city: City, ceremony: Ceremony) -> None:
    """Somebody else is said to have sat for the unit."""
    seat = next(row for row in ceremony.seats if row.seat == Seat.UNIT)
    seat.person = city.person("education", Role.UNIT_HEAD)


def another_time(session: Session, city: City, ceremony: Ceremony) -> None:
    """Or at another time."""
    ceremony.seats[0].taken_at += timedelta(minutes=1)


def another_application(session: Session, city: City, ceremony: Ceremony) -> None:
    """The application says something else."""
    ceremony.application.reason = "另一事由"


def another_number(session: Session, city: City, ceremony: Ceremony) -> None:
    """It counts under another number."""
    ceremony.sequence = ceremony.number + 1


@pytest.mark.req("S-5")
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (another_person, accounts.PEOPLE),
        (another_time, accounts.PEOPLE),
        (another_application, accounts.APPLICATION),
        (another_number, accounts.NUMBER),
    ],
)
def test_a_register_that_tells_otherwise_is_named(
    runtime: Runtime,
    session: Session,
    city: City,
    held: Ceremony,
    change: Callable[[Session, City, Ceremony], None],
    what: str,
) -> None:
    change(session, city, held)
    session.flush()
    assert standing(runtime, held) == accounts.Standing(True, (what,))


@pytest.mark.req("S-5")
def test_the_page_says_whether_the_account_is_genuine(
    runtime: Runtime, session: Session, city: City, held: Ceremony, client_for: ClientFor
) -> None:
    """Genuine; forged, when a word of it was changed; and not to be checked, where the key is missing."""
    address = f"/ceremonies/{held.id}/account"
    client = reader(session, city, client_for)

    def page() -> str:
        session.commit()
        return unescape(client.get(address).text)

    assert "The account is genuine" in page()
    assert held.transcript is not None
    whole = held.transcript
    facts = json.loads(whole["body"])
    facts["room"]["seats"][0]["name"] = "别人"
    held.transcript = {**whole, "body": json.dumps(facts, ensure_ascii=False)}
    assert "The account is forged" in page()
    held.transcript = whole
    another_application(session, city, held)
    assert "The register differs from the account" in page()
    runtime.settings.custody_key_file.unlink()
    assert "The account can't be checked on this page" in page()


@pytest.mark.req("S-5")
def test_an_account_of_before_is_shown_without_its_people(
    runtime: Runtime, session: Session, city: City, held: Ceremony, client_for: ClientFor
) -> None:
    """Accounts signed by earlier versions stay in force; the page says what they don't hold."""
    assert held.transcript is not None
    facts = {name: value for name, value in json.loads(held.transcript["body"]).items() if name != "room"}
    held.transcript = {**held.transcript, "body": json.dumps(facts), "people": {}}
    address, name = f"/ceremonies/{held.id}/account", city.person("office", Role.SECRECY_OFFICE).name
    client = reader(session, city, client_for)
    session.commit()
    page = unescape(client.get(address).text)
    assert "the people weren't part of it yet" in page
    assert name in page


@pytest.mark.req("S-5")
def test_a_custody_record_is_no_account(runtime: Runtime, session: Session, held: Ceremony) -> None:
    """The custody key signs both."""
    seal = held.seals[0]
    held.transcript = {"body": seal.custody_record, "signature": seal.custody_signature}
    assert not standing(runtime, held).genuine
