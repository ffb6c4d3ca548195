"""Holding real ceremonies in tests: applications, approvals, three people, a real device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from hsm.memory import Memory
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from portal.seals import applications, ceremonies, device, envelope
from portal.seals.models import ApplicationKind, Ceremony, SealApplication, Seat, UnitSeal
from tests.city import City
from tests.hsm.device import Device as TestDevice
from tests.hsm.device import shared_device
from tests.work import drain_all

_remembers: list[Runtime] = []
"""Whose seals the shared seal server's memory is about."""
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def install_device() -> TestDevice:
    """Make the test process a seal server over the shared SoftHSM; returns it with its shares."""
    shared = shared_device()
    _forget_former_test(shared)
    try:
        held = device.current()
    except RuntimeError:
        held = None
    if held is None or held.settings_path != shared.settings_path:
        device.install(device.Device(shared.settings_path))
    else:
        # Each test counts its ceremonies from 1, so labels come again: signers of former tests' keys must go.
        held.close()
    return shared


def _forget_former_test(shared: TestDevice) -> None:
    """Each test's database is a new installation's: what the seal server remembers of another's seals is no help."""
    work = runtimes.current()
    if _remembers[:] != [work]:
        _remembers[:] = [work]
        Memory.beside(shared.settings_path).path.unlink(missing_ok=True)


def stop_seal_server() -> None:
    """Let go of the device, as a seal server that ends; the next `install_device` starts another."""
    device.current().close()
    device.install(None)


def approved_application(
    session: Session,
    city: City,
    unit: str,
    *,
    threshold: int = 1,
    carriers: Sequence[Person] = (),
    password_holders: Sequence[Person] = (),
) -> SealApplication:
    """An application of the unit with all three approvals."""
    application = applications.file_application(
        session,
        city.person(unit, Role.UNIT_ADMINISTRATOR),
        reason="首次申领电子印章",
        custodians=carriers or [city.person(unit, Role.SEAL_CUSTODIAN)],
        holders=[city.person(unit, Role.VERIFICATION_HOLDER)],
        threshold=threshold,
        password_holders=password_holders,
    )
    decide(city, application, unit)
    return application


def approved_of_kind(
    session: Session, city: City, unit: str, kind: ApplicationKind, seals: Iterable[UnitSeal] = (), **changes: Any
) -> SealApplication:
    """An approved application of another kind, concerning these seals; `changes` are its columns."""
    of_unit = city.units[unit]
    facts = {
        "face_text": of_unit.name,
        "diameter_mm": 42,
        "custodian_ids": [city.person(unit, Role.SEAL_CUSTODIAN).id],
        "holder_ids": [city.person(unit, Role.VERIFICATION_HOLDER).id],
        **changes,
    }
    application = SealApplication(
        unit=of_unit,
        applicant=city.person(unit, Role.UNIT_ADMINISTRATOR),
        kind=kind,
        reason="按规定办理",
        seal_ids=[seal.id for seal in seals],
        details=facts.pop("details", {}),
        unit_code=of_unit.code,
        content_hash="",
        threshold=facts.pop("threshold", 1),
        applied_at=now(),
        **facts,
    )
    application.content_hash = applications.content_hash(application)
    session.add(application)
    session.flush()
    decide(city, application, unit)
    return application


def decide(city: City, application: SealApplication, unit: str) -> None:
    """All three decide for it."""
    applications.agree(application, city.person(unit, Role.UNIT_HEAD), "同意申领。")
    applications.review(application, city.person("office", Role.SECRETARIAT), "材料齐全，拟同意。")
    applications.approve(application, city.person("office", Role.OFFICE_LEADER), "同意。")


def hold(runtime: Runtime, session: Session, city: City, application: SealApplication) -> Ceremony:
    """Hold the ceremony of an approved application with the right shares; returns it, however it ended. Commits."""
    shared = install_device()
    ceremony = ready(runtime, session, city, application)
    if ceremony.state != "seated":
        return ceremony
    give_shares(ceremony, people_of(city, unit_of(city, application)), shared.share_a, shared.share_b)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    return ceremony


def ready(runtime: Runtime, session: Session, city: City, application: SealApplication) -> Ceremony:
    """A ceremony in which all three sit and only the shares are missing. Commits."""
    officer = city.person("office", Role.SECRECY_OFFICE)
    ceremony = ceremonies.call_ceremony(session, officer, application, runtime.rules)
    session.commit()
    drain_all(runtime)
    session.refresh(ceremony)
    if ceremony.state == "called":
        seat_everybody(session, ceremony, people_of(city, unit_of(city, application)))
    return ceremony


def unit_of(city: City, application: SealApplication) -> str:
    """The key of the application's unit in the test city."""
    return next(key for key, unit in city.units.items() if unit.id == application.unit_id)


def people_of(city: City, unit: str) -> dict[Seat, Person]:
    """Who sits where."""
    return {
        Seat.SECRECY_OFFICE: city.person("office", Role.SECRECY_OFFICE),
        Seat.INFORMATION_CENTRE: city.person("office", Role.INFORMATION_CENTRE),
        Seat.UNIT: city.person(unit, Role.UNIT_HEAD),
    }


def sign_in(session: Session, person: Person) -> int:
    """A login session of the person, with a second factor set up; returns its id."""
    if person.totp_seed is None:
        second_factor.keep_seed(person, SEED)
    at = now()
    row = LoginSession(
        token_hash=f"{person.id:064d}", person_id=person.id, created_at=at, seen_at=at, ended_at=at, address="test"
    )
    existing = session.query(LoginSession).filter_by(token_hash=row.token_hash).one_or_none()
    if existing is not None:
        return existing.id
    session.add(row)
    session.flush()
    return row.id


def fresh_code(person: Person) -> str:
    """A code that is good now, whatever was used before."""
    person.totp_last_step = None
    return second_factor.code_of(SEED, second_factor.step_now())


def seat_everybody(session: Session, ceremony: Ceremony, people: dict[Seat, Person]) -> None:
    """All three take their seats."""
    for person in people.values():
        ceremonies.take_seat(ceremony, person, sign_in(session, person), fresh_code(person))


def called(runtime: Runtime, session: Session, city: City, unit: str, **chosen: Any) -> Ceremony:
    """A called ceremony whose device has been looked at."""
    application = approved_application(session, city, unit, **chosen)
    ceremony = ceremonies.call_ceremony(session, city.person("office", Role.SECRECY_OFFICE), application, runtime.rules)
    session.commit()
    drain_all(runtime)
    session.refresh(ceremony)
    return ceremony


def make_unit_seals(runtime: Runtime, session: Session, city: City, unit: str, **chosen: Any) -> None:
    """Hold the whole ceremony: afterwards the unit has its two seals, keys in the test's HSM. Commits.

    `chosen`: `carriers` and `password_holders`, other than the unit's one custodian.
    """
    shared = install_device()
    ceremony = called(runtime, session, city, unit, **chosen)
    people = people_of(city, unit)
    seat_everybody(session, ceremony, people)
    give_shares(ceremony, people, shared.share_a, shared.share_b)
    session.commit()
    drain_all(runtime)
    session.expire_all()


def give_shares(ceremony: Ceremony, people: dict[Seat, Person], share_a: str, share_b: str) -> None:
    """Both operators give their shares."""
    for seat, share in ((Seat.SECRECY_OFFICE, share_a), (Seat.INFORMATION_CENTRE, share_b)):
        ceremonies.give_share(ceremony, people[seat], envelope.close(envelope_room(ceremony), seat, share))


def envelope_room(ceremony: Ceremony) -> envelope.Room:
    """What an operator's browser knows of the room."""
    assert ceremony.transport_key is not None
    return envelope.Room(ceremony.transport_key, ceremony.id, ceremony.application.content_hash)


def seals_on_device(runtime: Runtime) -> list[str]:
    """Labels of the seal keys the device holds."""
    from hsm.keys import SEAL_PREFIX, key_labels

    with unit_of_work(runtime.engine, writes=False):
        return key_labels(device.current().token(), SEAL_PREFIX)
