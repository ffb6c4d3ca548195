"""What answers and lists say of a seal that ended, whatever the database is made to say later (K-2, S-12)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.certificates.service_models import Authority, RevocationList
from portal.core.clock import now
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import device, operations, queries
from portal.seals.lifecycle import SealState
from portal.seals.models import ApplicationKind, CertificateStatus, UnitSeal
from tests.city import City
from tests.seals import ceremony as room
from tests.work import drain_all

UNIT = "finance"
HOLD, COMPROMISE = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.key_compromise
ENDED = x509.ReasonFlags.cessation_of_operation
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
Said = tuple[datetime, x509.ReasonFlags] | None


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """The unit's signature seal, made in a ceremony; the seal server has seen it good."""
    room.make_unit_seals(runtime, session, city, UNIT)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None and answered(runtime, session, found.certificate_serial) is None
    return found


def sign(runtime: Runtime, session: Session) -> None:
    """The seal server's hourly work."""
    enqueue(session, Queue.SEAL, operations.STATUS_JOB)
    enqueue(session, Queue.SEAL, "portal.certificates.signing.publish")
    session.commit()
    drain_all(runtime)
    session.expire_all()


def answered(runtime: Runtime, session: Session, serial: str) -> Said:
    """Since when and why a certificate is revoked, as answer and list say; None: both say it is good."""
    sign(runtime, session)
    answer = ocsp.load_der_ocsp_response(session.get_one(CertificateStatus, serial).response)
    newest = select(RevocationList).where(RevocationList.authority == Authority.SEAL)
    row = session.scalars(newest.order_by(RevocationList.number.desc()).limit(1)).one()
    entry = x509.load_der_x509_crl(row.der).get_revoked_certificate_by_serial_number(int(serial, 16))
    if entry is None:
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        return None
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert (answer.revocation_time_utc, answer.revocation_reason) == (entry.revocation_date_utc, reason)
    return entry.revocation_date_utc, reason


def suspended(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> datetime:
    """Suspend the seal; the moment as lists write it."""
    operations.suspend(seal, city.person(UNIT, Role.SEAL_CUSTODIAN), "载体遗失")
    said = answered(runtime, session, seal.certificate_serial)
    assert said is not None and said[1] is HOLD and seal.suspended_at is not None
    assert seal.suspended_at <= said[0] < seal.suspended_at + SECOND
    return said[0]


@pytest.mark.req("K-2", "S-12")
def test_a_hold_taken_back_in_the_database_is_still_answered(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    since = suspended(runtime, session, city, seal)
    seal.state, seal.suspended_at = SealState.IN_CUSTODY, None
    assert answered(runtime, session, seal.certificate_serial) == (since, HOLD)
    seal.state, seal.suspended_at = SealState.SUSPENDED, now() - 9 * DAY
    assert answered(runtime, session, seal.certificate_serial) == (since, HOLD), "nor is it dated back"


@pytest.mark.req("K-2", "S-12")
def test_only_a_ceremony_makes_a_seal_good_again(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    suspended(runtime, session, city, seal)
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.UNFREEZE, [seal])
    assert room.hold(runtime, session, city, application).state == "done"
    assert answered(runtime, session, seal.certificate_serial) is None


@pytest.mark.req("K-2", "S-12")
def test_a_seal_revoked_on_hold_has_been_over_since_the_hold_began(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    since = suspended(runtime, session, city, seal)
    operations.revoke_at_once(seal, city.person(UNIT, Role.UNIT_HEAD), "key_compromise", "找不回来了")
    assert answered(runtime, session, seal.certificate_serial) == (since, COMPROMISE)


@pytest.mark.req("K-2", "S-9")
def test_the_list_of_a_ceremony_dates_a_seal_on_hold_as_the_answers_do(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    since = suspended(runtime, session, city, seal)
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.DESTROY, [seal])
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    session.refresh(seal)
    assert seal.revoked_at == since
    said = answered(runtime, session, seal.certificate_serial)
    assert said is not None and said[0] == since


@pytest.mark.req("K-2", "S-12")
def test_a_revocation_is_neither_taken_back_nor_dated_back(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    before = now()
    seal.state, seal.revoked_at, seal.revoked_reason = SealState.REVOKED, before - 30 * DAY, "key_compromise"
    said = answered(runtime, session, seal.certificate_serial)
    assert said is not None and said[0] >= before - 60 * SECOND, "the seal server has seen it good since"
    serial = seal.certificate_serial
    seal.state, seal.revoked_at, seal.revoked_reason = SealState.IN_CUSTODY, None, None
    assert answered(runtime, session, serial) == said
    seal.certificate_serial, seal.certificate = "00", "-----BEGIN"
    assert answered(runtime, session, serial) == said, "of what the register forgot as well"


@pytest.mark.req("K-2")
def test_a_reason_nobody_knows_stops_no_answer(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    other = queries.verification_seal(session, seal.unit_id)
    assert other is not None
    seal.state, seal.revoked_at, seal.revoked_reason = SealState.REVOKED, now(), "whatever"
    said = answered(runtime, session, seal.certificate_serial)
    assert said is not None and said[1] is ENDED
    assert answered(runtime, session, other.certificate_serial) is None


@pytest.mark.req("K-2", "S-12")
def test_what_ended_before_there_was_this_memory_is_believed(
    runtime: Runtime, session: Session, seal: UnitSeal
) -> None:
    """The seal server of the version before knew that a seal was on hold, and not since when."""
    with closing(sqlite3.connect(device.current().memory.path)) as file, file:
        for table in ("ended", "good", "certificate"):
            file.execute(f"DROP TABLE {table}")
    since = (now() - 3 * DAY).replace(microsecond=0)
    seal.state, seal.suspended_at = SealState.SUSPENDED, since
    assert answered(runtime, session, seal.certificate_serial) == (since, HOLD)
