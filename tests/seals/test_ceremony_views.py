"""The ceremony room driven by three clients over a real device; `envelope.close` plays the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse as Response

from portal.core import clock
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import envelope
from portal.seals.ceremonies import FORGET_JOB
from portal.seals.models import ApplicationKind, Ceremony, Seat, UnitSeal
from portal.seals.waiting import PATIENCE
from tests.city import City, make_person
from tests.seals import ceremony as acting
from tests.work import drain_all

ClientFor = Callable[[Person], FlaskClient]


@dataclass
class Stage:
    """A called ceremony with the clients of its three people."""

    runtime: Runtime
    session: Session
    ceremony: Ceremony
    people: dict[Seat, Person]
    clients: dict[Seat, FlaskClient]

    @property
    def address(self) -> str:
        return f"/ceremonies/{self.ceremony.id}"

    def take_seat(self, seat: Seat, **changes: str) -> int:
        """Take a seat by the page; returns the status."""
        code = acting.fresh_code(self.people[seat])
        return self.post(seat, "seat", **{"code": code, "compared": "y", **changes}).status_code

    def seat_all(self) -> None:
        for seat in Seat:
            assert self.take_seat(seat) == 303
        self.refresh()

    def give(self, seat: Seat, share: str) -> int:
        """Hand over a share as a browser does; returns the status."""
        sealed = envelope.close(acting.envelope_room(self.ceremony), seat, share)
        return self.post(seat, "share", share=sealed).status_code

    def post(self, seat: Seat, act: str, **form: str) -> Response:
        """What the person at a seat sends; the test's own transaction is over first, for SQLite has one writer."""
        address = f"{self.address}/{act}"
        self.session.commit()
        return self.clients[seat].post(address, data=form)

    def get(self, seat: Seat, below: str = "") -> Response:
        """What the person at a seat looks at."""
        address = f"{self.address}{below}"
        self.session.commit()
        return self.clients[seat].get(address)

    def page(self, seat: Seat) -> str:
        answer = self.get(seat)
        assert answer.status_code == 200
        return unescape(answer.text)

    def work(self) -> None:
        """Let the seal server work."""
        self.session.commit()
        drain_all(self.runtime)
        self.refresh()

    def refresh(self) -> None:
        """Read what the requests have stored."""
        self.session.commit()
        self.session.expire_all()


@pytest.fixture
def stage(runtime: Runtime, session: Session, city: City, client_for: ClientFor) -> Stage:
    """The secrecy office has called the ceremony by the page; the device has been looked at."""
    acting.install_device()
    application = acting.approved_application(session, city, "finance")
    people = acting.people_of(city, "finance")
    for person in people.values():
        second_factor.keep_seed(person, acting.SEED)
    session.commit()
    clients = {seat: client_for(person) for seat, person in people.items()}
    for client in clients.values():
        client.set_cookie("language", "en")
    answer = clients[Seat.SECRECY_OFFICE].post(f"/ceremonies/call/{application.id}")
    assert answer.status_code == 303
    drain_all(runtime)
    return Stage(runtime, session, session.scalars(select(Ceremony)).one(), people, clients)


@pytest.mark.req("S-4", "S-5")
def test_three_people_make_the_seals_by_the_pages(stage: Stage) -> None:
    """From the empty seats to the printed account."""
    shared = acting.install_device()
    page = stage.page(Seat.UNIT)
    assert "Please take your seat" in page
    assert "I have compared" in page
    assert stage.ceremony.device is not None
    assert stage.ceremony.device["serial"] in page
    stage.seat_all()
    assert stage.ceremony.state == "seated"
    assert 'id="share-form"' in stage.page(Seat.SECRECY_OFFICE)
    assert 'id="share-form"' in stage.page(Seat.INFORMATION_CENTRE)
    assert 'id="share-form"' not in stage.page(Seat.UNIT)
    fingerprint = envelope.fingerprint(stage.ceremony.transport_key or "")
    assert fingerprint in stage.page(Seat.SECRECY_OFFICE)
    assert fingerprint in stage.page(Seat.INFORMATION_CENTRE)
    assert stage.give(Seat.SECRECY_OFFICE, shared.share_a) == 303
    assert "Wait for the shares" in stage.page(Seat.SECRECY_OFFICE)
    assert stage.give(Seat.INFORMATION_CENTRE, shared.share_b) == 303
    assert "The device is making the seals" in stage.page(Seat.UNIT)
    stage.work()
    done = stage.page(Seat.UNIT)
    account = unescape(stage.get(Seat.UNIT, "/account").text)
    assert "The seals are made" in done
    for seal in stage.session.scalars(select(UnitSeal)):
        assert f"/seals/{seal.id}" in done
        assert seal.certificate_serial in account
    assert stage.ceremony.transcript is not None
    assert stage.ceremony.transcript["signature"] in account
    for person in stage.people.values():
        assert person.name in account


@pytest.mark.req("S-5")
def test_no_page_carries_a_share_in_the_clear(stage: Stage) -> None:
    """The typed field has no name, so that a browser can't send it; nothing that was typed comes back."""
    stage.seat_all()
    form = re.search(r'<form[^>]*id="share-form".*?</form>', stage.page(Seat.SECRECY_OFFICE), re.DOTALL)
    assert form is not None
    inputs = re.findall(r"<input[^>]*>", form[0])
    typed = [tag for tag in inputs if 'id="typed-share"' in tag]
    assert len(typed) == 1
    assert "name=" not in typed[0]
    assert [tag for tag in inputs if 'name="share"' in tag and 'type="hidden"' in tag]
    assert (stage.ceremony.transport_key or "-").splitlines()[1] in form[0]
    plain = acting.install_device().share_a
    answer = stage.post(Seat.SECRECY_OFFICE, "share", share=plain)
    assert answer.status_code == 422
    assert plain not in answer.text
    assert "did not arrive whole" in answer.text
    stage.refresh()
    assert all(row.share is None for row in stage.ceremony.seats)


@pytest.mark.req("S-5")
def test_a_wrong_share_is_told_to_everybody(stage: Stage) -> None:
    """The red box says what was wrong and how many tries are left; both forms are back."""
    shared = acting.install_device()
    stage.seat_all()
    stage.give(Seat.SECRECY_OFFICE, shared.share_b)
    stage.give(Seat.INFORMATION_CENTRE, shared.share_a)
    stage.work()
    for seat in Seat:
        page = stage.page(seat)
        assert "entered in each other's place" in page
        assert "2 more tries" in page
    assert 'id="share-form"' in stage.page(Seat.SECRECY_OFFICE)


@pytest.mark.req("S-5", "A-9")
def test_a_wrong_code_takes_no_seat(stage: Stage) -> None:
    assert stage.take_seat(Seat.SECRECY_OFFICE, code="12345") == 422
    stage.refresh()
    assert stage.ceremony.seats == []


@pytest.mark.req("S-5")
def test_the_unit_must_compare_first(stage: Stage) -> None:
    assert stage.take_seat(Seat.UNIT, compared="") == 422
    stage.refresh()
    assert stage.ceremony.seats == []


def test_a_second_click_takes_no_second_seat(stage: Stage) -> None:
    assert stage.take_seat(Seat.SECRECY_OFFICE) == 303
    assert stage.take_seat(Seat.SECRECY_OFFICE) == 409
    stage.refresh()
    assert len(stage.ceremony.seats) == 1


@pytest.mark.req("S-5")
def test_looking_at_the_room_reports_presence(stage: Stage) -> None:
    """Whoever closes the page is shown as away, and no share is taken until they are back."""
    shared = acting.install_device()
    stage.seat_all()
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        stage.get(Seat.SECRECY_OFFICE, "/room?form=share")
        stage.get(Seat.INFORMATION_CENTRE, "/room?form=share")
        name = stage.people[Seat.UNIT].name
        assert f"Not in the room at the moment: {name}" in stage.page(Seat.SECRECY_OFFICE)
        assert stage.give(Seat.SECRECY_OFFICE, shared.share_a) == 409
        assert stage.get(Seat.UNIT, "/room?form=").status_code == 200
        assert "Not in the room" not in stage.page(Seat.SECRECY_OFFICE)
        assert stage.give(Seat.SECRECY_OFFICE, shared.share_a) == 303


def test_the_page_is_loaded_anew_only_when_another_form_is_needed(stage: Stage) -> None:
    """While somebody types, the renewed part leaves the form alone."""
    mine = Seat.SECRECY_OFFICE
    typing = stage.get(mine, "/room?form=seat")
    assert "HX-Refresh" not in typing.headers
    assert "<form" not in typing.text
    stage.seat_all()
    assert stage.get(mine, "/room?form=").headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in stage.get(mine, "/room?form=share").headers


@pytest.mark.req("S-5")
def test_stopping_needs_a_reason_and_makes_nothing(stage: Stage) -> None:
    stage.seat_all()
    assert stage.post(Seat.UNIT, "abort", why=" ").status_code == 422
    stage.refresh()
    assert stage.ceremony.state == "seated"
    assert stage.post(Seat.UNIT, "abort", why="设备指示灯异常").status_code == 303
    stage.refresh()
    assert stage.ceremony.state == "aborted"
    page = stage.page(Seat.SECRECY_OFFICE)
    assert "设备指示灯异常" in page
    assert "can call a new ceremony" in page
    assert "made nothing" in unescape(stage.get(Seat.UNIT, "/account").text)


@pytest.mark.req("S-5")
def test_remarks_are_kept_in_the_account(stage: Stage, city: City, client_for: ClientFor) -> None:
    """Whoever sits in the room writes them; once each, never empty, and nobody from outside."""
    stage.session.commit()
    outside = client_for(city.person("education", Role.UNIT_HEAD))
    stage.seat_all()
    assert stage.post(Seat.UNIT, "remark", text=" ").status_code == 422
    assert stage.post(Seat.UNIT, "remark", text="设备指示灯闪烁一次").status_code == 303
    assert stage.post(Seat.UNIT, "remark", text="设备指示灯闪烁一次").status_code == 409
    stage.session.commit()
    assert outside.post(f"{stage.address}/remark", data={"text": "x"}).status_code == 404
    assert "设备指示灯闪烁一次" in stage.page(Seat.SECRECY_OFFICE)
    assert stage.post(Seat.UNIT, "abort", why="核查设备").status_code == 303
    account = stage.get(Seat.UNIT, "/account").text
    assert account.count("设备指示灯闪烁一次") == 1


@pytest.mark.req("S-5", "S-9")
def test_the_room_says_what_ends_for_good(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    """The seals by name, in plain words, before anybody takes a seat."""
    acting.make_unit_seals(runtime, session, city, "finance")
    seals = session.scalars(select(UnitSeal).order_by(UnitSeal.id)).all()
    application = acting.approved_of_kind(session, city, "finance", ApplicationKind.DESTROY, seals)
    ceremony = acting.ready(runtime, session, city, application)
    session.commit()
    client = client_for(city.person("finance", Role.UNIT_HEAD))
    client.set_cookie("language", "en")
    page = unescape(client.get(f"/ceremonies/{ceremony.id}").text)
    assert "This can't be undone." in page
    for seal in seals:
        assert seal.certificate_serial in page


@pytest.mark.req("S-5")
def test_when_the_minutes_are_over_the_room_says_what_next(stage: Stage) -> None:
    with clock.frozen(stage.ceremony.expires_at + timedelta(seconds=1)):
        page = stage.page(Seat.UNIT)
        assert "The time is over. Nothing was made" in page
        assert 'name="code"' not in page
        assert stage.take_seat(Seat.UNIT) == 409


def test_others_watch_or_see_nothing(stage: Stage, city: City, client_for: ClientFor) -> None:
    """The applicant's unit and the office may watch; another unit learns nothing."""
    stage.session.commit()
    for person in (city.person("finance", Role.UNIT_ADMINISTRATOR), city.person("office", Role.OFFICE_LEADER)):
        client = client_for(person)
        client.set_cookie("language", "en")
        page = client.get(stage.address).text
        assert "You are watching" in page
        assert 'name="code"' not in page
        assert client.post(f"{stage.address}/seat", data={"code": "123456"}).status_code == 403
    stranger = client_for(city.person("education", Role.UNIT_HEAD))
    for address in (stage.address, f"{stage.address}/room", f"{stage.address}/account"):
        assert stranger.get(address).status_code == 404
    for act in ("seat", "share", "abort"):
        assert stranger.post(f"{stage.address}/{act}", data={"code": "123456"}).status_code == 404


@pytest.mark.req("S-5")
def test_one_seat_one_person(stage: Stage, session: Session, city: City, client_for: ClientFor) -> None:
    """A colleague of the secrecy office finds the seat taken and is told so."""
    stage.take_seat(Seat.SECRECY_OFFICE)
    colleague = make_person(session, city.units["office"], Role.SECRECY_OFFICE, account="second-secrecy")
    second_factor.keep_seed(colleague, acting.SEED)
    session.commit()
    client = client_for(colleague)
    client.set_cookie("language", "en")
    assert "Your seat is taken by a colleague" in client.get(stage.address).text
    code = acting.fresh_code(colleague)
    session.commit()
    assert client.post(f"{stage.address}/seat", data={"code": code}).status_code == 409


@pytest.mark.req("S-3")
def test_a_ceremony_is_called_for_approved_applications_only(
    session: Session, city: City, client_for: ClientFor
) -> None:
    application = acting.approved_application(session, city, "finance")
    application.state = "reviewed"
    session.commit()
    address = f"/ceremonies/call/{application.id}"
    session.commit()
    assert client_for(city.person("office", Role.SECRECY_OFFICE)).post(address).status_code == 409
    assert client_for(city.person("office", Role.INFORMATION_CENTRE)).post(address).status_code == 403
    assert session.scalars(select(Ceremony)).all() == []


def test_called_ceremonies_are_announced_to_those_with_a_seat(stage: Stage) -> None:
    """The entry of the menu counts them, the page of seals leads there."""
    stage.session.commit()
    for seat in Seat:
        page = unescape(stage.clients[seat].get("/seals/").text)
        assert "A ceremony is going on" in page
        assert f'href="{stage.address}"' in page


@pytest.mark.req("S-5")
def test_a_busy_seal_server_is_told_and_the_ceremony_may_be_stopped(stage: Stage) -> None:
    """After half a minute the room says what it waits for, and offers the way out."""
    shared = acting.install_device()
    stage.seat_all()
    stage.give(Seat.SECRECY_OFFICE, shared.share_a)
    stage.give(Seat.INFORMATION_CENTRE, shared.share_b)
    page = stage.page(Seat.UNIT)
    assert "The device is making the seals" in page
    assert "hasn't begun" not in page
    with clock.frozen(clock.now() + PATIENCE + timedelta(seconds=1)):
        assert stage.get(Seat.UNIT, "/room?form=").headers["HX-Refresh"] == "true"
        page = stage.page(Seat.UNIT)
        assert "The seal server hasn't begun yet" in page
        assert "Waiting for 31 seconds" in page
        assert "It is the next." in page
        assert 'name="why"' in page
        assert stage.post(Seat.UNIT, "abort", why="改日再办").status_code == 303
    stage.work()
    assert stage.ceremony.state == "aborted"
    assert stage.session.scalars(select(UnitSeal)).all() == []


@pytest.mark.req("S-5")
def test_the_place_in_the_queue_is_told(stage: Stage) -> None:
    """What other ceremonies wait for comes first."""
    shared = acting.install_device()
    stage.seat_all()
    enqueue(stage.session, Queue.CEREMONY, FORGET_JOB, ceremony_id=stage.ceremony.id)
    stage.give(Seat.SECRECY_OFFICE, shared.share_a)
    stage.give(Seat.INFORMATION_CENTRE, shared.share_b)
    with clock.frozen(clock.now() + 2 * PATIENCE):
        assert "1 piece of work for ceremonies is before it" in stage.page(Seat.UNIT)
