"""What goes wrong around the device: tokens taken away, shares renewed, no queue, several servers at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.ceremony import run_child
from hsm.errors import ShareWrong
from hsm.orders import RotateShares, SignCrl
from hsm.rotation import Sheets
from hsm.shares import Holder, Purpose, format_share, split_new
from portal.core import clock, jobs
from portal.core.errors import Invalid, Refused
from portal.core.queueing import offer_to
from portal.core.runtime import Runtime
from portal.seals import ceremonies, device, envelope
from portal.seals.models import ApplicationKind, Seat, UnitSeal
from tests.city import City
from tests.hsm.device import Device
from tests.seals import ceremony as room
from tests.seals.pressing import press_at_once
from tests.work import drain_all

HOLDERS = {Seat.SECRECY_OFFICE: Holder.A, Seat.INFORMATION_CENTRE: Holder.B}
Sheet = dict[Holder, dict[Purpose, str]]


def ceremony_token(shared: Device) -> Path:
    """Where SoftHSM keeps the ceremony token."""
    folders = (shared.folder / "tokens").iterdir()
    return next(folder for folder in folders if b"ceremony" in (folder / "token.object").read_bytes())


@pytest.mark.req("S-4")
def test_a_token_taken_away_stops_the_ceremony_and_comes_back(runtime: Runtime, session: Session, city: City) -> None:
    """Nothing is made without it; with it, the next ceremony of the same application comes to its end."""
    shared = room.install_device()
    application = room.approved_application(session, city, "finance")
    ceremony = room.ready(runtime, session, city, application)
    room.give_shares(ceremony, room.people_of(city, "finance"), shared.share_a, shared.share_b)
    session.commit()
    # Out of sight of the child alone: this process holds the other token and looks for none meanwhile.
    folder = ceremony_token(shared)
    away = folder.rename(shared.folder / "taken-away")
    try:
        drain_all(runtime)
    finally:
        away.rename(folder)
    session.expire_all()
    assert ceremony.state == "aborted"
    assert "isn't connected" in (ceremony.trouble or "")
    assert session.scalar(select(func.count()).select_from(UnitSeal)) == 0
    room.stop_seal_server()  # the seal server ends itself and is started anew
    assert room.hold(runtime, session, city, application).state == "done"


@pytest.mark.req("S-4")
def test_a_device_of_another_serial_is_refused_by_name(
    runtime: Runtime, session: Session, city: City, tmp_path: Path
) -> None:
    """The room says why, before anybody opens a sheet."""
    shared = room.install_device()
    known = dataclasses.replace(shared.settings.device, seals_serial="0123456789abcdef")
    settings_file.write(dataclasses.replace(shared.settings, device=known), tmp_path / "other.toml")
    room.stop_seal_server()
    device.install(device.Device(tmp_path / "other.toml"))
    application = room.approved_application(session, city, "finance")
    officer = room.people_of(city, "finance")[Seat.SECRECY_OFFICE]
    ceremony = ceremonies.call_ceremony(session, officer, application, runtime.rules)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    room.stop_seal_server()
    assert ceremony.state == "aborted"
    assert "its serial differs" in (ceremony.trouble or "")


@pytest.mark.req("S-5")
def test_a_share_of_another_ceremony_and_one_too_late_are_refused(
    runtime: Runtime, session: Session, city: City
) -> None:
    """A ciphertext names its ceremony; the minutes are counted by the server."""
    shared = room.install_device()
    application = room.approved_application(session, city, "finance")
    first = room.ready(runtime, session, city, application)
    people = room.people_of(city, "finance")
    old = envelope.close(room.envelope_room(first), Seat.SECRECY_OFFICE, shared.share_a)
    ceremonies.abort(first, people[Seat.UNIT], "重新召集")
    second = room.ready(runtime, session, city, application)
    with clock.frozen(second.expires_at), pytest.raises(Refused, match="time of this ceremony is over"):
        ceremonies.give_share(second, people[Seat.SECRECY_OFFICE], old)
    replayed = envelope.close(
        dataclasses.replace(room.envelope_room(second), ceremony_id=first.id), Seat.SECRECY_OFFICE, shared.share_a
    )
    ceremonies.give_share(second, people[Seat.SECRECY_OFFICE], replayed)
    right = envelope.close(room.envelope_room(second), Seat.INFORMATION_CENTRE, shared.share_b)
    ceremonies.give_share(second, people[Seat.INFORMATION_CENTRE], right)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert second.state == "aborted"
    assert "did not belong to this ceremony" in (second.trouble or "")


def test_without_a_queue_the_ceremony_waits_in_the_database(
    runtime: Runtime, session: Session, city: City, tmp_path: Path
) -> None:
    """Redis goes away midway: nothing is lost and nobody sees an error; the scheduler offers the work later."""
    shared = room.install_device()
    ceremony = room.ready(runtime, session, city, room.approved_application(session, city, "finance"))
    jobs.offer_through(offer_to(Redis.from_url(f"unix://{tmp_path}/gone.sock")))
    room.give_shares(ceremony, room.people_of(city, "finance"), shared.share_a, shared.share_b)
    session.commit()
    assert ceremony.state == "open"
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert jobs.any_due(session)
    session.commit()
    jobs.offer_through(None)
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "done"


@pytest.mark.req("S-6")
def test_two_seal_servers_stamp_each_file_once(runtime: Runtime, session: Session, city: City) -> None:
    """`make faults` presses five hundred with four."""
    press_at_once(runtime, session, city, 4, 2)


def new_sheet() -> Sheet:
    made = {purpose: split_new() for purpose in Purpose}
    return {
        holder: {purpose: format_share(pair[place]) for purpose, pair in made.items()}
        for place, holder in enumerate(Holder)
    }


@pytest.fixture
def sheets() -> Iterator[tuple[Sheet, Sheet]]:
    """The old and a new sheet; afterwards the shared device takes its old shares again."""
    shared = room.install_device()
    old: Sheet = {Holder.A: shared.shares_a, Holder.B: shared.shares_b}
    new = new_sheet()
    before = shared.settings
    yield old, new
    if shared.settings != before:
        run_child(shared.settings_path, "", "", RotateShares("back"), sheets=Sheets(new, old))
    room.stop_seal_server()


@pytest.mark.req("S-5")
def test_both_offices_get_new_shares_in_a_ceremony(
    runtime: Runtime, session: Session, city: City, sheets: tuple[Sheet, Sheet]
) -> None:
    """Old and new go encrypted to the seal server alone; afterwards the old ones open nothing."""
    old, new = sheets
    shared = room.install_device()
    application = room.approved_of_kind(session, city, "office", ApplicationKind.ROTATE_SHARES)
    ceremony = room.ready(runtime, session, city, application)
    people = room.people_of(city, "office")
    single = envelope.close(room.envelope_room(ceremony), Seat.SECRECY_OFFICE, shared.share_a)
    with pytest.raises(Invalid):
        ceremonies.give_share(ceremony, people[Seat.SECRECY_OFFICE], single)
    for seat, holder in HOLDERS.items():
        sealed = envelope.close_sheets(
            room.envelope_room(ceremony), seat, list(old[holder].values()), list(new[holder].values())
        )
        ceremonies.give_share(ceremony, people[seat], sealed)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    nothing = SignCrl("approval", 1, ())
    with pytest.raises(ShareWrong):
        run_child(shared.settings_path, shared.share_a, shared.share_b, nothing)
    pair = [new[holder][Purpose.CEREMONY_PIN] for holder in Holder]
    run_child(shared.settings_path, pair[0], pair[1], nothing)
    said = str(ceremony.transcript)
    assert not [share for sheet in (old, new) for texts in sheet.values() for share in texts.values() if share in said]


@pytest.mark.req("S-5")
@pytest.mark.parametrize("name", ["MOST_WRONG_SHARES", "CIPHERTEXT_BYTES", "SHARE_SEATS", "SEAT_ROLES", "PRESENCE"])
def test_a_room_without_its_rules_does_not_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A threshold of zero, a seat without a role, one share instead of two: portal and seal server refuse to start."""
    broken = {"SHARE_SEATS": (Seat.SECRECY_OFFICE,), "SEAT_ROLES": {}, "PRESENCE": timedelta(0)}
    ceremonies.require_rules()
    monkeypatch.setattr(ceremonies, name, broken.get(name, 0))
    with pytest.raises(Invalid):
        ceremonies.require_rules()
