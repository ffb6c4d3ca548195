"""Two seal servers, one stamping with a seal that the other's ceremony ends: both come to their end (decision 29)."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy.orm import Session

from hsm import ceremony as ceremony_child
from hsm.transcript import Transcript
from portal.core.clock import now
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import operations, pressing, queries
from portal.seals.consent import Consent
from portal.seals.models import ApplicationKind, UnitSeal
from portal.seals.stamping import Impression
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.seals import ceremony as room
from tests.seals.samples import frozen_bytes

UNIT = "finance"
PATIENCE = 2
STAMP, CEREMONY = {"portal.seals.sealing.stamp"}, {"portal.seals.sealing.run_ceremony"}


def asked(runtime: Runtime, session: Session, city: City, seal: UnitSeal, number: int) -> StampRequest:
    """A request that waits for the seal server."""
    return operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference=f"test:{number}",
        purpose="通知",
        digest=runtime.store.put(io.BytesIO(frozen_bytes())).digest,
        given=Consent("totp"),
    )


@pytest.mark.req("S-5", "S-6")
@pytest.mark.parametrize("kind", [ApplicationKind.DESTROY, ApplicationKind.CHANGE_CUSTODY])
def test_a_ceremony_and_a_stamp_at_once(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    kind: ApplicationKind,
) -> None:
    """The stamp has its request and not yet the counter of the seal when the ceremony comes for both."""
    room.make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    ceremony = room.ready(runtime, session, city, room.approved_of_kind(session, city, UNIT, kind, [seal]))
    shared = room.install_device()
    room.give_shares(ceremony, room.people_of(city, UNIT), shared.share_a, shared.share_b)
    first, second = (asked(runtime, session, city, seal, number) for number in (1, 2))
    session.commit()
    begun, opened, real = Event(), Event(), ceremony_child.run_child

    def press(_runtime: Runtime, _request: StampRequest, _face: bytes, source: Path, target: Path) -> Impression:
        begun.set()
        opened.wait(PATIENCE)  # with the locks in one order the ceremony isn't let in before this ends
        target.write_bytes(source.read_bytes())
        return Impression(1, (0, 0, 1, 1), "0" * 64, "0" * 64, 1, now(), 0)

    def run_child(*given: Any, **named: Any) -> Transcript:
        opened.set()
        return real(*given, **named)

    monkeypatch.setattr(pressing, "_press", press)
    monkeypatch.setattr(ceremony_child, "run_child", run_child)
    with ThreadPoolExecutor(2) as servers:
        stamping = servers.submit(run_inline, runtime, STAMP)
        assert begun.wait(30)
        holding = servers.submit(run_inline, runtime, CEREMONY)
        stamping.result()
        holding.result()
    session.expire_all()
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    assert first.state == "stamped"
    assert second.state in ("stamped", "failed"), "stamped before the ceremony, or called off by it"
    assert seal.uses == sum(request.state == "stamped" for request in (first, second))
