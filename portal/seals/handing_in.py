"""What must be back at the secrecy office before a ceremony (GZ25)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.seals import carriers, queries
from portal.seals.models import SealApplication, UnitSeal


def outstanding(session: Session, application: SealApplication) -> Sequence[UnitSeal]:
    """The seals of an application that must be handed in and aren't: damaged ones, and those whose name changes."""
    if not application.details.get("hand_in"):
        return ()
    named = queries.seals_named(session, application.seal_ids)
    return [seal for seal in named if seal.returned_at is None and not carriers.all_back(session, seal)]


def require_handed_in(session: Session, application: SealApplication) -> None:
    """Raise Refused naming the first seal that isn't back."""
    for seal in outstanding(session, application):
        raise Refused("The seal %(name)s must be handed in to the secrecy office first.", name=seal.name)
