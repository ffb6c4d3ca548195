"""A longer life for the Seal CA: a new certificate over the same key, pinned anew (K-1)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.authority import ROOT_YEARS, load_certificate
from hsm.custody import certificate_digest
from hsm.orders import RenewCa
from hsm.transcript import Transcript
from portal.core.errors import Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import ca_pinning
from portal.seals.models import Ceremony, UnitSeal


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> RenewCa:
    """The full span of years, from now."""
    return RenewCa(ceremony.application_hash, ROOT_YEARS)


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """Promise that the new certificate is pinned, for the seal server and for everyone who verifies, after the commit.

    Seals and documents of before verify under it as under the old one: key, name and beginning are the same.
    """
    renewed = load_certificate(str(transcript.facts["ca_certificate_pem"]))
    if not ca_pinning.is_of_this_authority(renewed):
        raise Refused("The new certificate isn't one of this Seal CA.")
    enqueue(session, Queue.SEAL, ca_pinning.PIN_JOB)
    record(
        Event.CEREMONY_CA_RENEWED,
        subject=ceremony,
        actor=ceremony.called_by,
        fingerprint=certificate_digest(renewed),
        ends=renewed.not_valid_after_utc.isoformat(),
    )
    return []
