"""Many stampings by several seal servers at once, each a process of its own."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from pathlib import Path

from sqlalchemy.orm import Session

from hsm.signers import to_asn1
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import custody_check, device, operations, queries
from portal.seals.consent import Consent
from portal.seals.use_models import StampRequest
from portal.seals.verifying import verify
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.samples import frozen_bytes

ROOT = Path(__file__).resolve().parents[2]
UNIT = "finance"
SERVER = """
import pickle, sys
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from portal import wiring
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.core.jobs import PendingJob, resolve
from portal.core.runtime import Runtime
from portal.seals import device, pressing
settings, settings_path = pickle.load(sys.stdin.buffer)
runtime = Runtime(settings)
runtimes.install(runtime)
device.install(device.Device(settings_path))
wiring.wire()
real, pressed = pressing.press, []
def press(*given, **named):
    pressed.append(given)
    return real(*given, **named)
pressing.press = press
print("ready", flush=True)
sys.stdin.buffer.read()
STAMP = "portal.seals.sealing.stamp"
waiting = select(PendingJob.id).where(PendingJob.function == STAMP, PendingJob.given_up_at.is_(None))
while True:
    with unit_of_work(runtime.engine, writes=False) as session:
        offered = session.scalars(waiting.order_by(PendingJob.id)).all()
    if not offered:
        break
    for pending_id in offered:
        try:
            resolve(STAMP)(pending_id)
        except OperationalError:
            pass  # SQLite has one writer and no queue: who waited too long is offered the work again
print(len(pressed))
"""


def press_at_once(runtime: Runtime, session: Session, city: City, count: int, servers: int) -> None:
    """Ask for `count` stamps, let that many servers work on them together, and verify every file."""
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    digest = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    requests = [
        operations.ask_stamp(
            session,
            seal=seal,
            custodian=custodian,
            reference=f"test:{number}",
            purpose="通知",
            digest=digest,
            given=Consent("totp"),
        )
        for number in range(count)
    ]
    session.commit()
    given = pickle.dumps((runtime.settings, device.current().settings_path))
    # Into a file: nobody reads while they work, and a full pipe would stop them.
    told = runtime.settings.data_dir / "servers.log"
    with told.open("wb") as log:
        working = [
            subprocess.Popen(
                [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT
            )
            for _ in range(servers)
        ]
    for process in working:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(given)
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n", told.read_text()
    for process in working:
        process.stdin.close()  # type: ignore[union-attr]  # a pipe; now they begin, all at once
    pressed = [_pressed_by(process, told) for process in working]
    session.expire_all()
    assert seal.uses == count
    _, certificate = custody_check.genuine_record(seal)
    assert device.current().memory.uses.count(custody_check.public_key_digest(certificate)) == count
    assert sum(pressed) == count, "each once"
    if runtime.engine.dialect.name != "sqlite":  # which has one writer at a time, so one server may come first always
        assert all(pressed), "they shared the work"
    for request in requests:
        _require_valid(runtime, request)


def _pressed_by(process: subprocess.Popen[bytes], told: Path) -> int:
    """How many impressions a seal server made, once it has ended."""
    assert process.stdout is not None
    with process.stdout as said:
        count = said.read()
    assert process.wait() == 0, told.read_text()
    return int(count)


def _require_valid(runtime: Runtime, request: StampRequest) -> None:
    assert request.sealed_digest is not None, request.error
    path = runtime.settings.data_dir / "sealed.pdf"
    path.unlink(missing_ok=True)
    runtime.store.copy_to(request.sealed_digest, path)
    root = to_asn1(device.current().root)
    verdict = verify(path, trust_roots=[root], expected_digest=request.sealed_digest)
    assert verdict.valid, verdict.reasons
