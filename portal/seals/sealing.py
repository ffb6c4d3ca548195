"""What the seal server does: jobs that name a row, re-read and re-check everything, and only then use a key.

The database, Redis, the web and the workers may all be in foreign hands: what decides here are the custody record
signed in the ceremony, the pinned keys in the seal server's own settings, and the digest of the bytes it reads.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm.errors import HsmError
from hsm.signers import to_asn1
from portal.core.clock import now
from portal.core.errors import PortalError, Refused, Unavailable
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.vitals import Process, SignOfLife, give_sign
from portal.core.workspace import work_folder
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import ceremony_work as ceremonies
from portal.seals import codes, custody_check, device, hooks
from portal.seals.certificates import serial_hex
from portal.seals.consent import Matter
from portal.seals.custody_check import Checked
from portal.seals.lifecycle import STAMP, SealState, StampAct, StampState
from portal.seals.models import CertificateStatus, UnitSeal
from portal.seals.operations import lock_seal
from portal.seals.stamping import Impression
from portal.seals.stamping import stamp as press
from portal.seals.use_models import CodeRequest, StampRequest

log = structlog.get_logger(__name__)


def _stamp_refused(session: Session, error: PortalError, *, request_id: int) -> None:
    request = session.get_one(StampRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state != StampState.ASKED:
        return
    request.state = STAMP.advance(request.state, StampAct.FAIL)
    request.error = str(error)
    hooks.stamp_failed.call(session, request)


@job(on_failure=_stamp_refused)
def stamp(runtime: Runtime, session: Session, *, request_id: int) -> None:
    """Stamp the file of a request with its seal, once (S-6, S-10, S-11)."""
    request = session.get_one(StampRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state != StampState.ASKED:
        return
    seal = request.seal
    lock_seal(session, seal)
    checked = custody_check.require_custody(seal)
    what = custody_check.require_consents(request, checked, runtime.rules)
    made = _made_before(checked, what) or _make(runtime, request, checked, what)
    request.state = STAMP.advance(request.state, StampAct.STAMP)
    request.stamped_at, request.sealed_digest = now(), made["sealed_digest"]
    request.page, request.signer = made["page"], seal.signer
    seal.uses = UnitSeal.uses + 1  # counted by the database: seal servers may work side by side
    record(
        Event.SEAL_USED,
        subject=seal,
        actor=request.asked_by,
        reference=request.reference,
        digest_before=request.digest,
        digest_after=request.sealed_digest,
        page=request.page,
        signer=seal.signer,
    )
    hooks.stamped.call(session, request)


def _made_before(checked: Checked, what: Matter) -> dict[str, Any] | None:
    """The impression made on these consents before: one that a crash kept out of the register, or a row put back."""
    done = device.current().memory.done(checked.key, what.identity)
    return json.loads(done) if done else None


def _make(runtime: Runtime, request: StampRequest, checked: Checked, what: Matter) -> dict[str, Any]:
    """Press the seal once, keep the file, and remember that it was done: consents are good for one impression."""
    with tempfile.TemporaryDirectory(dir=work_folder(runtime.settings.data_dir)) as folder:
        source, target = Path(folder) / "frozen.pdf", Path(folder) / "sealed.pdf"
        runtime.store.copy_to(request.digest, source)
        impression = _press(runtime, request, _face(runtime, checked.facts), source, target)
        with target.open("rb") as file:
            runtime.store.put(file)
    made = {"sealed_digest": impression.sealed_digest, "page": impression.page}
    device.current().memory.note(checked.key, what.identity, json.dumps(made))
    return made


def _face(runtime: Runtime, custody: dict[str, Any]) -> bytes:
    """The face the ceremony signed. Raises Refused when the store holds other bytes under its name."""
    digest = str(custody["face_sha256"])
    face = b"".join(runtime.store.reader(digest))
    if hashlib.sha256(face).hexdigest() != digest:
        raise Refused("The face of this seal isn't the one made in the ceremony.")
    return face


def _press(runtime: Runtime, request: StampRequest, face: bytes, source: Path, target: Path) -> Impression:
    seal, held = request.seal, device.current()
    certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    try:
        return press(
            source,
            target,
            face_pdf=face,
            diameter_mm=seal.diameter_mm,
            place=request.place,
            straddling=request.straddling,
            signer=held.seal_signer(seal.key_label, certificate),
            timestamper=held.time_stamper,
            validation_context=held.validation_context(certificate),
            reason=request.purpose,
            location=runtime.settings.city_name,
            name=seal.name,
            approved_digest=request.digest,
        )
    except HsmError as error:
        log.error("device refused to stamp", error=error.code, seal=seal.id)
        raise device.unavailable(error) from error


def _code_refused(session: Session, error: PortalError, *, request_id: int) -> None:
    request = session.get_one(CodeRequest, request_id, with_for_update=True, populate_existing=True)
    if request.code is None:
        request.error = str(error)
        hooks.code_failed.call(session, request)


@job(on_failure=_code_refused)
def sign_code(runtime: Runtime, session: Session, *, request_id: int) -> None:
    """Sign the facts of one copy with the unit's verification seal (S-1, X-5)."""
    request = session.get_one(CodeRequest, request_id, with_for_update=True, populate_existing=True)
    if request.code is not None:
        return
    seal = request.seal
    lock_seal(session, seal)
    checked = custody_check.require_custody(seal)
    custody_check.require_holder(request, checked)
    try:
        request.code = _signed_code(request, checked.certificate)
    except HsmError as error:
        log.error("device refused to sign a code", error=error.code, seal=seal.id)
        raise device.unavailable(error) from error
    device.current().memory.note(checked.key, hashlib.sha256(request.reference.encode()).hexdigest())
    request.signed_at = now()
    seal.uses = UnitSeal.uses + 1
    hooks.code_signed.call(session, request)


def _signed_code(request: CodeRequest, certificate: x509.Certificate) -> str:
    # Through the certificate, so that no other key of the device can be put under the seal's label in the register.
    signer = device.current().seal_signer(request.seal.key_label, certificate).signer
    facts = codes.CopyFacts(
        **{
            **request.facts,
            "kind": codes.CopyKind(request.facts["kind"]),
            "day": date.fromisoformat(request.facts["day"]),
            "digest": bytes.fromhex(request.facts["digest"]),
            "serial": serial_hex(to_asn1(certificate)),
        }
    )
    der = signer.sign_digest(codes.to_sign(facts))
    r, s = utils.decode_dss_signature(der)
    return codes.encode(facts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _ceremony_failed(session: Session, error: PortalError, *, ceremony_id: int) -> None:
    ceremonies.fail(session, ceremony_id, error)


@job(on_failure=_ceremony_failed)
def prepare_ceremony(runtime: Runtime, session: Session, *, ceremony_id: int) -> None:
    """Look at the device and make the ceremony's transport key (S-4, S-5)."""
    ceremonies.prepare(session, ceremony_id)


@job(on_failure=_ceremony_failed)
def run_ceremony(runtime: Runtime, session: Session, *, ceremony_id: int) -> None:
    """Open the device under two shares, do the approved action, close it (S-5)."""
    ceremonies.run(runtime, session, ceremony_id)


@job()
def test_signature(runtime: Runtime, session: Session) -> None:
    """Sign a known message with the HSM: the readiness page wants one of the last minute."""
    held = device.current()
    try:
        held.test_signature()
    except HsmError as error:
        log.error("test signature failed", error=error.code)
        device.unavailable(error)
        session.execute(delete(SignOfLife).where(SignOfLife.name == Process.SEAL_SERVER))
        return
    give_sign(session, Process.SEAL_SERVER, device_serial=held.settings.device.seals_serial)


@job()
def renew_statuses(runtime: Runtime, session: Session) -> None:
    """Sign fresh answers about every certificate of the Seal CA that may be asked for (K-2).

    A row whose certificate is broken or a stranger's is passed over: it must not keep the others from being renewed.
    """
    held = device.current()
    answered = tuple(SealState)  # also of seals long destroyed: what they sealed is still being verified
    seals = session.scalars(select(UnitSeal).where(UnitSeal.state.in_(answered)).order_by(UnitSeal.id))
    try:
        _renew_status(session, held.time_stamping_certificate)
        for seal in seals:
            _learn_custody(seal)
            certificate = _issued_certificate(seal)
            if certificate is not None:
                _renew_status(session, certificate, seal.suspended_at, seal.revoked_at, seal.revoked_reason)
    except HsmError as error:
        log.error("device refused to sign statuses", error=error.code)
        raise device.unavailable(error) from error


def _issued_certificate(seal: UnitSeal) -> x509.Certificate | None:
    """The seal's certificate; None when the pinned Seal CA did not issue what stands in the row."""
    try:
        certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
        issuer = device.current().issuer_of(certificate)
    except (ValueError, Unavailable):
        log.warning("the register holds a certificate of nobody known here", seal=seal.id)
        return None
    # The other issuer answers for its own certificates.
    return certificate if issuer == device.current().root else None


def _learn_custody(seal: UnitSeal) -> None:
    """See the seal's newest record soon after its ceremony, and a suspension: no database takes them back then."""
    try:
        checked = custody_check.signed_record(seal)
        if seal.state != SealState.IN_CUSTODY:
            device.current().memory.hold(checked.key, int(checked.facts["sequence"]))
    except (Refused, ValueError) as error:
        log.warning("a custody record is not in order", seal=seal.id, why=str(error))


def _renew_status(
    session: Session,
    certificate: x509.Certificate,
    held_since: datetime | None = None,
    revoked_at: datetime | None = None,
    reason: str | None = None,
) -> None:
    answer = device.current().status(certificate, held_since, revoked_at, reason)
    session.merge(CertificateStatus(serial=serial_hex(to_asn1(certificate)), response=answer, signed_at=now()))
