"""A seal in the register, without a device behind it: enough for everything but the impression itself."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.people.models import Person
from portal.seals.lifecycle import ApplicationState, CeremonyState
from portal.seals.models import Ceremony, SealApplication, SealClass, SealKeeper, UnitSeal
from portal.units.models import Unit


def give_seal(
    session: Session,
    unit: Unit,
    *keepers: Person,
    threshold: int = 1,
    seal_class: SealClass = SealClass.SIGNATURE,
) -> UnitSeal:
    """Register a seal of `unit` kept by `keepers`, of whom `threshold` must act together."""
    at = now()
    application = SealApplication(
        unit_id=unit.id,
        applicant=keepers[0],
        state=ApplicationState.FULFILLED,
        reason="首次制发",
        face_text=unit.name,
        unit_code=unit.code,
        diameter_mm=42,
        custodian_ids=[keeper.id for keeper in keepers],
        holder_ids=[],
        threshold=threshold,
        content_hash="0" * 64,
        applied_at=at,
    )
    ceremony = Ceremony(
        application=application,
        application_hash="0" * 64,
        state=CeremonyState.DONE,
        called_by=keepers[0],
        called_at=at,
        expires_at=at,
    )
    seal = UnitSeal(
        unit=unit,
        ceremony=ceremony,
        seal_class=seal_class,
        name=unit.name,
        diameter_mm=42,
        face_digest="0" * 64,
        key_label=f"seal-{unit.code}-{seal_class}",
        device_serial="0",
        signer="none",
        certificate="",
        certificate_serial=f"{unit.id}{seal_class}",
        valid_from=at - timedelta(days=1),
        valid_until=at + timedelta(days=365),
        custody_record=json.dumps({"threshold": threshold, "keepers": {str(one.id): one.account for one in keepers}}),
        custody_signature="",
        custody_sequence=0,
        threshold=threshold,
        made_at=at,
        keepers=[SealKeeper(person=keeper) for keeper in keepers],
    )
    session.add_all([application, ceremony, seal])
    session.flush()
    return seal
