"""Revoking and destroying seals: list signed, keys destroyed (S-9, GZ25)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.orders import DestroyKeys
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.seals.models import Ceremony, UnitSeal
from portal.seals.rites import ending


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> DestroyKeys:
    """The list with these seals in it, then the end of their keys; keys that are gone already are only noted."""
    seals = ending.named_seals(session, ceremony)
    return DestroyKeys(
        approval=ceremony.application_hash,
        labels=tuple(seal.key_label for seal in seals),
        keys=ending.keys_of(seals, ceremony),
        crl_number=ending.next_number(session),
        revoked=ending.revocations(session, seals, ending.reason_for(ceremony)),
    )


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """Revoked, then destroyed."""
    seals = ending.named_seals(session, ceremony)
    ending.end(session, ceremony, seals, transcript, ending.reason_for(ceremony))
    return seals
