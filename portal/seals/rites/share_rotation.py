"""New shares for both offices (S-5). The shares themselves never pass here: see `hsm.rotation`."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.orders import RotateShares
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals.models import Ceremony, UnitSeal


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> RotateShares:
    """Exchange the PINs."""
    return RotateShares(ceremony.application_hash)


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """The verifiers are in the seal server's settings already; here it is only recorded."""
    record(Event.CEREMONY_SHARES_ROTATED, subject=ceremony, actor=ceremony.called_by)
    return []
