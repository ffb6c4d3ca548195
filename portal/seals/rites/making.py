"""Making a unit's seals: keys, certificates and custody records, the signature and the verification seal (GZ23)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from cryptography import x509
from sqlalchemy.orm import Session

from hsm.orders import MakeSeals, SealOrder
from hsm.signers import to_asn1
from hsm.transcript import MadeRecord, Transcript
from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.rules import ExchangeRules
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import custody, device, faces, keeper_keys
from portal.seals.certificates import serial_hex
from portal.seals.custody import Custody
from portal.seals.models import Ceremony, SealApplication, SealClass, SealKeeper, UnitSeal
from portal.seals.rites import approved_keys, ending
from portal.units.models import UnitKind

SIGNER = "pkcs11-p256"


def order(runtime: Runtime, session: Session, ceremony: Ceremony) -> MakeSeals:
    """Both seals of the unit, their faces drawn into the store. Raises Refused when a keeper has left."""
    require_keepers(session, ceremony.application, runtime.rules)
    return MakeSeals(
        approval=ceremony.application_hash,
        seals=orders(runtime, session, ceremony),
        known_labels=ending.kept_labels(session),
    )


def orders(
    runtime: Runtime,
    session: Session,
    ceremony: Ceremony,
    classes: Iterable[SealClass] = SealClass,
    former: Mapping[SealClass, Custody] | None = None,
) -> tuple[SealOrder, ...]:
    """One order a class of seal; `former`: the signed custody of seals that these take the place of."""
    drawn = {seal_class: _draw(runtime, ceremony.application, seal_class) for seal_class in classes}
    return tuple(
        _order(session, ceremony, seal_class, face, runtime.rules, (former or {}).get(seal_class))
        for seal_class, face in drawn.items()
    )


def keep(
    session: Session, ceremony: Ceremony, transcript: Transcript, classes: Iterable[SealClass] = SealClass
) -> list[UnitSeal]:
    """Enter the made seals into the register."""
    seals = [
        _register(session, ceremony, seal_class, made)
        for seal_class, made in zip(classes, transcript.records, strict=True)
    ]
    session.flush()
    for seal in seals:
        record(
            Event.SEAL_MADE,
            subject=seal,
            unit_id=seal.unit_id,
            seal_class=seal.seal_class,
            certificate=seal.certificate_serial,
            device_serial=seal.device_serial,
            signer=SIGNER,
        )
        record(
            Event.SEAL_IN_CUSTODY,
            subject=seal,
            unit_id=seal.unit_id,
            custodians=[keeper.person_id for keeper in seal.keepers],
        )
    return seals


def require_keepers(
    session: Session, application: SealApplication, rules: ExchangeRules, classes: Iterable[SealClass] = SealClass
) -> None:
    """Everybody named is still of the unit, in their role, and has the hardware key that the rules may demand.

    The record signed here can't be taken back.
    """
    for seal_class in classes:
        people = [session.get_one(Person, number) for number in custody.keeper_ids(application, seal_class)]
        if not 1 <= threshold_of(application, seal_class) <= len(people):
            raise Refused("As many custodians must act together as are named, and at least one.")
        for person in people:
            role = custody.role_needed(application, seal_class, person.id)
            if person.closed_at is not None or role not in person.own_roles or person.unit_id != application.unit_id:
                raise Refused(
                    "A person named as keeper of the seals has left or doesn't hold the role any more. "
                    "The unit withdraws this application and applies anew."
                )
        custody.require_keys(people, rules)
        keeper_keys.require_enough(application, people, rules)


def threshold_of(application: SealApplication, seal_class: SealClass) -> int:
    """How many keepers must act together, as applied for; one holder is always enough (GZ18)."""
    return sum(int(group["needed"]) for group in custody.groups_of(application, seal_class))


def custody_facts(
    session: Session,
    ceremony: Ceremony,
    seal_class: SealClass,
    face_digest: str,
    *,
    diameter_mm: int | None = None,
    former: Custody | None = None,
) -> dict[str, Any]:
    """What the custody key will sign about one seal, all from the approved application (S-6).

    diameter_mm: of a seal that exists already; the application's own otherwise. former: the signed record that this
    one takes the place of.
    """
    application = ceremony.application
    people = [session.get_one(Person, number) for number in custody.keeper_ids(application, seal_class)]
    return custody.facts(
        session,
        application,
        seal_class,
        sequence=ceremony.number,
        face_sha256=face_digest,
        diameter_mm=diameter_mm or application.diameter_mm,
        keys_of=approved_keys.of_keepers(session, application, people, former),
    )


def _draw(runtime: Runtime, application: SealApplication, seal_class: SealClass) -> str:
    """Draw the face into the store; its digest is what the custody record will name."""
    face = faces.face_for(UnitKind(application.unit.kind), application.face_text, seal_class)
    return runtime.store.put(BytesIO(faces.pdf(face, runtime.settings.fonts_dir))).digest


def _order(
    session: Session,
    ceremony: Ceremony,
    seal_class: SealClass,
    face_digest: str,
    rules: ExchangeRules,
    former: Custody | None,
) -> SealOrder:
    application = ceremony.application
    return SealOrder(
        key_label=f"seal-{application.unit_code}-{seal_class}-{ceremony.number}",
        common_name=_seal_name(application, seal_class),
        organisation=application.unit.name,
        organisation_code=application.unit_code,
        valid_years=rules.seal_valid_years,
        custody=custody_facts(session, ceremony, seal_class, face_digest, former=former),
    )


def _seal_name(application: SealApplication, seal_class: SealClass) -> str:
    return application.face_text + ("" if seal_class == SealClass.SIGNATURE else "（验证印章）")


def _register(session: Session, ceremony: Ceremony, seal_class: SealClass, made: MadeRecord) -> UnitSeal:
    application = ceremony.application
    certificate = x509.load_pem_x509_certificate(made.certificate_pem.encode())
    seal = UnitSeal(
        unit=application.unit,
        ceremony=ceremony,
        seal_class=seal_class,
        name=_seal_name(application, seal_class),
        diameter_mm=application.diameter_mm,
        face_digest=str(json.loads(made.custody_record)["face_sha256"]),
        key_label=made.key_label,
        device_serial=device.current().settings.device.seals_serial,
        signer=SIGNER,
        certificate=made.certificate_pem,
        certificate_serial=serial_hex(to_asn1(certificate)),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        custody_record=made.custody_record.decode(),
        custody_signature=base64.b64encode(made.custody_signature).decode(),
        custody_sequence=ceremony.number,
        threshold=threshold_of(application, seal_class),
        made_at=now(),
        keepers=[SealKeeper(person_id=person_id) for person_id in custody.keeper_ids(application, seal_class)],
    )
    session.add(seal)
    return seal
