"""What a unit must bring with its application, by its kind (GZ8): a table, not code."""

from __future__ import annotations

from enum import StrEnum

from portal.core.text import N_
from portal.units.models import UnitKind


class Evidence(StrEnum):
    """A kind of paper."""

    SIGNED_FORM = "signed-form"
    ESTABLISHMENT = "establishment"
    SUPERIOR_OPINION = "superior-opinion"
    OTHER = "other"


EVIDENCE_LABELS = {
    Evidence.SIGNED_FORM: N_("The application form, signed and sealed"),
    Evidence.ESTABLISHMENT: N_("Approval of the unit's establishment by the staffing office"),
    Evidence.SUPERIOR_OPINION: N_("Signed opinion of the unit's superior"),
    Evidence.OTHER: N_("Other material"),
}
MISSING = {
    Evidence.SIGNED_FORM: N_("Print the form, have it signed and sealed, and bring its scan before you submit."),
    Evidence.ESTABLISHMENT: N_(
        "Bring the approval of the unit's establishment before you submit: organs and institutions need it."
    ),
    Evidence.SUPERIOR_OPINION: N_(
        "Bring the signed opinion of the unit's superior before you submit: enterprises and others need it."
    ),
}

_ORGAN = (Evidence.SIGNED_FORM, Evidence.ESTABLISHMENT)
NEEDED: dict[UnitKind, tuple[Evidence, ...]] = {
    UnitKind.GOVERNMENT: _ORGAN,
    UnitKind.GOVERNMENT_OFFICE: _ORGAN,
    UnitKind.DEPARTMENT: _ORGAN,
    UnitKind.INSTITUTION: _ORGAN,
    UnitKind.TOWNSHIP: _ORGAN,
    UnitKind.ENTERPRISE: (Evidence.SIGNED_FORM, Evidence.SUPERIOR_OPINION),
}
