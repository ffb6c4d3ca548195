"""Signed answers about certificates (OCSP, K-2): one that is no longer true is served no more, from the commit on.

The seal server signs the new answer within moments; until then whoever asks is told to ask again, never what was so
before.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.seals.models import CertificateStatus

BEING_SIGNED = b""


def outdate(session: Session, serial: str) -> None:
    """Serve the answer about a certificate no more. Its seal, or its line in the register, is locked by the caller."""
    session.execute(
        update(CertificateStatus)
        .where(CertificateStatus.serial == serial)
        .values(response=BEING_SIGNED)
        .execution_options(synchronize_session="fetch")
    )
