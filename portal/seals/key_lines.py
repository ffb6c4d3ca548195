"""The hardware keys that an application is about, as the room, its page and the paper form show them (S-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.core.text import N_
from portal.people.access_models import SecurityKey
from portal.seals import custody, keeper_keys, listing, queries
from portal.seals.custody import Custody, Keeper
from portal.seals.models import ApplicationKind, SealApplication


class Mark(StrEnum):
    """What is worth a second look at a key."""

    NEW = "new"
    LOST = "lost"
    NONE = "none"


MARK_LABELS = {
    Mark.NEW: N_("new: no record names it so far"),
    Mark.LOST: N_("reported lost: it doesn't come back"),
    Mark.NONE: N_("no hardware key: a code is enough"),
}


@dataclass(frozen=True)
class KeyLine:
    """One key of a keeper, or that there is none."""

    keeper: str
    key: str = ""
    fingerprint: str = ""
    mark: Mark | None = None


def of(session: Session, application: SealApplication) -> list[KeyLine]:
    """The keys the ceremony puts on record; where a suspension is lifted, those on record, the lost ones marked."""
    kept = list(_records(session, application))
    if application.kind == ApplicationKind.UNFREEZE:
        keepers = {person_id: keeper for record in kept for person_id, keeper in record.keepers.items()}
        return [line for keeper in keepers.values() for line in _on_record(session, keeper)]
    return list(_named(session, application, kept)) if keeper_keys.are_named(application) else []


def _named(session: Session, application: SealApplication, kept: list[Custody]) -> Iterator[KeyLine]:
    known = {key.credential_id for record in kept for keeper in record.keepers.values() for key in keeper.keys}
    people = listing.people_named(session, list(dict.fromkeys([*application.custodian_ids, *application.holder_ids])))
    for person in people:
        keys = keeper_keys.of(application, person.id)
        for key in keys:
            new = Mark.NEW if kept and key.credential_id not in known else None
            yield KeyLine(person.name, key.name, key.fingerprint, new)
        if not keys:
            yield KeyLine(person.name, mark=Mark.NONE)


def _on_record(session: Session, keeper: Keeper) -> Iterator[KeyLine]:
    ids = [key.credential_id for key in keeper.keys]
    ended = select(SecurityKey.credential_id).where(
        SecurityKey.credential_id.in_(ids), SecurityKey.revoked_at.is_not(None)
    )
    lost = set(session.scalars(ended))
    for key in keeper.keys:
        fingerprint = keeper_keys.fingerprint(keeper_keys.digest_of(key.public_key))
        mark = Mark.LOST if key.credential_id in lost else None
        yield KeyLine(keeper.name or keeper.account, key.name, fingerprint, mark)
    if not keeper.keys:
        yield KeyLine(keeper.name or keeper.account, mark=Mark.NONE)


def _records(session: Session, application: SealApplication) -> Iterator[Custody]:
    """Of the seals concerned, as their rows tell; the seal server reads them for itself."""
    for seal in queries.seals_named(session, application.seal_ids):
        try:
            yield custody.of(seal)
        except Refused:
            continue
