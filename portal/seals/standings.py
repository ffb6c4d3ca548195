"""What the seal server says of every certificate of its Seal CA: in its answers and in every list it signs (K-2).

The register and the seal server's memory together: whichever says that a seal is on hold or revoked is right, and the
earlier moment counts. A hold that turned into a revocation is one end, from its beginning. What the register forgot or
names otherwise is still answered for, and one row that can't be read keeps nobody else from an answer.

Only the seal server imports this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from cryptography import x509
from cryptography.x509 import ocsp
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm import authority
from hsm.ended import Known, Seen
from hsm.signers import to_asn1
from portal.core.clock import now
from portal.core.errors import PortalError
from portal.seals import custody_check, device, former
from portal.seals.certificates import serial_hex
from portal.seals.lifecycle import SealState
from portal.seals.models import UnitSeal

log = structlog.get_logger(__name__)

HOLD = x509.ReasonFlags.certificate_hold


@dataclass(frozen=True)
class Standing:
    """A certificate, and since when it is on hold or else revoked; good when neither is set."""

    certificate: x509.Certificate
    held_since: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None

    @property
    def serial(self) -> str:
        """As the register writes it."""
        return serial_hex(to_asn1(self.certificate))

    @property
    def revocation(self) -> authority.Revocation | None:
        """As it stands on a list and in an answer; None while it is good."""
        number = self.certificate.serial_number
        if self.revoked_at is not None:
            return authority.Revocation(number, self.revoked_at, flag_of(self.reason))
        if self.held_since is not None:
            return authority.Revocation(number, self.held_since, HOLD)
        return None

    def is_said_by(self, response: bytes | None, signed_since: datetime) -> bool:
        """Whether an answer (DER) that was given says this, and was signed since then."""
        try:
            answer = ocsp.load_der_ocsp_response(response or b"")
            if answer.this_update_utc < signed_since:
                return False
            since, on_hold = answer.revocation_time_utc, answer.revocation_reason == HOLD
        except ValueError:
            return False
        wanted = self.revocation
        if since is None or wanted is None:
            return since is None and wanted is None
        return since == wanted.at.replace(microsecond=0) and on_hold == (wanted.reason == HOLD)


def of_seals(session: Session) -> list[Standing]:
    """Learn what the register says now, then tell what is known of every seal's certificate."""
    learn(session, session.scalars(select(UnitSeal).order_by(UnitSeal.id)))
    return [_standing(one) for one in device.current().memory.ended.known()]


def of_ended(session: Session) -> list[Standing]:
    """Those on hold or revoked alone: lists are looked at every half minute, and name no others."""
    ended = select(UnitSeal).where(UnitSeal.state != SealState.IN_CUSTODY).order_by(UnitSeal.id)
    learn(session, session.scalars(ended))
    known = device.current().memory.ended.known()
    return [_standing(one) for one in known if one.held_since or one.revoked_at]


def learn(session: Session, seals: Iterable[UnitSeal]) -> None:
    """Take what the register says of these seals into the seal server's memory."""
    before = former.by_seal(session)
    read = [found for seal in seals if (found := _read(seal, before.get(seal.id, ()))) is not None]
    seen = [said for said, _ in read]
    device.current().memory.ended.learn(seen, [one for _, known in read for one in known], now())


def flag_of(reason: str | None) -> x509.ReasonFlags:
    """Why a seal was revoked; its use ended where no reason that RFC 5280 knows was written down."""
    try:
        return x509.ReasonFlags[reason or x509.ReasonFlags.cessation_of_operation.name]
    except KeyError:
        log.error("a seal was revoked for a reason nobody knows", reason=reason)
        return x509.ReasonFlags.cessation_of_operation


def _read(seal: UnitSeal, before: Iterable[str]) -> tuple[Seen, list[tuple[str, str, str]]] | None:
    """What a row says of its key, and the certificates it knows; None for a row that can't be made out."""
    try:
        newest = custody_check.learn(seal)
        certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
        key = custody_check.public_key_digest(certificate)
        own = [(serial_hex(to_asn1(one)), key, authority.to_pem(one)) for one in _own(seal, before, key)]
        return _seen(seal, key, newest), own
    except (PortalError, ValueError, TypeError) as error:
        log.warning("a seal's row is not in order", seal=seal.id, why=type(error).__name__)
        return None


def _seen(seal: UnitSeal, key: str, record: int | None) -> Seen:
    memory = device.current().memory
    sequence = memory.newest_of(key) if record is None else record
    held = memory.is_held(key, sequence)
    usable = None if record is None and not held else not held
    if seal.state == SealState.IN_CUSTODY:
        return Seen(key, sequence, usable)
    if seal.state == SealState.SUSPENDED:
        return Seen(key, sequence, usable, seal.suspended_at or now())
    return Seen(key, sequence, usable, seal.suspended_at, seal.revoked_at or now(), seal.revoked_reason or "")


def _own(seal: UnitSeal, before: Iterable[str], key: str) -> Iterator[x509.Certificate]:
    """The certificates of the seal's key that the pinned Seal CA issued; the other issuer answers for its own."""
    for pem in (seal.certificate, *before):
        certificate = x509.load_pem_x509_certificate(pem.encode())
        issued = authority.is_issued_by(certificate, device.current().root)
        if issued and custody_check.public_key_digest(certificate) == key:
            yield certificate


def _standing(known: Known) -> Standing:
    certificate = authority.load_certificate(known.pem)
    if known.revoked_at is None:
        return Standing(certificate, known.held_since)
    at = min(known.revoked_at, known.held_since or known.revoked_at)
    return Standing(certificate, None, at, flag_of(known.reason).name)
