"""The ceremony against a real device: made together, or not at all."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from portal.core import clock, logs
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import applications, ceremonies, device, envelope, queries
from portal.seals.models import Ceremony, SealClass, Seat, UnitSeal
from tests.city import City, make_person
from tests.seals import ceremony as room
from tests.work import drain_all


@pytest.mark.req("S-1", "S-3", "S-5", "S-6")
def test_three_people_and_two_shares_make_the_seals(runtime: Runtime, session: Session, city: City) -> None:
    """After the ceremony the unit has both seals, in custody, with certificates of the Seal CA."""
    room.make_unit_seals(runtime, session, city, "finance")
    seals = session.scalars(select(UnitSeal).order_by(UnitSeal.id)).all()
    assert [seal.seal_class for seal in seals] == [SealClass.SIGNATURE, SealClass.VERIFICATION]
    assert {seal.state for seal in seals} == {"in-custody"}
    ceremony = session.scalars(select(Ceremony)).one()
    assert ceremony.state == "done"
    assert all(seat.share is None for seat in ceremony.seats)
    assert ceremony.application.state == "fulfilled"
    assert {seal.key_label for seal in seals} <= set(room.seals_on_device(runtime))


@pytest.mark.req("S-5")
@pytest.mark.parametrize("which", ["A", "B", "swapped", "same", "typo"])
def test_wrong_shares_make_nothing_and_are_told(runtime: Runtime, session: Session, city: City, which: str) -> None:
    """A wrong share leaves the room as it was, names the share, and the right ones still work."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    good_a, good_b = shared.share_a, shared.share_b
    strange = shared.shares_a[next(purpose for purpose in shared.shares_a if "SO" in purpose.name)]
    pairs = {
        "A": (strange, good_b),
        "B": (good_a, strange),
        "swapped": (good_b, good_a),
        "same": (good_a, good_a),
        "typo": (good_a[:-1] + ("A" if good_a[-1] != "A" else "B"), good_b),
    }
    room.give_shares(ceremony, people, *pairs[which])
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "seated"
    assert ceremony.trouble
    assert ceremony.wrong_shares == 1
    assert session.scalars(select(UnitSeal)).all() == []
    room.give_shares(ceremony, people, good_a, good_b)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "done"


@pytest.mark.req("S-5")
def test_three_wrong_shares_end_the_ceremony(runtime: Runtime, session: Session, city: City) -> None:
    """Guessing is stopped; a new ceremony can be called."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    for _ in range(ceremonies.MOST_WRONG_SHARES):
        room.give_shares(ceremony, people, shared.share_b, shared.share_a)
        session.commit()
        drain_all(runtime)
        session.expire_all()
    assert ceremony.state == "aborted"
    again = ceremonies.call_ceremony(session, people[Seat.SECRECY_OFFICE], ceremony.application, runtime.rules)
    assert again.id != ceremony.id


@pytest.mark.req("S-5")
def test_seats_are_for_three_different_people(runtime: Runtime, session: Session, city: City) -> None:
    """One person one seat; the applicant never; a stranger never; a session only once."""
    room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    secrecy = city.person("office", Role.SECRECY_OFFICE)
    ceremonies.take_seat(ceremony, secrecy, room.sign_in(session, secrecy), room.fresh_code(secrecy))
    with pytest.raises(AlreadyDone):
        ceremonies.take_seat(ceremony, secrecy, room.sign_in(session, secrecy), room.fresh_code(secrecy))
    stranger = city.person("education", Role.UNIT_HEAD)
    with pytest.raises(Denied):
        ceremonies.take_seat(ceremony, stranger, room.sign_in(session, stranger), room.fresh_code(stranger))
    applicant = ceremony.application.applicant
    with pytest.raises(Denied):
        ceremonies.take_seat(ceremony, applicant, room.sign_in(session, applicant), "000000")
    second = make_person(session, city.units["office"], Role.SECRECY_OFFICE, account="second-secrecy")
    with pytest.raises(Refused, match="taken"):
        ceremonies.take_seat(ceremony, second, room.sign_in(session, second), room.fresh_code(second))


@pytest.mark.req("S-5")
def test_a_seat_needs_a_fresh_second_factor(runtime: Runtime, session: Session, city: City) -> None:
    """A wrong code takes no seat."""
    room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    secrecy = city.person("office", Role.SECRECY_OFFICE)
    login = room.sign_in(session, secrecy)
    right = room.fresh_code(secrecy)
    wrong = str((int(right) + 1) % 1_000_000).zfill(6)
    with pytest.raises(Invalid):
        ceremonies.take_seat(ceremony, secrecy, login, wrong)
    assert ceremony.seats == []


@pytest.mark.req("S-5")
def test_all_three_must_be_present_when_a_share_is_given(runtime: Runtime, session: Session, city: City) -> None:
    """Whoever left the room stops the ceremony until they are back."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        for seat in (Seat.SECRECY_OFFICE, Seat.INFORMATION_CENTRE):
            ceremonies.report_presence(ceremony, people[seat])
        sealed = envelope.close(room.envelope_room(ceremony), "secrecy-office", shared.share_a)
        with pytest.raises(Refused, match="isn't in the room"):
            ceremonies.give_share(ceremony, people[Seat.SECRECY_OFFICE], sealed)
        ceremonies.report_presence(ceremony, people[Seat.UNIT])
        ceremonies.give_share(ceremony, people[Seat.SECRECY_OFFICE], sealed)


@pytest.mark.req("S-5")
def test_a_replayed_share_of_another_ceremony_is_refused(runtime: Runtime, session: Session, city: City) -> None:
    """A ciphertext fits one ceremony and one seat."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    wrong_seat = envelope.close(room.envelope_room(ceremony), Seat.INFORMATION_CENTRE, shared.share_a)
    ceremonies.give_share(ceremony, people[Seat.SECRECY_OFFICE], wrong_seat)
    right = envelope.close(room.envelope_room(ceremony), Seat.INFORMATION_CENTRE, shared.share_b)
    ceremonies.give_share(ceremony, people[Seat.INFORMATION_CENTRE], right)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "aborted"
    assert session.scalars(select(UnitSeal)).all() == []


@pytest.mark.req("S-3", "S-5")
def test_an_application_edited_after_approval_makes_no_seal(runtime: Runtime, session: Session, city: City) -> None:
    """Whoever writes to the database can't slip another name under an approval."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    room.give_shares(ceremony, people, shared.share_a, shared.share_b)
    ceremony.application.face_text = "南澄市教育局"
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "aborted"
    assert session.scalars(select(UnitSeal)).all() == []


@pytest.mark.req("S-5", "S-6")
@pytest.mark.parametrize("role", [Role.SEAL_CUSTODIAN, Role.VERIFICATION_HOLDER])
@pytest.mark.parametrize("closed", [True, False])
def test_a_keeper_who_left_gets_no_seal(
    runtime: Runtime, session: Session, city: City, role: Role, closed: bool
) -> None:
    """Closed or without the role since the approval: the record can't name them, and everybody is told."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    room.give_shares(ceremony, people, shared.share_a, shared.share_b)
    keeper = city.person("finance", role)
    if closed:
        keeper.closed_at = clock.now()
    else:
        keeper.role_rows = [row for row in keeper.role_rows if row.role != role]
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "aborted"
    assert "keeper" in (ceremony.trouble or "")
    assert session.scalars(select(UnitSeal)).all() == []


@pytest.mark.req("S-5")
def test_the_key_of_a_ceremony_that_is_over_is_forgotten(runtime: Runtime, session: Session, city: City) -> None:
    """Stopped by people, not by the seal server: its key goes at once."""
    room.install_device()
    stopped = room.called(runtime, session, city, "finance")
    going_on = room.called(runtime, session, city, "education")
    assert device.current().prepared.holds(stopped)
    secrecy = city.person("office", Role.SECRECY_OFFICE)
    ceremonies.abort(stopped, secrecy, "电话中断")
    again = ceremonies.call_ceremony(session, secrecy, stopped.application, runtime.rules)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    held = {ceremony.id for ceremony in (stopped, going_on, again) if device.current().prepared.holds(ceremony)}
    assert held == {going_on.id, again.id}


@pytest.mark.req("S-5")
def test_the_seal_server_logs_the_keys_fingerprint(runtime: Runtime, session: Session, city: City) -> None:
    """On its console the operators see which key their shares must be encrypted to; nothing masks it."""
    room.install_device()
    with capture_logs([logs.mask_secrets]) as entries:
        ceremony = room.called(runtime, session, city, "finance")
    (line,) = (entry for entry in entries if entry["event"] == "ceremony prepared")
    key = load_pem_public_key((ceremony.transport_key or "").encode())
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert line["fingerprint"].replace(" ", "").lower() == hashlib.sha256(spki).hexdigest()[:32]
    assert [len(group) for group in line["fingerprint"].split(" ")] == [4] * 8


@pytest.mark.req("S-5")
def test_an_abandoned_ceremony_expires(runtime: Runtime, session: Session, city: City) -> None:
    """Minutes later all is closed, done or not."""
    from portal.scheduler import close_ceremonies

    room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    person = city.person("office", Role.SECRECY_OFFICE)
    with clock.frozen(clock.now() + timedelta(minutes=runtime.rules.ceremony_minutes, seconds=1)):
        with pytest.raises(Refused, match="time"):
            ceremonies.take_seat(ceremony, person, room.sign_in(session, person), "000000")
        close_ceremonies(session)
        assert ceremony.state == "expired"
        ceremonies.call_ceremony(session, person, ceremony.application, runtime.rules)


@pytest.mark.req("S-5")
def test_a_restarted_seal_server_ends_the_ceremony(runtime: Runtime, session: Session, city: City) -> None:
    """The transport key lives in memory only: after a restart nothing can be opened, and everybody is told."""
    shared = room.install_device()
    ceremony = room.called(runtime, session, city, "finance")
    people = room.people_of(city, "finance")
    room.seat_everybody(session, ceremony, people)
    room.give_shares(ceremony, people, shared.share_a, shared.share_b)
    session.commit()
    device.current().prepared.forget(ceremony.id)
    drain_all(runtime)
    session.expire_all()
    assert ceremony.state == "aborted"
    assert "restarted" in (ceremony.trouble or "")


@pytest.mark.req("S-3")
def test_nobody_decides_twice_and_opinions_are_required(session: Session, city: City) -> None:
    """Four different people, each with an opinion."""
    head = city.person("finance", Role.UNIT_HEAD)
    application = applications.file_application(
        session,
        city.person("finance", Role.UNIT_ADMINISTRATOR),
        reason="首次申领",
        custodians=[city.person("finance", Role.SEAL_CUSTODIAN)],
        holders=[city.person("finance", Role.VERIFICATION_HOLDER)],
    )
    with pytest.raises(Invalid):
        applications.agree(application, head, "  ")
    with pytest.raises(Denied):
        applications.agree(application, city.person("education", Role.UNIT_HEAD), "同意")
    applications.agree(application, head, "同意")
    with pytest.raises(AlreadyDone):
        applications.agree(application, head, "同意")
    with pytest.raises(Denied):
        applications.review(application, head, "同意")
    assert application.state == "agreed"
    assert queries.live_application(session, city.units["finance"].id) is application
