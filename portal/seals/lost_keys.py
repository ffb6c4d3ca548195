"""Hardware keys reported lost, as the seal server remembers them (S-6): no row that is put back revives one.

Only the seal server imports this module.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.people.access_models import SecurityKey
from portal.seals import device
from portal.seals.custody import KeyOnRecord


def learn(session: Session) -> None:
    """See which keys were reported lost or revoked so far."""
    ended = session.scalars(select(SecurityKey.credential_id).where(SecurityKey.revoked_at.is_not(None)))
    device.current().memory.refusals.lose(ended.all())


def is_lost(session: Session, credential_id: bytes) -> bool:
    """Whether a key was ever reported lost or revoked; what the register says now is remembered."""
    refusals = device.current().memory.refusals
    ended = select(SecurityKey.id).where(
        SecurityKey.credential_id == credential_id, SecurityKey.revoked_at.is_not(None)
    )
    if session.scalar(ended) is not None:
        refusals.lose([credential_id])
        return True
    return refusals.is_lost(credential_id)


def require_not_lost(session: Session, key: KeyOnRecord) -> None:
    """A key reported lost consents to nothing any more, also to what waited for the seal server. Raises Refused."""
    if is_lost(session, key.credential_id):
        raise Refused("A hardware key that consented was reported lost or revoked.")
