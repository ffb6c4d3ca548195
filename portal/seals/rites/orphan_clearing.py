"""Clearing keys that broken ceremonies left on the device: nobody can use them, and nobody should wonder about them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.orders import ClearOrphans
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals.models import Ceremony, UnitSeal
from portal.seals.rites import ending


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> ClearOrphans:
    """Everything on the device that is in no register and never was."""
    return ClearOrphans(ceremony.application_hash, ending.kept_labels(session))


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """Record which keys were destroyed."""
    record(
        Event.CEREMONY_ORPHANS_CLEARED,
        subject=ceremony,
        actor=ceremony.called_by,
        labels=list(transcript.facts["orphans"]),
    )
    return []
