"""Shares open the device for the order that was prepared and shown, here and now, and for nothing else (S-5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from portal.core import clock, logs
from portal.core.clock import now
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.scheduler import close_ceremonies
from portal.seals import applications, ceremonies, device, envelope
from portal.seals.custody import text_of
from portal.seals.models import Ceremony, Seat, UnitSeal
from tests.city import City
from tests.seals import ceremony as room
from tests.seals.keyed import give_key
from tests.work import drain_all

UNIT = "finance"


@pytest.fixture
def given(runtime: Runtime, session: Session, city: City) -> Ceremony:
    """Both shares are given; the seal server has not begun."""
    shared = room.install_device()
    ceremony = room.ready(runtime, session, city, room.approved_application(session, city, UNIT))
    room.give_shares(ceremony, room.people_of(city, UNIT), shared.share_a, shared.share_b)
    session.commit()
    return ceremony


def run(runtime: Runtime, session: Session) -> None:
    """Let the seal server work."""
    session.commit()
    drain_all(runtime)
    session.expire_all()


def rewrite(session: Session, ceremony: Ceremony, **changes: object) -> None:
    """What the owner of the database can do: change an application and every place that knows its hash."""
    application = ceremony.application
    for name, value in changes.items():
        setattr(application, name, value)
    forged = applications.content_hash(application)
    application.content_hash = ceremony.application_hash = forged
    for approval in application.approvals:
        approval.content_hash = forged


def pretend_presence(session: Session, ceremony: Ceremony) -> None:
    """The same for the room: everybody here, in time."""
    ceremony.expires_at = now() + timedelta(minutes=5)
    for seat in ceremony.seats:
        seat.present_at = now()


def require_nothing_made(session: Session, ceremony: Ceremony, why: str) -> None:
    """The ceremony ended without a seal, and says why."""
    assert ceremony.state == "aborted"
    assert why in (ceremony.trouble or "")
    assert session.scalars(select(UnitSeal)).all() == []
    assert not device.current().prepared.holds(ceremony)


@pytest.mark.req("S-5")
def test_shares_open_nothing_for_another_order(runtime: Runtime, session: Session, given: Ceremony) -> None:
    """The name is changed in every row that knows it, after the room has shown the other one."""
    rewrite(session, given, face_text="伪造机关办公室")
    run(runtime, session)
    require_nothing_made(session, given, "isn't what was prepared and shown")


@pytest.mark.req("S-5")
def test_a_key_slipped_under_a_keeper_comes_on_no_record(
    runtime: Runtime, session: Session, city: City, given: Ceremony
) -> None:
    """Who will be on record with which key was approved, and logged when the ceremony was called."""
    slipped = give_key(session, city.person(UNIT, Role.SEAL_CUSTODIAN), "attacker")
    run(runtime, session)
    assert given.state == "done"
    records = session.scalars(select(UnitSeal.custody_record)).all()
    assert records and all(text_of(slipped.id) not in record for record in records)


@pytest.mark.req("S-5")
def test_shares_kept_for_later_open_nothing(runtime: Runtime, session: Session, given: Ceremony) -> None:
    """The job is taken away, and put back when everybody has left: the seal server's own clock ends it."""
    session.execute(delete(PendingJob))
    session.commit()
    with clock.frozen(now() + timedelta(minutes=runtime.rules.ceremony_minutes, seconds=1)):
        pretend_presence(session, given)
        enqueue(session, Queue.CEREMONY, ceremonies.RUN_JOB, ceremony_id=given.id)
        run(runtime, session)
    require_nothing_made(session, given, "time of this ceremony is over")


@pytest.mark.req("S-5")
def test_the_rows_own_end_counts_too(runtime: Runtime, session: Session, given: Ceremony) -> None:
    given.expires_at = now()
    run(runtime, session)
    require_nothing_made(session, given, "time of this ceremony is over")


@pytest.mark.req("S-5")
def test_a_share_typed_for_another_application_opens_nothing(runtime: Runtime, session: Session, city: City) -> None:
    """The browser closes the envelope for what it shows; the room of a changed row shows another."""
    shared = room.install_device()
    ceremony = room.ready(runtime, session, city, room.approved_application(session, city, UNIT))
    people = room.people_of(city, UNIT)
    shown = dataclasses.replace(room.envelope_room(ceremony), application_hash="0" * 64)
    for seat, share in ((Seat.SECRECY_OFFICE, shared.share_a), (Seat.INFORMATION_CENTRE, shared.share_b)):
        ceremonies.give_share(ceremony, people[seat], envelope.close(shown, seat, share))
    run(runtime, session)
    require_nothing_made(session, ceremony, "or to what its room showed")


@pytest.mark.req("S-5")
def test_the_log_says_what_shares_will_open_the_device_for(runtime: Runtime, session: Session, city: City) -> None:
    """In words and fingerprints, from the order itself; nothing of it is masked."""
    room.install_device()
    give_key(session, city.person(UNIT, Role.SEAL_CUSTODIAN), "财政一号")
    with capture_logs([logs.mask_secrets]) as entries:
        ceremony = room.ready(runtime, session, city, room.approved_application(session, city, UNIT))
    (line,) = (entry for entry in entries if entry["event"] == "ceremony prepared")
    assert line["application"].replace(" ", "").lower() == ceremony.application_hash[:32]
    told = "\n".join(line["does"])
    assert city.units[UNIT].name in told
    assert city.person(UNIT, Role.SEAL_CUSTODIAN).account in told
    assert "hardware key “财政一号”" in told
    assert logs.MASK not in told


@pytest.mark.req("S-5")
def test_an_open_ceremony_may_be_stopped_until_the_work_has_begun(
    runtime: Runtime, session: Session, city: City, given: Ceremony
) -> None:
    """What was typed is forgotten, in the rows and by the seal server."""
    ceremonies.abort(given, city.person(UNIT, Role.UNIT_HEAD), "改日再办")
    assert all(seat.share is None for seat in given.seats)
    run(runtime, session)
    assert given.state == "aborted"
    assert session.scalars(select(UnitSeal)).all() == []
    assert not device.current().prepared.holds(given)


@pytest.mark.req("S-5")
def test_an_open_ceremony_expires(runtime: Runtime, session: Session, given: Ceremony) -> None:
    with clock.frozen(given.expires_at):
        close_ceremonies(session)
        run(runtime, session)
    assert given.state == "expired"
    assert all(seat.share is None for seat in given.seats)
    assert session.scalars(select(UnitSeal)).all() == []
    assert not device.current().prepared.holds(given)


@pytest.fixture
def second_server(given: Ceremony) -> Iterator[device.Device]:
    """Another seal server on the same machine, beside the one that prepared the ceremony."""
    yield device.Device(device.current().settings_path)


@pytest.mark.req("S-5")
def test_the_run_is_left_to_the_seal_server_that_holds_the_key(
    runtime: Runtime, session: Session, given: Ceremony, second_server: device.Device
) -> None:
    """The other one gives the work back untried; nobody types a share again."""
    first = device.current()
    device.install(second_server)
    try:
        run(runtime, session)
    finally:
        device.install(first)
    left = session.scalars(select(PendingJob).where(PendingJob.function == ceremonies.RUN_JOB)).one()
    assert (given.state, left.attempts, left.next_offer_at <= now()) == ("open", 0, True)
    run(runtime, session)
    assert (given.state, given.trouble) == ("done", None)


@pytest.mark.req("S-5")
def test_a_key_that_died_with_its_seal_server_is_awaited_by_nobody(
    runtime: Runtime, session: Session, given: Ceremony, second_server: device.Device
) -> None:
    first = device.current()
    first.prepared.forget_all()  # as the system does with the lock of a killed process
    device.install(second_server)
    try:
        run(runtime, session)
        require_nothing_made(session, given, "restarted")
    finally:
        device.install(first)


def move_head(session: Session, city: City, ceremony: Ceremony) -> None:
    """The seat of the unit is with the head of another one, who never agreed to anything."""
    head = city.person("education", Role.UNIT_HEAD)
    seat = next(row for row in ceremony.seats if row.seat == Seat.UNIT)
    seat.person = head


def one_place(session: Session, city: City, ceremony: Ceremony) -> None:
    """Two seats were taken at one computer."""
    ceremony.seats[1].login_session_id = ceremony.seats[0].login_session_id


@pytest.mark.req("S-5")
@pytest.mark.parametrize(("change", "why"), [(move_head, "role of the seat"), (one_place, "at a place of their own")])
def test_the_seal_server_asks_all_that_the_seats_asked(
    runtime: Runtime,
    session: Session,
    city: City,
    given: Ceremony,
    change: Callable[[Session, City, Ceremony], None],
    why: str,
) -> None:
    change(session, city, given)
    run(runtime, session)
    require_nothing_made(session, given, why)
