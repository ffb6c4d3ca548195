"""The shares of a ceremony as the seal server has them: encrypted, to be opened by the child alone."""

from __future__ import annotations

from hsm.sealed_shares import SealedShares
from hsm.shares import Holder
from portal.seals import device
from portal.seals.models import Ceremony, Seat

HOLDERS = {Holder.A: Seat.SECRECY_OFFICE, Holder.B: Seat.INFORMATION_CENTRE}


def sealed_shares(ceremony: Ceremony) -> SealedShares:
    """What both operators handed over, and the ceremony's key."""
    given = {row.seat: row.share or "" for row in ceremony.seats}
    private_key, application_hash = device.current().prepared.opens_with(ceremony.id)
    return SealedShares(
        private_key, application_hash, ceremony.id, HOLDERS, {holder: given[seat] for holder, seat in HOLDERS.items()}
    )
