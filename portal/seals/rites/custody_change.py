"""Changing who keeps a seal: a new record over the same certificate (S-6), or over one approved with it (S-7)."""

from __future__ import annotations

import base64

from cryptography import x509
from sqlalchemy.orm import Session

from hsm.authority import is_issued_by, load_certificate
from hsm.orders import CustodyOrder, SignCustody
from hsm.signers import to_asn1
from hsm.transcript import MadeRecord, Transcript
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import custody, custody_check, device, fitness, former, other_certificates, queries
from portal.seals.certificates import serial_hex
from portal.seals.models import Ceremony, SealClass, SealKeeper, UnitSeal
from portal.seals.operations import call_off_waiting
from portal.seals.rites import ending, making

NOT_THE_OTHER = N_(
    "The certificate brought in isn't one that the other authority in the seal server's settings issued itself. Have "
    "the settings put right, or bring in another certificate."
)
CHANGED = N_("The seal's keepers were changed. Ask for the stamp again.")


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> SignCustody:
    """One new record a seal, from the approved application. Raises Refused when a keeper or a seal has gone."""
    seals = live_seals(session, ceremony)
    making.require_keepers(session, ceremony.application, runtime.rules, ending.classes_of(seals))
    return SignCustody(ceremony.application_hash, tuple(_order(session, ceremony, seal) for seal in seals))


def keep(session: Session, ceremony: Ceremony, transcript: Transcript) -> list[UnitSeal]:
    """New record, new keepers; what the old ones had begun to approve is called off."""
    seals = live_seals(session, ceremony)
    for seal, made in zip(seals, transcript.records, strict=True):
        take_record(seal, ceremony, made)
        if other_certificates.approved_for(ceremony.application, seal):
            _take_certificate(seal, made)
        seal_class = SealClass(seal.seal_class)
        seal.threshold = making.threshold_of(ceremony.application, seal_class)
        ids = custody.keeper_ids(ceremony.application, seal_class)
        staying = {keeper.person_id: keeper for keeper in seal.keepers}
        seal.keepers = [staying.get(person_id) or SealKeeper(person_id=person_id) for person_id in ids]
        call_off_waiting(session, seal, CHANGED)
        record(
            Event.SEAL_CUSTODY_CHANGED,
            subject=seal,
            actor=ceremony.called_by,
            unit_id=seal.unit_id,
            keepers=ids,
            threshold=seal.threshold,
            sequence=ceremony.number,
        )
    return seals


def _take_certificate(seal: UnitSeal, made: MadeRecord) -> None:
    """From now on the seal has the certificate that its record binds: another authority's."""
    former.keep(seal)
    certificate = x509.load_pem_x509_certificate(made.certificate_pem.encode())
    seal.certificate, seal.imported_certificate = made.certificate_pem, None
    seal.certificate_serial = serial_hex(to_asn1(certificate))
    seal.valid_from, seal.valid_until = certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _order(session: Session, ceremony: Ceremony, seal: UnitSeal) -> CustodyOrder:
    """New keepers; the face and everything else of the seal as an earlier ceremony signed it, not as the row says.

    A suspended seal stays so, and the seal server knows it from now on, whatever the row says afterwards.
    """
    custody_check.require_newer(seal, ceremony.number)
    custody_check.hold_suspended(seal, ceremony.number)
    before = custody.read(custody_check.genuine_record(seal)[0])
    facts = making.custody_facts(
        session,
        ceremony,
        SealClass(seal.seal_class),
        seal.face_digest,
        diameter_mm=seal.diameter_mm,
        former=before,
    )
    other = other_certificates.approved_for(ceremony.application, seal)
    if other is not None:
        _require_bindable(seal, other)
    return CustodyOrder(other or seal.certificate, facts, seal.key_label)


def _require_bindable(seal: UnitSeal, pem: str) -> None:
    """The device would bind this certificate, and the seal could stamp with it. Raises Refused, Invalid."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise Refused(NOT_THE_OTHER) from error
    fitness.require_fit(certificate, seal)
    other = device.current().settings.other_issuer.ca_certificate_pem
    if not other or not is_issued_by(certificate, load_certificate(other)):
        raise Refused(NOT_THE_OTHER)


def live_seals(session: Session, ceremony: Ceremony) -> list[UnitSeal]:
    """The seals named. Raises Refused when one was revoked meanwhile."""
    seals = ending.named_seals(session, ceremony)
    if any(seal.state not in queries.LIVE_SEALS for seal in seals):
        raise Refused("A seal this application names was revoked meanwhile.")
    return seals


def take_record(seal: UnitSeal, ceremony: Ceremony, made: MadeRecord) -> None:
    """Put a newly signed record into the register; older ones don't count any more, by their sequence."""
    seal.custody_record = made.custody_record.decode()
    seal.custody_signature = base64.b64encode(made.custody_signature).decode()
    seal.custody_sequence = ceremony.number
