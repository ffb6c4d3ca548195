"""Signing the code of a printed copy: one code for one reference, of a file that was sealed, in the seal's own name.

Nothing but the request's facts comes from the database, and none of them is believed that can be known better: the
unit's name stands in the verified certificate, and the digest must be that of a sealed file (S-1, X-5).
"""

from __future__ import annotations

import struct
import tempfile
from contextlib import suppress
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm import authority
from hsm.errors import HsmError, SettingsInvalid, UseDiffers
from hsm.signers import to_asn1
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.store import StoreDamaged, StoreMissing
from portal.seals import codes, device, use_lines
from portal.seals.certificates import serial_hex
from portal.seals.custody_check import Checked
from portal.seals.pressing import private_folder
from portal.seals.use_models import CodeRequest, StampRequest
from portal.seals.verifying import verify

log = structlog.get_logger(__name__)

MOST_CANDIDATES = 3
"""Files whose digests begin alike; honest ones never do."""


def sign_once(runtime: Runtime, request: CodeRequest, checked: Checked) -> tuple[str, datetime]:
    """The code of a copy and when it was signed: now, or before for the very same facts.

    Writes into the request what the code says. Raises Refused for other facts than before and for a file that
    nobody sealed, Unavailable; SettingsInvalid, with nothing signed, when the memory can't be written.
    """
    request.facts = {**request.facts, "unit_name": _unit_name(checked.certificate)}
    try:
        facts = _facts(request, checked.certificate)
        digest = codes.to_sign(facts)
    except (TypeError, KeyError, ValueError, struct.error) as error:
        raise Refused("These facts can't be written into the code of a copy.") from error
    _require_sealed(runtime, session_of(request), facts.digest.hex())
    uses, slot = device.current().memory.uses, use_lines.slot_of(request.reference)
    matter = sha256(digest + slot.encode()).hexdigest()  # asked for anew, the same copy is another use
    try:
        made = uses.reserve(checked.key, matter, use_lines.code_facts(request), use_lines.moment(now()), slot)
    except UseDiffers as error:
        raise Refused("Another code was signed for this copy before. Ask for the copy again.") from error
    if made is None:
        try:
            code = _sign(request, checked.certificate, facts, digest)
        except BaseException:
            with suppress(SettingsInvalid):
                uses.release(checked.key, matter)
            raise
        made = uses.finish(checked.key, matter, use_lines.code_result(code, now()))
    return str(made["code"]), datetime.fromisoformat(made["at"])


def _facts(request: CodeRequest, certificate: x509.Certificate) -> codes.CopyFacts:
    given = request.facts
    return codes.CopyFacts(
        **{
            **given,
            "kind": codes.CopyKind(given["kind"]),
            "day": date.fromisoformat(given["day"]),
            "digest": bytes.fromhex(given["digest"]),
            "serial": serial_hex(to_asn1(certificate)),
        }
    )


def _sign(request: CodeRequest, certificate: x509.Certificate, facts: codes.CopyFacts, digest: bytes) -> str:
    try:
        # Through the certificate, so that no other key of the device can be put under the seal's label in the register.
        signer = device.current().seal_signer(request.seal.key_label, certificate).signer
        r, s = utils.decode_dss_signature(signer.sign_digest(digest))
    except HsmError as error:
        log.error("device refused to sign a code", error=error.code, seal=request.seal_id)
        raise device.unavailable(error) from error
    return codes.encode(facts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _unit_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if not names:
        raise Refused("The certificate of this seal names no unit.")
    return str(names[0].value)


def _require_sealed(runtime: Runtime, session: Session, head: str) -> None:
    """The file is one that was sealed here, or that proves its seals by itself. Raises Refused.

    head: the first half of its digest, as the code holds it.
    """
    if device.current().memory.uses.is_sealed(head):
        return
    # Sealed by another seal server, or before a lost memory: the row only says where to look.
    said = select(StampRequest.sealed_digest).where(
        StampRequest.sealed_digest >= head, StampRequest.sealed_digest < f"{head}g"
    )
    if not any(_is_genuine(runtime, digest or "") for digest in session.scalars(said.limit(MOST_CANDIDATES))):
        raise Refused("The file of this copy isn't one that was sealed.")


def _is_genuine(runtime: Runtime, digest: str) -> bool:
    settings = device.current().settings
    issuers = [device.current().root, *_certificates(settings.other_issuer.ca_certificate_pem)]
    witnesses = _certificates(settings.time_stamping.ca_certificate_pem)
    with tempfile.TemporaryDirectory(dir=private_folder()) as folder:
        path = Path(folder) / "sealed.pdf"
        try:
            runtime.store.copy_to(digest, path)
        except (StoreDamaged, StoreMissing):
            return False
        verdict = verify(
            path,
            trust_roots=[to_asn1(issuer) for issuer in issuers],
            time_roots=[to_asn1(witness) for witness in witnesses],
            expected_digest=digest,
        )
    return verdict.valid


def _certificates(pem: str) -> list[x509.Certificate]:
    return [authority.load_certificate(pem)] if pem else []
