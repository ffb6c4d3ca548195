"""Units 使用单位: who takes part in the exchange (U-7)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


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


TIER_LABELS = {Tier.CITY: N_("City level"), Tier.DISTRICT: N_("District level")}
UNIT_KIND_LABELS = {
    UnitKind.GOVERNMENT: N_("Government"),
    UnitKind.GOVERNMENT_OFFICE: N_("Government office"),
    UnitKind.DEPARTMENT: N_("Department"),
    UnitKind.INSTITUTION: N_("Institution"),
    UnitKind.TOWNSHIP: N_("Township government"),
    UnitKind.ENTERPRISE: N_("Enterprise or other"),
}


def _unique_while_in_exchange(column: str) -> Index:
    """A unit that has left keeps its entry; its successor may bear the same name, code or 机关代字."""
    here = text("left_at IS NULL")
    return Index(f"uq_unit_{column}", column, unique=True, sqlite_where=here, postgresql_where=here)


class Unit(Base):
    """One unit. The office's divisions (secretariat, secrecy office, information centre) are people's divisions
    inside the office unit, not units of their own: they have no seal and exchange nothing."""

    __tablename__ = "unit"
    __table_args__ = (
        *(_unique_while_in_exchange(column) for column in ("code", "name", "document_code")),
        Index("ix_unit_parent", "parent_id", "sort_key", "id"),  # serves the tree and the address picker
        Index("ix_unit_district", "district_id", "sort_key", "id"),  # serves a district's register
        Index("ix_unit_register", "sort_key", "id"),  # serves the register, page by page
        CheckConstraint(_one_of("kind", UnitKind), name="kind"),
        CheckConstraint(_one_of("tier", Tier), name="tier"),
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
    phone: Mapped[str] = mapped_column(String(40), default="", server_default=text("''"))
    """The office one calls about documents."""
    address: Mapped[str] = mapped_column(String(120), default="", server_default=text("''"))
    is_office: Mapped[bool] = mapped_column(default=False)
    """The municipal government office that runs the exchange."""
    district_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The district government this unit is administered by, itself for such a government; None for the city's own."""
    joined_at: Mapped[datetime]
    renamed_at: Mapped[datetime | None]
    """When the present name began, if it isn't the first one; before, `names` tells."""
    left_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Who answers for a unit that has left (GZ9)."""

    parent: Mapped[Unit | None] = relationship(remote_side=[id], foreign_keys=[parent_id])
    successor: Mapped[Unit | None] = relationship(remote_side=[id], foreign_keys=[successor_id])
    names: Mapped[list[UnitName]] = relationship(order_by="UnitName.until", back_populates="unit")
    """Former names, oldest first; empty for nearly every unit."""

    @property
    def heir(self) -> Unit:
        """Who answers now: the unit itself, or the last of its successors (GZ9)."""
        return self.line[-1]

    @property
    def line(self) -> list[Unit]:
        """The unit and its successors, each in its turn."""
        found = [self]
        while found[-1].left_at is not None and found[-1].successor is not None:
            found.append(found[-1].successor)
        return found

    @property
    def is_district_office(self) -> bool:
        """Whether this is a government that looks after the units of its district (EE4)."""
        return self.tier == Tier.DISTRICT and self.kind == UnitKind.GOVERNMENT

    def name_at(self, at: datetime | None) -> str:
        """The name on the day of `at`: an old document shows the name of its day (U-3); None means now."""
        former = self._former_at(at)
        return former.name if former else self.name

    def short_name_at(self, at: datetime | None) -> str:
        """The short name on the day of `at`; None means now."""
        former = self._former_at(at)
        return former.short_name if former else self.short_name

    def _former_at(self, at: datetime | None) -> UnitName | None:
        if at is None or self.renamed_at is None or at >= self.renamed_at:
            return None  # without a look at the history: few units have one
        return next((former for former in self.names if at < former.until), None)


class UnitName(Base):
    """A name a unit bore until it was renamed (GZ9(1)); searching it finds the unit."""

    __tablename__ = "unit_name"
    __table_args__ = (Index("ix_unit_name_unit", "unit_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime]

    unit: Mapped[Unit] = relationship(back_populates="names")


class ContactKind(StrEnum):
    """What a unit names people for (LYG 三（一）)."""

    LEADER = "leader"
    CLERK = "clerk"
    TECHNICAL = "technical"


CONTACT_KIND_LABELS = {
    ContactKind.LEADER: N_("Leader in charge"),
    ContactKind.CLERK: N_("Exchange clerk"),
    ContactKind.TECHNICAL: N_("Technical contact"),
}


class UnitContact(Base):
    """A person the unit has named: to be called, not to log in."""

    __tablename__ = "unit_contact"
    __table_args__ = (
        UniqueConstraint("unit_id", "kind", "position"),
        CheckConstraint(_one_of("kind", ContactKind), name="kind"),
        CheckConstraint("kind <> 'leader' OR position = 1", name="one_leader"),
        CheckConstraint("length(name) > 0", name="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(40))
    post: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")


class AddressGroup(Base):
    """Units often addressed together 通讯组: of one unit, or the whole city's when `owner_id` is empty (GZ31)."""

    __tablename__ = "address_group"
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        Index(
            "uq_address_group_of_the_city",
            "name",
            unique=True,
            sqlite_where=text("owner_id IS NULL"),
            postgresql_where=text("owner_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]

    members: Mapped[list[AddressGroupMember]] = relationship(
        order_by="AddressGroupMember.position", cascade="all, delete-orphan"
    )


class AddressGroupMember(Base):
    """A unit in a group, at its place."""

    __tablename__ = "address_group_member"
    __table_args__ = (UniqueConstraint("group_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("address_group.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]

    unit: Mapped[Unit] = relationship()


class DocumentClass(StrEnum):
    """What the office distinguishes when it moves from paper to the exchange (LYG 一)."""

    REQUEST = "request"
    GENERAL = "general"
    OTHER = "other"


DOCUMENT_CLASS_LABELS = {
    DocumentClass.REQUEST: N_("Requests to superiors"),
    DocumentClass.GENERAL: N_("Documents issued downwards"),
    DocumentClass.OTHER: N_("Other documents"),
}


class Mode(StrEnum):
    """How documents of a class travel from and to a unit (LYG 二)."""

    PAPER = "paper"
    PARALLEL = "parallel"
    ELECTRONIC = "electronic"


MODE_LABELS = {
    Mode.PAPER: N_("On paper only"),
    Mode.PARALLEL: N_("Electronically and on paper"),
    Mode.ELECTRONIC: N_("Electronically only"),
}


class TransmissionScope(Base):
    """The mode of a unit for a class of documents; without a row it is electronic. The ledger has the history."""

    __tablename__ = "transmission_scope"
    __table_args__ = (
        UniqueConstraint("unit_id", "document_class"),
        CheckConstraint(_one_of("document_class", DocumentClass), name="document_class"),
        CheckConstraint(_one_of("mode", Mode), name="mode"),
        CheckConstraint(_one_of("before", Mode), name="before"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    document_class: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(10))
    since: Mapped[date] = mapped_column(Date)
    before: Mapped[str] = mapped_column(String(10))
    """What holds until the day `since`, which may be to come."""

    unit: Mapped[Unit] = relationship()

    def on(self, day: date) -> Mode:
        """The mode that holds on `day`."""
        return Mode(self.mode if day >= self.since else self.before)


class RegisterExport(Base):
    """The register as a workbook, made by a worker and taken once by who asked for it."""

    __tablename__ = "register_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    digest: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str] = mapped_column(String(200), default="")
    fetched_at: Mapped[datetime | None]
