"""The seal server's own checks before it uses a seal (S-6): the signed custody record, and each consent against it.

Only the seal server imports this module. Nothing the database says is believed where the record, the pinned keys or the
seal server's memory say it: rows can restrict (a suspended seal, a key reported lost), never permit.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
import webauthn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException

from hsm.custody import certificate_digest, verify_custody
from hsm.errors import RecordForged, RecordOld
from hsm.keys import key_digest
from hsm.uses import Use
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Refused
from portal.core.rules import ExchangeRules
from portal.seals import consent, custody, device, lost_keys, use_lines
from portal.seals.custody import Custody, Keeper, KeyOnRecord
from portal.seals.lifecycle import SealState
from portal.seals.models import CUSTODY_PURPOSE, SealClass, UnitSeal
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest

log = structlog.get_logger(__name__)

CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Checked:
    """A custody record the ceremony signed, the newest one seen, and the certificate it is for."""

    facts: dict[str, Any]
    custody: Custody
    certificate: x509.Certificate
    key: str
    """SHA-256 of the seal's public key, hex: what the seal server remembers it by."""


def require_custody(seal: UnitSeal) -> Checked:
    """The seal's custody record. Raises Refused unless a ceremony signed it for this certificate, and no newer one."""
    if seal.state != SealState.IN_CUSTODY:
        learn(seal)
        raise Refused("This seal is suspended or revoked and can't be used.")
    checked = signed_record(seal)
    if device.current().memory.is_held(checked.key, int(checked.facts["sequence"])):
        log.warning("a seal was put back into custody without a ceremony", seal=seal.id)
        raise Refused("This seal is suspended or revoked and can't be used.")
    # The register's dates can be rewritten, the certificate's can't.
    if not checked.certificate.not_valid_before_utc <= now() <= checked.certificate.not_valid_after_utc:
        raise Refused("This seal's certificate isn't valid today. It must be renewed.")
    return checked


def signed_record(seal: UnitSeal) -> Checked:
    """The seal's record, whatever the seal's state. Raises Refused when it is forged, another seal's, or an old one."""
    facts, certificate = genuine_record(seal)
    key = public_key_digest(certificate)
    name = f"{facts['unit']} {facts['seal_class']}"
    try:
        device.current().memory.see(key, int(facts["sequence"]), name, lambda: _booked(seal, certificate))
    except RecordOld as error:
        log.warning("an old custody record was put back", seal=seal.id, newest=error.which)
        raise Refused("The custody record of this seal is an old one: a later ceremony signed another.") from error
    return Checked(facts, custody.read(facts), certificate, key)


def learn(seal: UnitSeal) -> int | None:
    """See the seal's newest record, and a suspension: from then on no database takes them back.

    Returns the number of the record's ceremony, None where the record isn't in order.
    """
    try:
        checked = signed_record(seal)
    except (Refused, ValueError) as error:
        log.warning("a custody record is not in order", seal=seal.id, why=str(error))
        return None
    sequence = int(checked.facts["sequence"])
    if seal.state != SealState.IN_CUSTODY:
        device.current().memory.hold(checked.key, sequence)
    return sequence


def _booked(seal: UnitSeal, certificate: x509.Certificate) -> list[Use]:
    return use_lines.booked(session_of(seal), [seal.id], certificate_digest(certificate))


def genuine_record(seal: UnitSeal) -> tuple[dict[str, Any], x509.Certificate]:
    """Facts that a ceremony signed for this very certificate, face and size, though a later one may have signed others.

    Raises Refused.
    """
    pinned = device.current().settings.pinned.custody_public_key_pem
    try:
        facts = verify_custody(seal.custody_record.encode(), base64.b64decode(seal.custody_signature), pinned)
    except (RecordForged, ValueError) as error:
        raise Refused("The custody record of this seal was not signed in a ceremony.") from error
    # The custody key signs transcripts too: only what was signed as a custody record is one.
    if facts.get("purpose") != CUSTODY_PURPOSE:
        raise Refused("The custody record of this seal was not signed in a ceremony.")
    certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    if any(facts.get(name) != value for name, value in _claimed(seal, certificate).items()):
        raise Refused("The custody record belongs to another seal.")
    return facts, certificate


def public_key_digest(certificate: x509.Certificate) -> str:
    """SHA-256 of the key in a certificate: the same when the key gets another certificate."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Refused("The custody record of this seal was not signed in a ceremony.")
    return key_digest(key)


def require_newer(seal: UnitSeal, number: int) -> None:
    """The ceremony has a higher number than every record seen of the seal: what it signs would count for nothing else.

    Raises Refused.
    """
    _facts, certificate = genuine_record(seal)
    if device.current().memory.newest_of(public_key_digest(certificate)) >= number:
        raise Refused(
            "The seal server remembers a later ceremony than this one, so the database is an older one or was "
            "changed. Call a new ceremony; it is given a higher number."
        )


def hold_suspended(seal: UnitSeal, number: int) -> None:
    """A ceremony of this number signs another record of the seal: one that is suspended stays so in the memory too."""
    if seal.state != SealState.IN_CUSTODY:
        _facts, certificate = genuine_record(seal)
        device.current().memory.hold(public_key_digest(certificate), number - 1)


def lift(seal: UnitSeal, number: int) -> None:
    """The ceremony of this number was held to lift the seal's suspension; nothing else lifts one."""
    _facts, certificate = genuine_record(seal)
    device.current().memory.lift(public_key_digest(certificate), number)


def _claimed(seal: UnitSeal, certificate: x509.Certificate) -> dict[str, object]:
    """What the register says of a seal, under the names of the custody record, which must say the same."""
    return {
        "certificate_sha256": certificate_digest(certificate),
        "unit": seal.unit.code,
        "seal_class": seal.seal_class,
        "face_sha256": seal.face_digest,
        "diameter_mm": seal.diameter_mm,
        "sequence": seal.custody_sequence,
    }


def require_consents(request: StampRequest, checked: Checked, rules: ExchangeRules) -> consent.Matter:
    """Enough keepers named in the record consented to exactly this; what they consented to. Raises Refused."""
    if checked.facts.get("seal_class") != SealClass.SIGNATURE:
        raise Refused("This seal is of the other kind.")
    what = consent.matter_of(request, checked.custody)
    if device.current().memory.refusals.is_spent(what.identity):
        log.warning("a request that was called off was put back", request=request.id)
        raise Refused("This request was called off before. Ask for the stamp again.")
    given = {
        approval.person_id
        for approval in request.approvals
        if (keeper := checked.custody.keepers.get(approval.person_id)) and _is_given(approval, keeper, what, rules)
    }
    if not checked.custody.is_enough(given):
        raise Refused("Not enough of the seal's custodians have approved this stamping.")
    return what


def require_holder(request: CodeRequest, checked: Checked) -> None:
    """The asker is named in the record of a verification seal of the copy's unit. Raises Refused."""
    keeper = checked.custody.keepers.get(request.asked_by.id)
    other_kind = checked.facts.get("seal_class") != SealClass.VERIFICATION
    if other_kind or keeper is None or keeper.account != request.asked_by.account:
        raise Refused("You don't keep this seal; only the people named in its custody record can use it.")
    if request.facts.get("unit_code") != checked.facts["unit"]:
        raise Refused("The custody record belongs to another seal.")


def _is_given(approval: StampApproval, keeper: Keeper, what: consent.Matter, rules: ExchangeRules) -> bool:
    """Whether this keeper consented. Raises Refused when a key's answer proves nothing: somebody may have forged it."""
    if keeper.account != approval.person.account or approval.digest != what.digest:
        return False
    if not keeper.keys:
        _require_fresh(approval.at, rules)
        if custody.demands_keys(rules):
            raise Refused(
                "The custody record names no hardware key of a custodian who consented, and the rules demand one. "
                "The unit applies for a change of custody."
            )
        return True  # the record itself says that a code is all there is
    key = keeper.key(approval.credential_id or b"")
    if key is None:
        raise Refused("A custodian's consent isn't by a hardware key that the custody record names.")
    if not _is_signed(approval, key, what):
        raise Refused("A custodian's consent is not for this stamping: their hardware key signed something else.")
    _require_fresh(consent.asked_at(approval.nonce or b""), rules)
    lost_keys.require_not_lost(session_of(approval), key)
    return True


def _require_fresh(given_at: datetime, rules: ExchangeRules) -> None:
    """Neither older than the rules allow nor of a time to come."""
    if not now() - timedelta(hours=rules.consent_hours) <= given_at <= now() + CLOCKS_APART:
        raise Refused(
            "A custodian's consent is more than %(hours)s hours old. Ask for the stamp again.",
            hours=rules.consent_hours,
        )


def _is_signed(approval: StampApproval, key: KeyOnRecord, what: consent.Matter) -> bool:
    """Whether the key on record signed exactly this, for the address in the seal server's own settings."""
    where = device.current().settings.consent
    if not where.rp_id or not where.origin:
        log.error("the seal server's settings name no address under which hardware keys answer")
        return False
    if not (approval.nonce and approval.authenticator_data and approval.client_data and approval.signature):
        return False
    try:
        webauthn.verify_authentication_response(
            credential=_packed(key, approval),
            expected_challenge=what.challenge(approval.person_id, approval.nonce),
            expected_rp_id=where.rp_id,
            expected_origin=where.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=0,  # a copy of a key shows itself to the portal, which keeps the count
            require_user_verification=where.user_verification != "preferred",
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        log.warning("a consent proves nothing", approval=approval.id, why=type(error).__name__, said=str(error))
        return False
    return True


def _packed(key: KeyOnRecord, approval: StampApproval) -> str:
    parts = {
        "authenticatorData": approval.authenticator_data,
        "clientDataJSON": approval.client_data,
        "signature": approval.signature,
    }
    name = bytes_to_base64url(key.credential_id)
    response = {part: bytes_to_base64url(value or b"") for part, value in parts.items()}
    return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
