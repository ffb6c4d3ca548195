"""Replacing and changing seals: new ones are made and the old ones end in one opening of the device (S-9, GZ25)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hsm.orders import ReplaceSeals
from hsm.transcript import Transcript
from portal.core.runtime import Runtime
from portal.seals import custody, custody_check
from portal.seals.models import Ceremony, SealClass, UnitSeal
from portal.seals.rites import ending, making


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> ReplaceSeals:
    """New seals of the classes of the old ones, then the list, then the old keys' end."""
    old = ending.named_seals(session, ceremony)
    classes = ending.classes_of(old)
    making.require_keepers(session, ceremony.application, runtime.rules, classes)
    former = {SealClass(seal.seal_class): custody.read(custody_check.genuine_record(seal)[0]) for seal in old}
    return ReplaceSeals(
        approval=ceremony.application_hash,
        seals=making.orders(runtime, session, ceremony, classes, former),
        known_labels=ending.kept_labels(session),
        labels=tuple(seal.key_label for seal in old),
        keys=ending.keys_of(old, ceremony),
        crl_number=ending.next_number(session),
        revoked=ending.revocations(session, old, ending.reason_for(ceremony)),
    )


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """The old ones first: a unit has one live seal of a class."""
    old = ending.named_seals(session, ceremony)
    ending.end(session, ceremony, old, transcript, ending.reason_for(ceremony))
    session.flush()
    return [*making.keep(session, ceremony, transcript, ending.classes_of(old)), *old]
