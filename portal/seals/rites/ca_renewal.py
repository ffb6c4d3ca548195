"""A longer life for the Seal CA: a new certificate over the same key, pinned anew (K-1)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.authority import ROOT_YEARS, load_certificate
from hsm.custody import certificate_digest
from hsm.orders import RenewCa
from hsm.transcript import Transcript
from portal.core import runtime as runtimes
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import device
from portal.seals.models import Ceremony, UnitSeal


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> RenewCa:
    """The full span of years, from now."""
    return RenewCa(ceremony.application_hash, ROOT_YEARS)


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """Pin the new certificate, for the seal server and for everyone who verifies.

    Seals and documents of before verify under it as under the old one: key, name and beginning are the same.
    """
    renewed = load_certificate(str(transcript.facts["ca_certificate_pem"]))
    old = device.current().root
    if renewed.public_key() != old.public_key() or renewed.subject != old.subject:
        raise Refused("The new certificate isn't one of this Seal CA.")
    device.current().pin_root(renewed, runtimes.current().settings.seal_ca_file)
    record(
        Event.CEREMONY_CA_RENEWED,
        subject=ceremony,
        actor=ceremony.called_by,
        fingerprint=certificate_digest(renewed),
        ends=renewed.not_valid_after_utc.isoformat(),
    )
    return []
