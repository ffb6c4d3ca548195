"""What is known here of seals on hold or revoked, besides the evidence a file brings along (S-11, GZ18).

A file's own evidence is a few days good and public: whoever got hold of a key could go on using the last answer that
said “good”. So a seal is also judged by what the register says and by the newest answer the seal server signed.
Each can only speak against a seal: an answer that was signed stands though somebody put the register's row back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509
from cryptography.x509 import ReasonFlags, ocsp
from sqlalchemy.orm import Session

from portal.seals import certificates, queries
from portal.seals.lifecycle import SealState
from portal.seals.models import CertificateStatus, UnitSeal


@dataclass(frozen=True)
class Fate:
    """What became of a certificate: revoked or on hold since `at`, or still good."""

    at: datetime | None = None
    on_hold: bool = False

    def ended_by(self, moment: datetime | None) -> bool:
        """Tell whether it was over at `moment`."""
        return self.at is not None and moment is not None and self.at <= moment


GOOD = Fate()
Knowledge = Callable[[x509.Certificate], Fate | None]
"""Asked for a certificate; None is answered where nothing is known here."""


def known_in(session: Session) -> Knowledge:
    """What this installation knows."""

    def fate(certificate: x509.Certificate) -> Fate | None:
        serial = certificates.serial_hex(certificate)
        seal = queries.by_certificate_serial(session, serial)
        said = [_answered(session, serial), _registered(seal) if seal is not None else None]
        return worst(said)

    return fate


def worst(said: list[Fate | None]) -> Fate | None:
    """The earliest end of all that are told; a revocation counts for more than a hold."""
    ends = [one for one in said if one is not None and one.at is not None]
    if ends:
        return Fate(min(one.at for one in ends if one.at), all(one.on_hold for one in ends))
    return GOOD if any(one is not None for one in said) else None


def _registered(seal: UnitSeal) -> Fate:
    """What the register says; a seal revoked while it was on hold has been over since the hold began."""
    if seal.state == SealState.IN_CUSTODY:
        return GOOD
    on_hold = seal.state == SealState.SUSPENDED
    moments = [seal.suspended_at] if on_hold else [seal.suspended_at, seal.revoked_at]
    return Fate(min((moment for moment in moments if moment), default=seal.made_at), on_hold)


def _answered(session: Session, serial: str) -> Fate | None:
    """What the seal server last signed of the certificate."""
    status = session.get(CertificateStatus, serial)
    try:
        answer = ocsp.load_der_ocsp_response(status.response if status is not None else b"")
        if answer.certificate_status is not ocsp.OCSPCertStatus.REVOKED:
            return GOOD
        return Fate(answer.revocation_time_utc, answer.revocation_reason == ReasonFlags.certificate_hold)
    except ValueError:
        return None
