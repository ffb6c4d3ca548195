"""Lifting a suspension: only a ceremony does that, and signs the custody record anew (S-12)."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.orm import Session

from hsm.custody import CERTIFICATE_FIELD
from hsm.orders import CustodyOrder, SignCustody
from hsm.transcript import Transcript
from portal.core.errors import Refused
from portal.core.rules import ExchangeRules
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import answers, custody, custody_check, lost_keys
from portal.seals.custody import Custody, Keeper
from portal.seals.lifecycle import SEAL, SealAct, SealState
from portal.seals.models import Ceremony, UnitSeal
from portal.seals.rites import ending
from portal.seals.rites.custody_change import take_record

log = structlog.get_logger(__name__)


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> SignCustody:
    """The same custody under a new sequence, without the keys that were lost and without who can't act any more.

    Raises Refused when a seal isn't suspended, has too few keepers, or keepers without the keys the rules demand.
    """
    seals = _suspended(session, ceremony)
    facts = [_facts(session, ceremony, seal, runtime.rules) for seal in seals]
    records = [CustodyOrder(seal.certificate, said, seal.key_label) for seal, said in zip(seals, facts, strict=True)]
    return SignCustody(ceremony.application_hash, tuple(records))


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """In custody again; a seal that was handed back is handed out again with it."""
    seals = _suspended(session, ceremony)
    for seal, made in zip(seals, transcript.records, strict=True):
        take_record(seal, ceremony, made)
        _drop_keepers(seal)
        custody_check.lift(seal, ceremony.number)
        seal.state, seal.suspended_at = SEAL.advance(seal.state, SealAct.UNFREEZE), None
        # What was signed while it was on hold is no longer true.
        answers.outdate(session, seal.certificate_serial)
        seal.returned_at, seal.returned_by, seal.returned_note = None, None, None
        record(
            Event.SEAL_UNFROZEN, subject=seal, actor=ceremony.called_by, unit_id=seal.unit_id, sequence=ceremony.number
        )
    return seals


def _suspended(session: Session, ceremony: Ceremony) -> list[UnitSeal]:
    seals = ending.named_seals(session, ceremony)
    if any(seal.state != SealState.SUSPENDED for seal in seals):
        raise Refused("A seal this application names isn't suspended any more.")
    return seals


def _facts(session: Session, ceremony: Ceremony, seal: UnitSeal, rules: ExchangeRules) -> dict[str, Any]:
    """The newest record as it was signed, not as the register tells it, under this ceremony's number.

    Signing an old one anew would give the seal back to keepers it was taken from.
    """
    checked = custody_check.signed_record(seal)
    custody_check.require_newer(seal, ceremony.number)
    kept = checked.custody
    people = [session.get(Person, number) for number in kept.keepers]
    lost = _lost(session, kept)
    staying = [
        one
        for one in people
        if one and one.closed_at is None and one.unit_id == seal.unit_id and _can_act(kept.keepers[one.id], lost)
    ]
    left = {one.id for one in staying}
    if any(len(group.members & left) < group.needed for group in kept.groups):
        raise Refused("Too few of the seal's keepers are left. Change its custody first.")
    custody.require_keys_on_record(kept, staying, rules)
    changed = {"sequence": ceremony.number, "application": ceremony.application.content_hash}
    facts = {name: value for name, value in checked.facts.items() if name != CERTIFICATE_FIELD} | changed
    return _without(facts, left, lost)


def _lost(session: Session, kept: Custody) -> set[bytes]:
    """The keys on record that were reported lost: often the very reason of the suspension."""
    on_record = [key for keeper in kept.keepers.values() for key in keeper.keys]
    return {key.credential_id for key in on_record if lost_keys.is_lost(session, key.credential_id)}


def _can_act(keeper: Keeper, lost: set[bytes]) -> bool:
    """Whether a key of theirs is left. Who never had one acts by a code; who lost all mustn't begin to."""
    return not keeper.keys or any(key.credential_id not in lost for key in keeper.keys)


def _without(facts: dict[str, Any], left: set[int], lost: set[bytes]) -> dict[str, Any]:
    """The facts of a record with these keepers alone, and without the lost keys."""
    keepers = {number: said for number, said in facts["keepers"].items() if int(number) in left}
    for number, said in keepers.items():
        if isinstance(said, dict):  # of an older form it is the account alone
            usable = [key for key in said["keys"] if custody.bytes_of(key["id"]) not in lost]
            keepers[number] = {**said, "keys": usable}
    if gone := facts["keepers"].keys() - keepers.keys():
        log.warning("keepers who can't act any more are left out of a record", keepers=sorted(gone), lost=len(lost))
    groups = [
        {**group, "members": [number for number in group["members"] if number in left]}
        for group in facts.get("groups") or ()
    ]
    return {**facts, "keepers": keepers} | ({"groups": groups} if groups else {})


def _drop_keepers(seal: UnitSeal) -> None:
    """The register names whom the new record names."""
    on_record = custody.of(seal).keepers
    seal.keepers = [keeper for keeper in seal.keepers if keeper.person_id in on_record]
