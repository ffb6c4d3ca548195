"""Units 使用单位: who takes part in the exchange (U-7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_


class UnitKind(StrEnum):
    """What a unit is; decides the evidence it brings (GZ8) and its seal face (国发〔1999〕25号)."""

    GOVERNMENT = "government"
    GOVERNMENT_OFFICE = "government-office"
    DEPARTMENT = "department"
    INSTITUTION = "institution"
    TOWNSHIP = "township"
    ENTERPRISE = "enterprise"


class Tier(StrEnum):
    """Tiered administration 分级管理 (EE4)."""

    CITY = "city"
    DISTRICT = "district"


UNIT_KIND_LABELS = {
    UnitKind.GOVERNMENT: N_("Government"),
    UnitKind.GOVERNMENT_OFFICE: N_("Government office"),
    UnitKind.DEPARTMENT: N_("Department"),
    UnitKind.INSTITUTION: N_("Institution"),
    UnitKind.TOWNSHIP: N_("Township government"),
    UnitKind.ENTERPRISE: N_("Enterprise or other"),
}


class Unit(Base):
    """One unit. The office's divisions (secretariat, secrecy office, information centre) are people's divisions
    inside the office unit, not units of their own: they have no seal and exchange nothing."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("name"),
        Index("ix_unit_parent", "parent_id", "sort_key"),  # serves the tree and the address picker
        CheckConstraint("kind IN ({})".format(", ".join(f"'{k}'" for k in UnitKind)), name="kind"),
        CheckConstraint("tier IN ({})".format(", ".join(f"'{t}'" for t in Tier)), name="tier"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(18))
    """Organisation code (统一社会信用代码 form)."""
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(10))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    sort_key: Mapped[int] = mapped_column(default=0)
    document_code: Mapped[str] = mapped_column(String(20))
    """机关代字, e.g. 南政办发: the first part of the unit's document numbers."""
    red_head: Mapped[str] = mapped_column(String(60))
    """发文机关标志, e.g. 南澄市人民政府办公室文件."""
    is_office: Mapped[bool] = mapped_column(default=False)
    """The municipal government office that runs the exchange."""
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    parent: Mapped[Unit | None] = relationship(remote_side=[id])
