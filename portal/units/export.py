"""The register as a table: a CSV file streamed at once, a workbook made by a worker (U-7)."""

from __future__ import annotations

import io
from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.core import sheets
from portal.core.clock import to_city
from portal.units import register
from portal.units.models import Tier, Unit, UnitKind

HEADINGS = (
    *("单位编码", "单位名称", "简称", "单位类别", "层级", "上级单位"),
    *("机关代字", "发文机关标志", "联系电话", "地址", "加入日期", "退出日期"),
)
KINDS = {
    UnitKind.GOVERNMENT: "政府",
    UnitKind.GOVERNMENT_OFFICE: "政府办公室",
    UnitKind.DEPARTMENT: "部门",
    UnitKind.INSTITUTION: "事业单位",
    UnitKind.TOWNSHIP: "乡镇政府",
    UnitKind.ENTERPRISE: "企业及其他单位",
}
TIERS = {Tier.CITY: "市级", Tier.DISTRICT: "区县级"}


def table(session: Session) -> Iterator[tuple[str, ...]]:
    """Every unit as a line, headings first."""
    yield HEADINGS
    for unit in register.everything(session):
        yield _line(unit)


def lines(session: Session) -> Iterator[str]:
    """The lines of the CSV file."""
    yield from sheets.csv_lines(table(session))


def workbook(session: Session) -> io.BytesIO:
    """The register as XLSX, for workers only."""
    return sheets.workbook("单位名录", table(session))


def _line(unit: Unit) -> tuple[str, ...]:
    return (
        unit.code,
        unit.name,
        unit.short_name,
        KINDS[UnitKind(unit.kind)],
        TIERS[Tier(unit.tier)],
        unit.parent.name if unit.parent else "",
        unit.document_code,
        unit.red_head,
        unit.phone,
        unit.address,
        to_city(unit.joined_at).date().isoformat(),
        to_city(unit.left_at).date().isoformat() if unit.left_at else "",
    )
