"""The register as a table: a CSV file streamed at once, a workbook made by a worker (U-7)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from openpyxl import Workbook
from sqlalchemy.orm import Session

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
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(session: Session) -> Iterator[tuple[str, ...]]:
    """Every unit as a line, headings first."""
    yield HEADINGS
    for unit in register.everything(session):
        yield tuple(_harmless(value) for value in _line(unit))


def lines(session: Session) -> Iterator[str]:
    """The lines of the CSV file; the mark in front tells spreadsheets that it is UTF-8."""
    yield "\ufeff"
    for row in table(session):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def workbook(session: Session) -> io.BytesIO:
    """The register as XLSX; some seconds for thousands of units, so for workers only."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("单位名录")
    for row in table(session):
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    made.seek(0)
    return made


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


def _harmless(value: str) -> str:
    """Text that a spreadsheet doesn't take for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
