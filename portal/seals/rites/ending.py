"""What rites share that end seals: which seals are meant, the revocation list, revoked and destroyed in the register.

A ceremony can be killed after a key was destroyed and before the register says so. `settle` finds that out by asking
the device: the seal's record ends then as well, so that none stands without its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm.authority import Revocation
from hsm.keys import SEAL_PREFIX, key_labels
from hsm.orders import RevokedSeal
from hsm.transcript import Transcript
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Refused
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import answers, custody_check, device, queries, standings
from portal.seals.lifecycle import SEAL, SealAct, SealState
from portal.seals.models import ApplicationKind, Ceremony, SealClass, UnitSeal
from portal.seals.operations import call_off_waiting, lock_waiting
from portal.seals.revocation_models import CeremonyList, Reason

ENDING = (ApplicationKind.REPLACE, ApplicationKind.CHANGE, ApplicationKind.DESTROY)
"""Kinds whose ceremony ends the seals it names."""
CLEARING = (ApplicationKind.MAKE, ApplicationKind.REPLACE, ApplicationKind.CHANGE, ApplicationKind.CLEAR_ORPHANS)
"""Kinds whose ceremony destroys what broken ones left on the device."""
IN_THE_LIST = {
    Reason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    Reason.CESSATION: x509.ReasonFlags.cessation_of_operation,
    Reason.SUPERSEDED: x509.ReasonFlags.superseded,
    Reason.AFFILIATION_CHANGED: x509.ReasonFlags.affiliation_changed,
}
log = structlog.get_logger(__name__)
BROKEN_OFF = "key destroyed in a ceremony that was broken off"
ENDED = N_("The seal was replaced or destroyed before it was stamped.")


def named_seals(session: Session, ceremony: Ceremony) -> list[UnitSeal]:
    """The seals the application names, locked, signature seal first. Raises Refused unless all are of its unit.

    What waits for a stamp of theirs is locked before: whoever stamps takes its request first and its seal second.
    """
    application = ceremony.application
    lock_waiting(session, application.seal_ids)
    statement = select(UnitSeal).where(UnitSeal.id.in_(application.seal_ids)).with_for_update(of=UnitSeal)
    found = session.scalars(statement.order_by(UnitSeal.id).execution_options(populate_existing=True)).all()
    of_unit = [seal for seal in found if seal.unit_id == application.unit_id]
    if not of_unit or len(of_unit) != len(set(application.seal_ids)):
        raise Refused("The seals this application names are not all of its unit.")
    return sorted(of_unit, key=lambda seal: list(SealClass).index(SealClass(seal.seal_class)))


def keys_of(seals: Iterable[UnitSeal], ceremony: Ceremony) -> tuple[str, ...]:
    """SHA-256 of each seal's public key, for the device to compare before it destroys what a label names.

    From the certificate that a ceremony's record binds to the applying unit, so that a changed row can't name another
    unit's key. Raises Refused.
    """
    digests = []
    for seal in seals:
        facts, certificate = custody_check.genuine_record(seal)
        if facts.get("unit") != ceremony.application.unit_code:
            raise Refused("The custody record belongs to another seal.")
        digests.append(custody_check.public_key_digest(certificate))
    return tuple(digests)


def kept_labels(session: Session) -> tuple[str, ...]:
    """The labels of keys that are no left-overs: those in the register, and those it had once.

    A key of which this seal server has seen a custody record was in the register. It isn't destroyed because a row
    was changed, or because an older database was restored. Raises HsmError.
    """
    strays, left = _strays(session), left_overs(session)
    kept = tuple(label for label in strays if label not in left)
    if kept:
        log.error("keys of seals that the register doesn't name any more are left alone", labels=kept)
    return queries.key_labels(session) + kept


def left_overs(session: Session) -> list[str]:
    """Labels of the keys that broken ceremonies left: no row names them, and no custody record of them was ever seen.

    Raises HsmError.
    """
    held, strays = device.current(), _strays(session)
    digests = held.key_digests(strays)
    known = held.memory.known(digests.values())
    return [label for label in strays if digests.get(label) not in known]


def _strays(session: Session) -> list[str]:
    """Labels of seal keys on the device that no row names."""
    registered = set(queries.key_labels(session))
    return [label for label in key_labels(device.current().token(), SEAL_PREFIX) if label not in registered]


def require_made(seals: Iterable[UnitSeal], transcript: Transcript) -> None:
    """Each key that the account says was made is on the device now. Raises Refused, so that no record lacks its key."""
    made = {record.key_label for record in transcript.records if record.key_label}
    new = [seal for seal in seals if seal.key_label in made]
    found = device.current().key_digests(seal.key_label for seal in new)
    for seal in new:
        certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
        if found.get(seal.key_label) != custody_check.public_key_digest(certificate):
            raise Refused("A key that was made in this ceremony isn't on the device any more. Call a new ceremony.")


def classes_of(seals: Iterable[UnitSeal]) -> list[SealClass]:
    """The classes of these seals, each once."""
    return [seal_class for seal_class in SealClass if any(seal.seal_class == seal_class for seal in seals)]


def next_number(session: Session) -> int:
    """A number for the next list: the time, so that two ceremonies never take the same one."""
    last = session.scalars(select(CeremonyList.number).order_by(CeremonyList.number.desc()).limit(1)).first() or 0
    return max(int(now().timestamp()), last + 1)


def revocations(session: Session, ending: Sequence[UnitSeal], reason: Reason) -> tuple[RevokedSeal, ...]:
    """Every seal that is on hold or revoked so far and those that end now, for the list.

    A seal on hold has been over since its hold began, whatever it is revoked for.
    """
    keys, entries = {_key_of(seal) for seal in ending}, []
    for one in standings.of_seals(session):
        entry = one.revocation
        if one.revoked_at is None and custody_check.public_key_digest(one.certificate) in keys:
            entry = Revocation(one.certificate.serial_number, one.held_since or _next_second(), IN_THE_LIST[reason])
        if entry is not None:
            entries.append(RevokedSeal(entry.serial, entry.at.isoformat(), entry.reason.value if entry.reason else ""))
    return tuple(entries)


def keep_list(session: Session, ceremony: Ceremony, transcript: Transcript) -> x509.CertificateRevocationList:
    """Keep the list the ceremony signed, to be published."""
    pem = str(transcript.facts["crl_pem"])
    signed = x509.load_pem_x509_crl(pem.encode())
    number = signed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    session.add(CeremonyList(number=number, ceremony_id=ceremony.id, pem=pem, signed_at=now()))
    return signed


def end(
    session: Session,
    ceremony: Ceremony,
    seals: Sequence[UnitSeal],
    transcript: Transcript,
    reason: Reason,
) -> None:
    """Enter into the register that these seals are revoked and their keys destroyed, as the device has done."""
    signed = keep_list(session, ceremony, transcript)
    for seal in seals:
        entry = signed.get_revoked_certificate_by_serial_number(int(seal.certificate_serial, 16))
        at = entry.revocation_date_utc if entry is not None else now()
        revoke(seal, ceremony, at, reason, ceremony.application.reason)
        _destroyed(seal, ceremony, found=seal.key_label in transcript.facts["destroyed"])
        call_off_waiting(session, seal, ENDED)
    standings.learn(session, seals)  # what the list says is taken back by no database


def revoke(seal: UnitSeal, ceremony: Ceremony, at: datetime, reason: Reason, why: str) -> None:
    """Revoke a seal that isn't yet."""
    if seal.state in (SealState.REVOKED, SealState.DESTROYED):
        return
    seal.state = SEAL.advance(seal.state, SealAct.REVOKE)
    seal.revoked_at, seal.revoked_reason = at, IN_THE_LIST[reason].name
    answers.outdate(session_of(seal), seal.certificate_serial)
    record(Event.SEAL_REVOKED, subject=seal, actor=ceremony.called_by, unit_id=seal.unit_id, reason=why)


def settle(session: Session, ceremony: Ceremony) -> list[UnitSeal]:
    """End the record of every seal whose key an earlier, broken ceremony has destroyed; those seals.

    Raises HsmError, and Refused for a seal whose label names another key, or whose key bears another label.
    """
    ended: list[UnitSeal] = []
    if ApplicationKind(ceremony.application.kind) not in ENDING:
        return ended
    held = device.current()
    held.test_signature()  # a device that was unplugged shows no keys either
    present = set(key_labels(held.token(), SEAL_PREFIX))
    for seal in named_seals(session, ceremony):
        if seal.state == SealState.DESTROYED:
            continue
        (own,) = keys_of([seal], ceremony)
        if seal.key_label in present:
            if held.key_digests([seal.key_label]).get(seal.key_label, own) != own:
                raise Refused(device.OTHER_KEY)
            continue
        if own in held.key_digests(_strays(session)).values():
            raise Refused(device.OTHER_KEY)
        revoke(seal, ceremony, now(), reason_for(ceremony), BROKEN_OFF)
        _destroyed(seal, ceremony, found=False)
        call_off_waiting(session, seal, ENDED)
        ended.append(seal)
    return ended


def reason_for(ceremony: Ceremony) -> Reason:
    """Why the seals of this application end: as it says, else what its kind means."""
    application = ceremony.application
    said = application.details.get("reason")
    if said in set(Reason):
        return Reason(said)
    return {
        ApplicationKind.REPLACE: Reason.SUPERSEDED,
        ApplicationKind.CHANGE: Reason.AFFILIATION_CHANGED,
    }.get(ApplicationKind(application.kind), Reason.CESSATION)


def _destroyed(seal: UnitSeal, ceremony: Ceremony, *, found: bool) -> None:
    if seal.state == SealState.DESTROYED:
        return
    seal.state, seal.destroyed_at = SEAL.advance(seal.state, SealAct.DESTROY), now()
    record(
        Event.SEAL_DESTROYED,
        subject=seal,
        actor=ceremony.called_by,
        unit_id=seal.unit_id,
        key_label=seal.key_label,
        found=found,
    )


def _next_second() -> datetime:
    """Lists know whole seconds only: nothing sealed within this one may seem to be sealed afterwards."""
    return now().replace(microsecond=0) + timedelta(seconds=1)


def _key_of(seal: UnitSeal) -> str:
    return custody_check.public_key_digest(x509.load_pem_x509_certificate(seal.certificate.encode()))
