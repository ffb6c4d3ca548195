"""Signed answers about certificates (OCSP, K-2): one that is no longer true is served no more, from the commit on.

The seal server signs the new answer within moments; until then whoever asks is told to ask again, never what was so
before.
"""

from __future__ import annotations

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.seals.former_models import FormerCertificate
from portal.seals.models import CertificateStatus, UnitSeal

BEING_SIGNED = b""


def outdate(session: Session, serial: str) -> None:
    """Serve the answer about a certificate no more, nor about those its seal had before.

    The seal, or its line in the register, is locked by the caller.
    """
    seal = select(UnitSeal.id).where(UnitSeal.certificate_serial == serial)
    before = select(FormerCertificate.serial).where(FormerCertificate.seal_id.in_(seal))
    session.execute(
        update(CertificateStatus)
        .where(or_(CertificateStatus.serial == serial, CertificateStatus.serial.in_(before)))
        .values(response=BEING_SIGNED)
        .execution_options(synchronize_session="fetch")
    )
