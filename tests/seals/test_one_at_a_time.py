"""Two ceremonies on two seal servers: the second waits for the first one's commit; no record lacks its key."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from hsm import ceremony as ceremony_child
from hsm.errors import DeviceBusy
from hsm.keys import destroy_key
from hsm.locking import lock_device
from hsm.module import load_module
from hsm.token import open_token
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.seals import device
from portal.seals.models import UnitSeal
from tests.city import City
from tests.seals import ceremony as room

pytestmark = pytest.mark.req("S-5")


def test_the_device_is_held_until_the_result_is_committed(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.install_device()
    application = room.approved_application(session, city, "finance")
    path = device.current().settings_path
    free: list[bool] = []

    def look(*_: Any) -> None:
        try:
            lock_device(path, patience=0)()
        except DeviceBusy:
            free.append(False)
        else:
            free.append(True)

    real = ceremony_child.run_child

    def run_child(*given: Any, **named: Any) -> Transcript:
        transcript = real(*given, **named)
        look()
        event.listen(Session, "before_commit", look, once=True)
        return transcript

    monkeypatch.setattr(ceremony_child, "run_child", run_child)
    assert room.hold(runtime, session, city, application).state == "done"
    look()
    assert free == [False, False, True]


def test_no_seal_is_entered_whose_key_is_gone(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another seal server, with another database, cleared it away as a left-over: the ceremony has no result."""
    shared = room.install_device()
    application = room.approved_application(session, city, "finance")
    real = ceremony_child.run_child

    def run_child(*given: Any, **named: Any) -> Transcript:
        transcript = real(*given, **named)
        held = device.current()
        held.close()
        known = shared.settings.device
        module = load_module(known.module_path)
        pin = shared.settings.seals.pin
        with open_token(module, known.seals_label, known.seals_serial, pin, writable=True) as token:
            destroy_key(token, transcript.records[0].key_label)
        return transcript

    with monkeypatch.context() as patch:
        patch.setattr(ceremony_child, "run_child", run_child)
        ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert "isn't on the device any more" in (ceremony.trouble or "")
    assert session.scalar(select(func.count()).select_from(UnitSeal)) == 0
    assert room.hold(runtime, session, city, application).state == "done"
