"""Ceremonies killed midway (kill -9): the child at its n-th step, the seal server at one of its moments."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.authority import to_pem
from hsm.keys import generate_key, key_labels
from hsm.module import load_module
from hsm.token import open_token
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import custody_check, device, operations
from portal.seals.accounts import facts_of
from portal.seals.models import OF_THE_DEVICE, ApplicationKind, SealApplication, UnitSeal
from tests.city import City
from tests.hsm.dying import dying
from tests.seals import ceremony as room
from tests.work import drain_all

ROOT = Path(__file__).resolve().parents[2]
UNIT = "finance"
LEFT_OVER = "seal-left-over"
MOMENTS = ("before-child", "after-child", "before-commit", "after-commit")
# A seal server of its own process that dies at a moment of the ceremony's job.
SERVER = """
import os, pickle, signal, sys
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import event
from sqlalchemy.orm import Session
from portal import wiring
from portal.core import runtime as runtimes
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.seals import ceremony_work, device
from portal.seals.prepared import Prepared
from portal.sealserver import ALLOWED
settings, settings_path, ceremony_id, key, prepared, moment = pickle.load(sys.stdin.buffer)
runtime = Runtime(settings)
runtimes.install(runtime)
device.install(device.Device(settings_path))
wiring.wire()
held = Prepared(load_pem_private_key(key, None), *prepared, lock=os.open(os.devnull, os.O_RDONLY))
device.current().prepared._held[ceremony_id] = held
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
real = ceremony_work.ceremony_child.run_child
def run_child(*given, **named):
    if moment == "before-child": die()
    transcript = real(*given, **named)
    if moment == "after-child": die()
    if moment == "before-commit": event.listen(Session, "before_commit", die)
    if moment == "after-commit": event.listen(Session, "after_commit", die)
    return transcript
ceremony_work.ceremony_child.run_child = run_child
run_inline(runtime, ALLOWED)
"""


@dataclass
class Kill:
    """Where it hits: the child at its `step`, or the seal server at a `moment`."""

    step: int = 0
    moment: str = ""


def walk(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    kind: ApplicationKind,
    kill: Kill,
) -> None:
    """Hold a ceremony, kill it, and see that register and device agree; then hold it again, to its end."""
    room.install_device()
    application = prepared(runtime, session, city, kind)
    unit = room.unit_of(city, application)
    before, root = _on_device(runtime), device.current().root
    ceremony = room.ready(runtime, session, city, application)
    shared = room.install_device()
    room.give_shares(ceremony, room.people_of(city, unit), shared.share_a, shared.share_b)
    session.commit()
    run_and_kill(runtime, ceremony.id, kill, monkeypatch)
    session.expire_all()
    assert ceremony.state == ("done" if kill.moment == "after-commit" else "aborted")
    left = _require_agreement(runtime, session) - before
    if ceremony.state != "done":
        assert settings_file.load(shared.settings_path).pinned.ca_certificate_pem == to_pem(root)
        again = room.hold(runtime, session, city, application)
        assert (again.state, again.trouble) == ("done", None)
        assert left <= set(facts_of(again)["orphans"])
    _require_agreement(runtime, session)
    registered = set(session.scalars(select(UnitSeal.key_label).where(UnitSeal.state != "destroyed")))
    assert not (_on_device(runtime) - registered) & left
    longer = device.current().root.not_valid_after_utc > root.not_valid_after_utc
    assert longer == (kind == ApplicationKind.RENEW_CA)


def prepared(runtime: Runtime, session: Session, city: City, kind: ApplicationKind) -> SealApplication:
    """An approved application of the kind, and what it is about."""
    if kind == ApplicationKind.MAKE:
        return room.approved_application(session, city, UNIT)
    if kind == ApplicationKind.CLEAR_ORPHANS:
        _leave_a_key()
    if kind in OF_THE_DEVICE:
        return room.approved_of_kind(session, city, "office", kind)
    room.make_unit_seals(runtime, session, city, UNIT)
    seal = session.scalars(select(UnitSeal).order_by(UnitSeal.id)).first()
    assert seal is not None
    if kind == ApplicationKind.UNFREEZE:
        operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "保管人请假")
    return room.approved_of_kind(session, city, UNIT, kind, [seal])


def _leave_a_key() -> None:
    held = device.current()
    held.close()
    known, module = held.settings.device, load_module(held.settings.device.module_path)
    pin = held.settings.seals.pin
    with open_token(module, known.seals_label, known.seals_serial, pin, writable=True) as token:
        if LEFT_OVER not in key_labels(token):
            generate_key(token, LEFT_OVER)


def run_and_kill(runtime: Runtime, ceremony_id: int, kill: Kill, monkeypatch: pytest.MonkeyPatch) -> None:
    held = device.current()
    if kill.step:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(dying(runtime.settings.data_dir, kill.step)))
            drain_all(runtime)
        return
    ours = held.prepared._held[ceremony_id]
    key = ours.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    rest = (ours.transport_key, ours.application_hash, ours.order, ours.until)
    held.close()
    ended = subprocess.run(
        [sys.executable, "-c", SERVER],
        input=pickle.dumps((runtime.settings, held.settings_path, ceremony_id, key, rest, kill.moment)),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    held.prepared.forget(ceremony_id)  # the new seal server never knew it
    drain_all(runtime)


def _on_device(runtime: Runtime) -> set[str]:
    return set(room.seals_on_device(runtime))


def _require_agreement(runtime: Runtime, session: Session) -> set[str]:
    """No record without its key, no destroyed seal with one, none older than the seal server remembers.

    Returns the keys no record knows, which nobody can use.
    """
    present = _on_device(runtime)
    seals = session.scalars(select(UnitSeal)).all()
    for seal in seals:
        if seal.state != "destroyed":
            assert custody_check.signed_record(seal).facts["sequence"] == seal.custody_sequence
    for seal in seals:
        assert (seal.key_label in present) == (seal.state != "destroyed"), (seal.key_label, seal.state)
    return present - {seal.key_label for seal in seals}
