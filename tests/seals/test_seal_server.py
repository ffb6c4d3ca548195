"""What the seal server refuses, whatever the database says: forged custody, forged approvals, exchanged keys (S-6)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm.authority import to_pem
from hsm.ceremony import run_child
from hsm.orders import CustodyOrder, SignCustody
from hsm.signers import to_asn1
from portal.core import clock
from portal.core.errors import PortalError
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import device, operations, queries, sealing
from portal.seals.certificates import serial_hex
from portal.seals.consent import Consent
from portal.seals.models import CertificateStatus, SealKeeper, UnitSeal
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest
from tests.city import City
from tests.seals.ceremony import install_device, make_unit_seals
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes
from tests.work import drain_all

UNIT = "finance"
Forge = Callable[[Session, City, StampRequest], None]


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """A signature seal made in a ceremony; its one custodian acts alone."""
    make_unit_seals(runtime, session, city, UNIT)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    return found


def ask(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> StampRequest:
    """An honest request for a file that can be stamped, not yet committed."""
    digest = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    return operations.ask_stamp(
        session,
        seal=seal,
        custodian=custodian,
        reference="test:1",
        purpose="通知",
        digest=digest,
        given=Consent("totp"),
    )


def name_a_stranger(session: Session, city: City, request: StampRequest) -> None:
    """The approval is a stranger's, whom the register lists among the custodians."""
    stranger = city.person(UNIT, Role.DRAFTER)
    session.add(SealKeeper(seal_id=request.seal_id, person_id=stranger.id))
    request.approvals[0].person = stranger


def rewrite_the_record(session: Session, city: City, request: StampRequest) -> None:
    """As before, and the custody record names the stranger too."""
    name_a_stranger(session, city, request)
    stranger = city.person(UNIT, Role.DRAFTER)
    facts = json.loads(request.seal.custody_record)
    facts["keepers"] = {str(stranger.id): stranger.account}
    request.seal.custody_record = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def rename_the_account(session: Session, city: City, request: StampRequest) -> None:
    """The custodian's row was given to another account."""
    request.approvals[0].person.account = "somebody"


def take_the_other_record(session: Session, city: City, request: StampRequest) -> None:
    """A record that was signed, of the unit's other seal."""
    other = queries.verification_seal(session, request.seal.unit_id)
    assert other is not None
    request.seal.custody_record = other.custody_record
    request.seal.custody_signature = other.custody_signature


def become_the_other_seal(session: Session, city: City, request: StampRequest) -> None:
    """Record and certificate of the unit's verification seal, kept by the same hands, under the signature seal."""
    take_the_other_record(session, city, request)
    other = queries.verification_seal(session, request.seal.unit_id)
    assert other is not None
    request.seal.certificate = other.certificate
    request.approvals[0].person = city.person(UNIT, Role.VERIFICATION_HOLDER)


def approve_another_file(session: Session, city: City, request: StampRequest) -> None:
    """The custodian approved another digest."""
    request.approvals[0].digest = "0" * 64


def take_the_approval_away(session: Session, city: City, request: StampRequest) -> None:
    """Nobody approved."""
    session.delete(request.approvals[0])


def exchange_the_key(session: Session, city: City, request: StampRequest) -> None:
    """Another key of the device under the seal's certificate."""
    request.seal.key_label = "receipt"


def show_another_face(session: Session, city: City, request: StampRequest) -> None:
    """A face that was made in a ceremony, of the unit's other seal."""
    other = queries.verification_seal(session, request.seal.unit_id)
    assert other is not None
    request.seal.face_digest = other.face_digest


def shrink_the_face(session: Session, city: City, request: StampRequest) -> None:
    """Another size than the rule's and the ceremony's."""
    request.seal.diameter_mm = 30


def name_another_ceremony(session: Session, city: City, request: StampRequest) -> None:
    """As after a change of custody, when the record signed before it is put back."""
    request.seal.custody_sequence += 1


def say_another_purpose(session: Session, city: City, request: StampRequest) -> None:
    """The same facts, signed by the custody key itself, but not as a custody record."""
    facts = json.loads(request.seal.custody_record)
    del facts["certificate_sha256"]
    order = CustodyOrder(request.seal.certificate, {**facts, "purpose": "transcript"})
    shared = install_device()
    action = SignCustody(approval="0" * 64, records=(order,))
    (made,) = run_child(shared.settings_path, shared.share_a, shared.share_b, action).records
    request.seal.custody_record = made.custody_record.decode()
    request.seal.custody_signature = base64.b64encode(made.custody_signature).decode()


def suspend(session: Session, city: City, request: StampRequest) -> None:
    """Suspended after it was asked for, and the request called off then is put back."""
    operations.suspend(request.seal, city.person(UNIT, Role.UNIT_HEAD), "介质遗失")
    assert request.state == "failed"
    request.state, request.error = "asked", None


FORGERIES: tuple[Forge, ...] = (
    name_a_stranger,
    rewrite_the_record,
    rename_the_account,
    take_the_other_record,
    become_the_other_seal,
    approve_another_file,
    take_the_approval_away,
    exchange_the_key,
    show_another_face,
    shrink_the_face,
    name_another_ceremony,
    say_another_purpose,
)


@pytest.mark.req("S-6", "S-10", "D-10")
def test_nothing_is_stamped_on_forged_rows(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """One ceremony serves all: each forgery is undone before the next; at last the honest request is stamped."""
    for forge in FORGERIES:
        nested = session.begin_nested()
        request = ask(runtime, session, city, seal)
        forge(session, city, request)
        assert refusal_of(runtime, session, request), forge.__name__
        assert request.sealed_digest is None
        nested.rollback()
        session.expire_all()
    request = ask(runtime, session, city, seal)
    assert refusal_of(runtime, session, request) is None
    assert request.state == "stamped"
    session.flush()
    session.refresh(seal)
    assert seal.uses == 1
    nested = session.begin_nested()
    suspended = ask(runtime, session, city, seal)
    suspend(session, city, suspended)
    refused = refusal_of(runtime, session, suspended)
    nested.rollback()
    assert refused == "This seal is suspended or revoked and can't be used."
    again = ask(runtime, session, city, seal)
    assert refusal_of(runtime, session, again) == refused, "what was seen suspended stays so, whatever the row says"


def refusal_of(runtime: Runtime, session: Session, request: StampRequest) -> str | None:
    """Let the seal server's own function work in this session; returns why it refused."""
    session.flush()
    session.expire_all()
    try:
        sealing.stamp.__wrapped__(runtime, session, request_id=request.id)  # type: ignore[attr-defined]  # functools
    except PortalError as error:
        return str(error)
    return None


@pytest.mark.req("S-2", "S-6")
def test_other_bytes_under_the_faces_name_are_not_pressed(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store may be in foreign hands too: the custody record names the face's own bytes."""
    request = ask(runtime, session, city, seal)
    other = queries.verification_seal(session, seal.unit_id)
    assert other is not None
    foreign = b"".join(runtime.store.reader(other.face_digest))
    monkeypatch.setattr(runtime.store, "reader", lambda _digest: iter([foreign]))
    assert "face" in (refusal_of(runtime, session, request) or "")
    assert request.sealed_digest is None


@pytest.mark.req("S-2", "S-6")
def test_the_custody_record_names_face_size_and_ceremony(runtime: Runtime, session: Session, seal: UnitSeal) -> None:
    """What the ceremony signed is what the register shows; the ceremony's account is no custody record."""
    face = b"".join(runtime.store.reader(seal.face_digest))
    facts = json.loads(seal.custody_record)
    assert facts["purpose"] == "custody"
    assert facts["face_sha256"] == hashlib.sha256(face).hexdigest()
    assert (facts["diameter_mm"], facts["sequence"]) == (seal.diameter_mm, seal.ceremony_id)
    assert seal.ceremony.transcript is not None
    assert "purpose" not in json.loads(seal.ceremony.transcript["body"])


@pytest.mark.req("K-2")
@pytest.mark.parametrize("kind", ["broken", "foreign"])
def test_statuses_are_signed_for_the_seal_cas_certificates_alone(
    runtime: Runtime, session: Session, seal: UnitSeal, authority: Authority, kind: str
) -> None:
    """A row with a broken or a stranger's certificate gets none, and keeps no other from being renewed.

    What the seal server saw in its place before is answered for nevertheless.
    """
    good = queries.verification_seal(session, seal.unit_id)
    assert good is not None
    seal.certificate = "-----BEGIN" if kind == "broken" else to_pem(authority.seal.certificate)
    session.execute(delete(CertificateStatus))
    enqueue(session, Queue.SEAL, operations.STATUS_JOB)
    session.commit()
    drain_all(runtime)
    known = set(session.scalars(select(CertificateStatus.serial)))
    tsa = serial_hex(to_asn1(device.current().time_stamping_certificate))
    assert known == {seal.certificate_serial, good.certificate_serial, tsa}


@pytest.mark.req("S-12")
def test_a_certificate_that_has_run_out_stamps_nothing(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """Whatever the register's own dates were made to say."""
    request = ask(runtime, session, city, seal)
    session.commit()
    with clock.frozen(seal.valid_until + timedelta(days=1)):
        drain_all(runtime)
    session.refresh(request)
    assert (request.state, request.sealed_digest) == ("failed", None)
    assert "isn't valid today" in (request.error or "")


def ask_code(session: Session, city: City, **changes: object) -> CodeRequest:
    """A request for the code of a copy of the file stamped last, as the exchange makes it. Commits."""
    seal = queries.verification_seal(session, city.units[UNIT].id)
    assert seal is not None
    stamped = select(StampRequest.sealed_digest).where(StampRequest.sealed_digest.is_not(None))
    sealed = session.scalars(stamped.order_by(StampRequest.id.desc())).first() or "0" * 64
    facts: dict[str, object] = {
        "unit_name": seal.unit.name,
        "unit_code": seal.unit.code,
        "document_number": "南政办发〔2026〕1号",
        "title": "通知",
        "copy_id": "2345-6789-ABCD",
        "copy": 1,
        "copies": 2,
        "kind": 0,
        "day": "2026-03-02",
        "digest": sealed[:32],
    }
    holder = city.person(UNIT, Role.VERIFICATION_HOLDER)
    reference = f"test:{len(session.scalars(select(CodeRequest)).all())}"
    request = operations.ask_code(session, seal=seal, holder=holder, reference=reference, facts=facts | changes)
    session.commit()
    return request


@pytest.mark.req("S-1", "X-5")
def test_no_code_is_signed_for_another_unit_or_with_another_key(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """A unit's holder signs for their own unit alone, and with the key of the seal's certificate alone."""
    assert refusal_of(runtime, session, ask(runtime, session, city, seal)) is None
    session.commit()
    foreign = ask_code(session, city, unit_code=city.units["education"].code)
    drain_all(runtime)
    session.refresh(foreign)
    assert foreign.code is None and foreign.error
    honest = ask_code(session, city)
    drain_all(runtime)
    session.refresh(honest)
    assert honest.code and honest.error is None
    exchanged = ask_code(session, city)
    exchanged.seal.key_label = "tsa"
    session.commit()
    drain_all(runtime)
    session.refresh(exchanged)
    assert exchanged.code is None and exchanged.error


@pytest.mark.req("S-6")
def test_a_request_is_stamped_once(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """Promised a second time, it finds its work done."""
    request = ask(runtime, session, city, seal)
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    first = request.sealed_digest
    assert first is not None
    enqueue(session, Queue.SEAL, operations.STAMP_JOB, request_id=request.id)
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    session.refresh(seal)
    assert (request.sealed_digest, seal.uses) == (first, 1)
    assert session.scalars(select(StampApproval)).one().digest == request.digest
