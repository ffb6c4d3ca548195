"""The hardware keys a ceremony signs: those its application names, and only as they were approved (S-6).

The public key of a keeper who stays comes from the record a ceremony signed before, another's from the table of keys;
either must bear the approved digest. So a key that is slipped into the table before a ceremony is on no record.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.people.access_models import SecurityKey
from portal.people.models import Person
from portal.seals import keeper_keys, lost_keys
from portal.seals.custody import Custody, KeyOnRecord
from portal.seals.keeper_keys import NamedKey
from portal.seals.models import SealApplication

log = structlog.get_logger(__name__)


def of_keepers(
    session: Session, application: SealApplication, people: Iterable[Person], former: Custody | None
) -> dict[int, tuple[KeyOnRecord, ...]]:
    """The approved keys of these people that weren't lost since, by person. `former`: the record signed before.

    Raises Refused when a key isn't the approved one, or when nothing is left of somebody's: a code must not be enough
    for them because their keys went.
    """
    keeper_keys.require_named(application)
    return {person.id: _keys(session, application, person, former) for person in people}


def _keys(
    session: Session, application: SealApplication, person: Person, former: Custody | None
) -> tuple[KeyOnRecord, ...]:
    approved = keeper_keys.of(application, person.id)
    found = [key for one in approved if (key := _found(session, person, one, former)) is not None]
    if approved and not found:
        raise Refused(
            "None of the hardware keys of %(name)s that were approved is left. The unit withdraws this application and "
            "applies anew.",
            name=person.name,
        )
    # Whoever guards the seal server compares this with the paper form (docs/operations.md).
    log.info(
        "keys of a keeper go on record",
        application=application.id,
        keeper=person.name,
        account=person.account,
        keys=[f"{key.name} {keeper_keys.fingerprint(keeper_keys.digest_of(key.public_key))}" for key in found],
    )
    return tuple(found)


def _found(session: Session, person: Person, approved: NamedKey, former: Custody | None) -> KeyOnRecord | None:
    """The approved key; None for one that was lost since. Raises Refused when another has taken its place."""
    if lost_keys.is_lost(session, approved.credential_id):
        return None
    of_person = (SecurityKey.credential_id == approved.credential_id, SecurityKey.person_id == person.id)
    keeper = former.keepers.get(person.id) if former else None
    key = keeper.key(approved.credential_id) if keeper else None
    public_key = key.public_key if key else session.scalar(select(SecurityKey.public_key).where(*of_person)) or b""
    if keeper_keys.digest_of(public_key) != approved.digest:
        log.error("a keeper's hardware key isn't the approved one", person=person.id, approved=approved.fingerprint)
        raise Refused(
            "The register holds another hardware key of %(name)s than was approved. Somebody may have changed it: tell "
            "the security administrator.",
            name=person.name,
        )
    return KeyOnRecord(approved.credential_id, public_key, approved.name)
