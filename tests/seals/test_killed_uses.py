"""Seal servers killed while they use a seal: whatever left is known, and a consent makes one impression (S-6, S-10)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm.errors import SettingsInvalid
from hsm.uses import SEALED, Use
from portal.core import clock
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import counting, custody_check, device, operations, pressing, queries, sealing, stamping
from portal.seals.consent import Consent
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.dying_server import SIGNING, STAMPING, work_and_die
from tests.seals.keyed import frozen_digest
from tests.seals.test_seal_server import ask_code
from tests.work import drain_all

pytestmark = pytest.mark.req("S-6", "S-10")
UNIT = "finance"
FULL = "CREATE TRIGGER full BEFORE {} ON made BEGIN SELECT RAISE(ABORT, 'disk full'); END"


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """A signature seal made in a ceremony; its one custodian acts alone."""
    make_unit_seals(runtime, session, city, UNIT)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    return found


def asked(runtime: Runtime, session: Session, city: City, seal: UnitSeal, reference: str) -> StampRequest:
    """A request that waits for the seal server. Commits."""
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference=reference,
        purpose="通知",
        digest=frozen_digest(runtime),
        given=Consent("totp"),
    )
    session.commit()
    return request


def made(seal: UnitSeal) -> list[Use]:
    """What the seal server remembers of this seal."""
    _, certificate = custody_check.genuine_record(seal)
    return device.current().memory.uses.of(custody_check.public_key_digest(certificate))


def stored(runtime: Runtime) -> set[str]:
    """Every file that others can read."""
    return set(runtime.store.digests())


def require_agreement(session: Session) -> None:
    """Memory and book say the same."""
    session.expire_all()
    with clock.frozen(clock.now() + 2 * counting.UNDER_WAY):
        assert [count for count in counting.counts(session, device.current().memory) if not count.agrees] == []


@pytest.mark.timeout(180)
def test_a_stamping_killed_at_any_moment_is_one_use_with_one_file(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """What is open was seen by nobody, what left is finished; the repetition gives the file that left, if one did."""
    for done, moment in enumerate(STAMPING):
        request = asked(runtime, session, city, seal, f"test:{moment}")
        before = stored(runtime)
        work_and_die(runtime, moment)
        session.expire_all()
        assert len(made(seal)) == done + 1, moment
        left = stored(runtime) - before
        results = {use.result[SEALED] for use in made(seal) if use.result}
        assert left <= results, f"{moment}: a sealed file nobody knows of"
        assert bool(left) == (moment in ("stored", "before-commit", "after-commit")), moment
        own = [use for use in made(seal) if (use.facts or {})["reference"] == request.reference]
        finished = [use.result[SEALED] for use in own if use.result]
        assert bool(finished) == (moment in STAMPING[STAMPING.index("finished") :]), moment
        drain_all(runtime)
        session.expire_all()
        assert (request.state, request.error) == ("stamped", None), moment
        assert request.sealed_digest in finished or not finished
        assert stored(runtime) - before == {request.sealed_digest}, f"{moment}: one impression"
        assert (len(made(seal)), seal.uses) == (done + 1, done + 1), moment
    require_agreement(session)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        pressing.sweep(runtime)
    assert list(pressing.private_folder().iterdir()) == []


@pytest.mark.timeout(180)
def test_a_code_killed_at_any_moment_is_one_use(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    asked(runtime, session, city, seal, "test:file")
    drain_all(runtime)
    verification = queries.verification_seal(session, seal.unit_id)
    assert verification is not None
    for done, moment in enumerate(SIGNING):
        request = ask_code(session, city)
        work_and_die(runtime, moment)
        session.expire_all()
        assert len(made(verification)) == done + 1, moment
        finished = [use.result["code"] for use in made(verification) if use.result]
        drain_all(runtime)
        session.expire_all()
        assert request.code and request.error is None
        if moment in SIGNING[SIGNING.index("finished") :]:
            assert request.code in finished
        assert (len(made(verification)), verification.uses) == (done + 1, done + 1), moment
    require_agreement(session)


def test_nothing_is_signed_that_cannot_be_remembered(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory is full before the device is asked; then after it has signed; at last there is room again."""
    request = asked(runtime, session, city, seal, "test:1")
    before, asked_device = stored(runtime), []
    promised = session.scalars(select(PendingJob.id).where(PendingJob.function == operations.STAMP_JOB)).one()
    session.commit()

    def press(*given: Any, **named: Any) -> Any:
        asked_device.append(given)
        return stamping.stamp(*given, **named)

    monkeypatch.setattr(pressing, "press", press)
    for what, signed in (("INSERT", 0), ("UPDATE", 1)):
        with closing(sqlite3.connect(device.current().memory.path)) as file:
            file.execute(FULL.format(what))
        with pytest.raises(SettingsInvalid):
            sealing.stamp(promised)
        assert (len(asked_device), len(made(seal)), stored(runtime)) == (signed, signed, before)
        with closing(sqlite3.connect(device.current().memory.path)) as file:
            file.execute("DROP TRIGGER full")
    sealing.stamp(promised)
    session.expire_all()
    assert (request.state, len(asked_device), len(made(seal))) == ("stamped", 2, 1)
    assert stored(runtime) - before == {request.sealed_digest}
    require_agreement(session)


def test_what_the_device_refuses_is_no_use(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """Nothing was made, so nothing is left open that somebody would have to look into."""
    request = asked(runtime, session, city, seal, "test:1")
    seal.key_label = "receipt"
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert (request.state, made(seal)) == ("failed", [])


def test_a_file_that_left_and_is_gone_is_not_pressed_again(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """Whoever owns the store can remove it and put the row back: consents are good for one impression."""
    request = asked(runtime, session, city, seal, "test:1")
    drain_all(runtime)
    session.refresh(request)
    assert request.sealed_digest is not None
    runtime.store.path_of(request.sealed_digest).unlink()
    request.state, request.sealed_digest = "asked", None
    enqueue(session, Queue.SEAL, operations.STAMP_JOB, request_id=request.id)
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    assert (request.state, request.error, len(made(seal))) == ("failed", pressing.GONE, 1)


def test_only_what_nobody_needs_is_swept(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """Old left-overs go; a finished file that the store lacks stays, and so does what is young."""
    asked(runtime, session, city, seal, "test:1")
    drain_all(runtime)
    (use,) = made(seal)
    assert use.result is not None
    folder = pressing.private_folder()
    needed, stray, left = folder / f"{use.result[SEALED]}.pdf", folder / f"{'0' * 64}.pdf", folder / "tmpold"
    runtime.store.copy_to(use.result[SEALED], needed)
    runtime.store.path_of(use.result[SEALED]).unlink()
    stray.write_bytes(b"%PDF")
    left.mkdir()
    pressing.sweep(runtime)
    assert all(path.exists() for path in (needed, stray, left)), "young"
    moment = (clock.now() - timedelta(hours=2)).timestamp()
    for path in (needed, stray, left):
        os.utime(path, (moment, moment))
    pressing.sweep(runtime)
    assert [path.exists() for path in (needed, stray, left)] == [True, False, False]
    needed.unlink()
