"""The seal server's own clock: what it must do in time doesn't hang on rows that somebody can delete (S-10, S-12)."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from redis import Redis
from rq.exceptions import StopRequested
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm.errors import HsmError
from portal.certificates.service_models import Authority, RevocationList
from portal.core import clock
from portal.core.clock import now
from portal.core.jobs import PendingJob, Queue
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.roles import Role
from portal.sealclock import Beat, SealClock
from portal.seals import answers, counting, device, operations, queries, sealing
from portal.seals.models import CertificateStatus, UnitSeal
from portal.seals.use_models import StampRequest
from portal.sealserver import ALLOWED, SealWorker
from tests.city import City
from tests.redis_server import redis_server
from tests.seals.ceremony import make_unit_seals
from tests.seals.test_counting import take_out
from tests.seals.test_held import stamped
from tests.work import drain_all

UNIT = "finance"


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """A signature seal made in a ceremony, nothing left to do."""
    make_unit_seals(runtime, session, city, UNIT)
    drain_all(runtime)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    return found


def said_of(session: Session, seal: UnitSeal) -> ocsp.OCSPCertStatus:
    """The answer handed out about the seal's certificate."""
    session.expire_all()
    row = session.get_one(CertificateStatus, seal.certificate_serial)
    session.commit()
    return ocsp.load_der_ocsp_response(row.response).certificate_status


@pytest.mark.req("S-12", "K-2")
def test_a_suspension_is_learnt_answered_and_listed_without_a_row(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """Its job was deleted before anybody took it; putting the row back afterwards gives nobody a stamp."""
    operations.suspend(seal, city.person(UNIT, Role.SEAL_CUSTODIAN), "载体遗失")
    session.execute(delete(PendingJob))
    session.commit()
    assert session.get_one(CertificateStatus, seal.certificate_serial).response == answers.BEING_SIGNED
    session.commit()
    SealClock(runtime).tick()
    assert said_of(session, seal) == ocsp.OCSPCertStatus.REVOKED
    lists = select(RevocationList).where(RevocationList.authority == Authority.SEAL).order_by(RevocationList.id.desc())
    newest = session.scalars(lists).first()
    assert newest is not None
    crl = x509.load_der_x509_crl(newest.der)
    assert crl.get_revoked_certificate_by_serial_number(int(seal.certificate_serial, 16)) is not None
    seal.state, seal.suspended_at = "in-custody", None
    session.commit()
    assert stamped(runtime, session, city, seal, "test:1").state == "failed"


@pytest.mark.req("S-10")
def test_the_books_are_compared_without_a_row(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    request = stamped(runtime, session, city, seal, "test:1")
    take_out(session, request)
    session.execute(delete(PendingJob))
    session.commit()
    with clock.frozen(now() + 2 * counting.UNDER_WAY):
        SealClock(runtime).tick()
    session.expire_all()
    assert len(session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "seal.count-differs")).all()) == 1
    assert session.scalars(select(StampRequest)).all() == []


@pytest.mark.req("K-2")
def test_only_answers_that_changed_or_grew_old_are_signed_anew(
    runtime: Runtime, session: Session, seal: UnitSeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those that somebody put back; each minute costs no signature otherwise."""
    asked: list[int] = []
    real = device.Device.status

    def status(held: device.Device, certificate: x509.Certificate, *given: object) -> bytes:
        asked.append(certificate.serial_number)
        return real(held, certificate, *given)  # type: ignore[arg-type]  # passed on as given

    monkeypatch.setattr(device.Device, "status", status)
    own = int(seal.certificate_serial, 16)
    sealing.keep_statuses(session)
    assert asked == []
    good = session.get_one(CertificateStatus, seal.certificate_serial).response
    seal.state, seal.revoked_at, seal.revoked_reason = "revoked", now(), "key_compromise"
    sealing.keep_statuses(session)
    assert asked == [own]
    session.get_one(CertificateStatus, seal.certificate_serial).response = good
    sealing.keep_statuses(session)
    assert asked == [own, own]
    session.get_one(CertificateStatus, seal.certificate_serial).response = b"broken"
    sealing.keep_statuses(session)
    assert asked == [own, own, own]
    with clock.frozen(now() + 2 * sealing.ANSWERED_ANEW):
        sealing.keep_statuses(session)
    assert len(asked) == 3 + 3, "both seals and the time stamps"


@pytest.mark.req("K-2")
def test_an_odd_row_keeps_no_other_from_its_answer(runtime: Runtime, session: Session, seal: UnitSeal) -> None:
    """A reason nobody knows counts as an end of use, and is logged."""
    seal.state, seal.revoked_at, seal.revoked_reason = "revoked", now(), "whim"
    session.execute(delete(CertificateStatus))
    sealing.renew_statuses.__wrapped__(runtime, session)  # type: ignore[attr-defined]  # functools
    assert len(session.scalars(select(CertificateStatus)).all()) == 3


def test_what_fails_keeps_nothing_else_from_its_turn(runtime: Runtime) -> None:
    """It comes again when it is due; what takes long comes more rarely."""
    done: list[str] = []

    def fail(_runtime: Runtime) -> None:
        done.append("failed")
        raise HsmError("The device failed.")

    own = SealClock(runtime)
    own.beats = (Beat("one", 60, fail), Beat("two", 60, lambda _runtime: done.append("done")))
    own.tick()
    own.tick()
    assert done == ["failed", "done"]
    for beat in own.beats:
        beat.due = 0
    own.tick()
    assert done == ["failed", "done"] * 2


class Ticked(Exception):
    """The worker looked at its clock."""


def worker_of(runtime: Runtime) -> SealWorker:
    """A seal server's worker whose queue can't be reached."""
    with redis_server() as url:
        worker = SealWorker(Queue.SEAL, ALLOWED, Redis.from_url(url))
    worker.clock = SealClock(runtime)
    return worker


def test_the_worker_looks_at_its_clock_between_jobs(runtime: Runtime) -> None:
    """Before it waits for one, and after it has done one."""
    ticks: list[int] = []
    with redis_server() as url:
        worker = SealWorker(Queue.SEAL, ALLOWED, Redis.from_url(url))
        worker.clock = SealClock(runtime)
        worker.clock.beats = (Beat("count", 0, lambda _runtime: ticks.append(1)),)
        worker.work(burst=True)
    assert ticks


def test_the_worker_looks_at_its_clock_without_a_queue(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is away; and it waits for a job no longer than half a minute."""

    def tick(_clock: SealClock) -> None:
        raise Ticked

    monkeypatch.setattr(SealClock, "tick", tick)
    worker = worker_of(runtime)
    with pytest.raises(Ticked):
        worker.heartbeat()
    assert worker.dequeue_timeout <= 30


def test_a_device_lost_meanwhile_ends_the_seal_server(
    runtime: Runtime, seal: UnitSeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device.current(), "lost", True)
    worker = worker_of(runtime)
    assert worker.clock is not None
    worker.clock.beats = ()
    with pytest.raises(StopRequested):
        worker.heartbeat()
