"""Seals without a device, and applications about them, for tests of what comes before a ceremony."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.people.roles import Role
from portal.seals import filing
from portal.seals.evidence import Brought
from portal.seals.filing import Wish
from portal.seals.models import ApplicationKind, SealApplication, SealClass, UnitSeal
from tests.city import City
from tests.documents.sealing import give_seal

LETTER = Brought("遗失说明.pdf", "application/pdf", 1200, "a" * 64)


def both_seals(session: Session, city: City, unit: str = "finance") -> tuple[UnitSeal, UnitSeal]:
    """The unit's signature and verification seal."""
    signature = give_seal(session, city.units[unit], city.person(unit, Role.SEAL_CUSTODIAN))
    holder = city.person(unit, Role.VERIFICATION_HOLDER)
    return signature, give_seal(session, city.units[unit], holder, seal_class=SealClass.VERIFICATION)


def wish(city: City, kind: ApplicationKind, *seals: UnitSeal, unit: str = "finance", **facts: object) -> Wish:
    """A wish that fits the seals: keepers where the kind names them."""
    classes = {seal.seal_class for seal in seals}
    values: dict[str, object] = {"kind": kind, "reason": "按规定申请", "seal_ids": [seal.id for seal in seals]}
    if kind in (ApplicationKind.REPLACE, ApplicationKind.CHANGE, ApplicationKind.CHANGE_CUSTODY):
        if SealClass.SIGNATURE in classes:
            values["custodians"] = [city.person(unit, Role.SEAL_CUSTODIAN)]
        if SealClass.VERIFICATION in classes:
            values["holders"] = [city.person(unit, Role.VERIFICATION_HOLDER)]
    return Wish(**(values | facts))  # type: ignore[arg-type]  # named fields of Wish


def filed(session: Session, city: City, wished: Wish, unit: str = "finance") -> SealApplication:
    """The administrator of the unit applies."""
    return filing.file_wish(session, city.person(unit, Role.UNIT_ADMINISTRATOR), wished)
