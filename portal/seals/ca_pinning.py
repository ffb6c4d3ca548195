"""Trusting a renewed certificate of the Seal CA: after the register has committed its ceremony, and as often as needed.

What decides is the account in the register, signed by the pinned custody key. A process killed between the commit and
the last of the files is caught up with by the next run: of the job promised with the ceremony, or of the hourly one.
"""

from __future__ import annotations

from collections.abc import Iterator

import structlog
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm import authority
from hsm.errors import HsmError
from hsm.orders import RenewCa
from hsm.transcript import Transcript
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.seals import device
from portal.seals.lifecycle import CeremonyState
from portal.seals.models import ApplicationKind, Ceremony, SealApplication

log = structlog.get_logger(__name__)
PIN_JOB = "portal.seals.ca_pinning.pin"


@job()
def pin(runtime: Runtime, session: Session) -> None:
    """Pin what the newest renewal signed (K-1)."""
    bring_in(runtime, session)


def bring_in(runtime: Runtime, session: Session) -> None:
    """Pin the certificate that lasts longest, and publish it; nothing where that is done already.

    An older account put back into the register shortens nothing.
    """
    held = device.current()
    newest = max([held.root, *_renewed(session)], key=lambda certificate: certificate.not_valid_after_utc)
    public = runtime.settings.seal_ca_file
    published = public.read_text() if public.exists() else ""
    if newest != held.root or (published and published != authority.to_pem(newest)):
        held.pin_root(newest, public)
        log.info("renewed certificate of the Seal CA pinned", ends=newest.not_valid_after_utc.isoformat())


def is_of_this_authority(certificate: x509.Certificate) -> bool:
    """Whether it is over the key and under the name of the pinned Seal CA."""
    root = device.current().root
    return certificate.public_key() == root.public_key() and certificate.subject == root.subject


def _renewed(session: Session) -> Iterator[x509.Certificate]:
    """What signed accounts of renewals hold."""
    statement = (
        select(Ceremony)
        .join(Ceremony.application)
        .where(Ceremony.state == CeremonyState.DONE, SealApplication.kind == ApplicationKind.RENEW_CA)
    )
    for ceremony in session.scalars(statement.order_by(Ceremony.id)):
        try:
            transcript = Transcript.from_json(ceremony.transcript or {})
            transcript.verify(device.current().settings.pinned.custody_public_key_pem)
            certificate = authority.load_certificate(str(transcript.facts["ca_certificate_pem"]))
        except (HsmError, KeyError, ValueError) as error:
            log.warning("an account of a renewal isn't genuine", ceremony=ceremony.id, error=type(error).__name__)
            continue
        if transcript.facts["action"] == RenewCa.name and is_of_this_authority(certificate):
            yield certificate
