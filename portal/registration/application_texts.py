"""Words of the printed form: paper is Chinese, whatever language its reader's pages are in."""

from __future__ import annotations

from portal.registration.application_models import UnitApplication
from portal.registration.evidence import NEEDED, Evidence
from portal.units.models import UnitKind

KINDS = {
    UnitKind.GOVERNMENT: "人民政府",
    UnitKind.GOVERNMENT_OFFICE: "政府办公室",
    UnitKind.DEPARTMENT: "政府部门",
    UnitKind.INSTITUTION: "事业单位",
    UnitKind.TOWNSHIP: "乡镇人民政府",
    UnitKind.ENTERPRISE: "企业及其他单位",
}
PAPERS = {Evidence.ESTABLISHMENT: "单位成立的编办批文", Evidence.SUPERIOR_OPINION: "上级主管单位签署的意见"}


def kind_in_chinese(application: UnitApplication) -> str:
    """The kind of the unit, as the form says it."""
    return KINDS[UnitKind(application.kind)]


def superior_in_chinese(application: UnitApplication, city: str) -> str:
    """Who stands above the unit."""
    return application.district.name if application.district else f"{city}人民政府"


def evidence_lines(application: UnitApplication) -> list[str]:
    """What must be attached to the form (GZ8)."""
    return [PAPERS[kind] for kind in NEEDED[UnitKind(application.kind)] if kind in PAPERS]
