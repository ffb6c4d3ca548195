"""A joint document stamped in the device, on its way: every seal counts in the checks (D-4, X-4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from asn1crypto.x509 import Certificate
from sqlalchemy.orm import Session

from hsm.signers import to_asn1
from portal.core.runtime import Runtime
from portal.documents import finishing
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.exchange import layout
from portal.exchange import operations as exchange
from portal.exchange.checks import Evidence, run
from portal.exchange.findings import Check, Findings, Outcome
from portal.people.roles import Role
from portal.seals import device
from portal.seals.verifying import verify
from tests.city import City
from tests.documents.jointly import ask, at_first, custodian, sign
from tests.exchange.travelling import clerk, delivery_to, trust_the_device
from tests.seals.ceremony import make_unit_seals
from tests.work import drain, drain_all

pytestmark = pytest.mark.req("D-4", "S-10", "X-4")


def stamped(session: Session, work: Runtime, document: Document, city: City, unit: str) -> Path:
    """The file after this unit's seal."""
    ask(document, custodian(city, unit))
    session.commit()
    drain_all(work)
    session.expire_all()
    assert document.stamp_error is None
    path = work.settings.data_dir / f"{unit}.pdf"
    work.store.copy_to(document.sealed_digest or "", path)
    session.commit()
    return path


def test_two_units_stamp_and_the_recipient_finds_both_seals(session: Session, runtime: Runtime, city: City) -> None:
    for unit in ("office", "finance"):
        make_unit_seals(runtime, session, city, unit)
    trust_the_device(runtime)
    document = at_first(session, runtime, city, "finance")
    sign(document, city, "finance")
    finishing.number_document(document, city.person("office", Role.REGISTRAR))
    session.commit()
    drain(runtime)
    session.expire_all()
    half = stamped(session, runtime, document, city, "office")
    assert document.state == DocumentState.FROZEN and document.seals_on == 1
    assert layout.faults(half) == [layout.SEAL_ELSEWHERE]
    whole = stamped(session, runtime, document, city, "finance")
    assert document.state == DocumentState.SEALED and layout.faults(whole) == []
    assert whole.read_bytes().startswith(half.read_bytes()), "each seal over what the one before left"
    verdict = verify(whole, trust_roots=[_root()], expected_digest=document.sealed_digest)
    assert verdict.valid and [seal.name for seal in verdict.seals] == ["南澄市人民政府办公室", "南澄市财政局"]

    exchange.send_document(session, document, clerk(city))
    delivery = delivery_to(session, document, city, "east")
    exchange.open_delivery(delivery, clerk(city, "east"))
    session.commit()
    drain(runtime)
    session.expire_all()
    findings = Findings.of(delivery)
    assert findings is not None and findings.good, findings
    senders = [item.params["unit"] for item in findings.items if item.check is Check.SENDER]
    assert senders == ["南澄市人民政府办公室", "南澄市财政局"]
    _without_the_second_seal_it_is_nobodys(runtime, document, half)


def _without_the_second_seal_it_is_nobodys(runtime: Runtime, document: Document, half: Path) -> None:
    """What left the first unit only would be told at once."""
    verdict = verify(half, trust_roots=[_root()])
    found = run(Evidence(document, runtime.store, half, verdict, {})).items
    assert [item.outcome for item in found if item.check is Check.SENDER] == [Outcome.BAD, Outcome.BAD]
    assert Outcome.BAD in [item.outcome for item in found if item.check is Check.LAYOUT]


def _root() -> Certificate:
    return to_asn1(device.current().root)
