"""Certificates that a seal had before: what they were used for is verified as long as it is kept.

A ceremony that binds another authority's certificate to a seal's key (S-7) takes nothing from the old one: documents
and copies name it for good, and it is answered for and listed until it ends.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.seals.former_models import FormerCertificate
from portal.seals.models import UnitSeal


def keep(seal: UnitSeal) -> None:
    """Keep the certificate a seal has, before another one takes its place."""
    known = FormerCertificate(
        serial=seal.certificate_serial, seal_id=seal.id, certificate=seal.certificate, replaced_at=now()
    )
    session_of(seal).merge(known)


def by_seal(session: Session) -> dict[int, list[str]]:
    """PEM of the certificates that seals had before; few seals ever change theirs."""
    found: dict[int, list[str]] = {}
    rows = session.execute(select(FormerCertificate.seal_id, FormerCertificate.certificate))
    for seal_id, certificate in rows:
        found.setdefault(seal_id, []).append(certificate)
    return found
