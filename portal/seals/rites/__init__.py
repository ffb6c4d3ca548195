"""What a ceremony does, one module a kind of application: the order to the device, and what is kept of its answer."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from hsm.orders import Action
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.seals.models import ApplicationKind, Ceremony, UnitSeal
from portal.seals.rites import (
    ca_renewal,
    custody_change,
    destroying,
    making,
    orphan_clearing,
    replacing,
    share_rotation,
    unfreezing,
)


class Rite(Protocol):
    """One kind of ceremony, as a module with two functions."""

    def order(self, runtime: Runtime, session: Session, ceremony: Ceremony) -> Action:
        """What the device is to do, from the approved application alone. Raises Refused when it can't be done now."""
        ...

    def keep(self, session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
        """Enter the device's answer into the register; the seals concerned."""
        ...


RITES: dict[ApplicationKind, Rite] = {
    ApplicationKind.MAKE: making,
    ApplicationKind.REPLACE: replacing,
    ApplicationKind.CHANGE: replacing,
    ApplicationKind.CHANGE_CUSTODY: custody_change,
    ApplicationKind.UNFREEZE: unfreezing,
    ApplicationKind.DESTROY: destroying,
    ApplicationKind.ROTATE_SHARES: share_rotation,
    ApplicationKind.RENEW_CA: ca_renewal,
    ApplicationKind.CLEAR_ORPHANS: orphan_clearing,
}


def rite_of(ceremony: Ceremony) -> Rite:
    """The rite of the ceremony's application."""
    return RITES[ApplicationKind(ceremony.application.kind)]
