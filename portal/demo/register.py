"""What the demo city has in its register: named people, address groups, a unit that still runs both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.demo.city import UNITS
from portal.people.models import Person
from portal.people.queries import by_account
from portal.units import groups, keeping
from portal.units.models import (
    AddressGroup,
    ContactKind,
    DocumentClass,
    Mode,
    TransmissionScope,
    Unit,
    UnitContact,
    UnitKind,
)

MANAGER = "xinxizhong"
PARALLEL = "emergency"
L, C, T = ContactKind.LEADER, ContactKind.CLERK, ContactKind.TECHNICAL
ADDRESSES = {"east": "澄东区朝晖路1号", "east-education": "澄东区朝晖路3号", "west": "澄西区晚照街6号"}

# The data bureau has named no leader, the west data bureau nobody: both are shown among the units with gaps.
NAMED: dict[str, tuple[tuple[ContactKind, str, str], ...]] = {
    "office": ((L, "苏简之", "副主任"), (C, "尤传信", "收发员"), (T, "辛溪钟", "政务信息中心主任")),
    "reform": ((L, "桂华远", "主任"), (C, "寿发良", "文书")),
    "finance": ((L, "蔡敬和", "副局长"), (C, "章本清", "文书"), (C, "何对", "机要员")),
    "education": ((L, "孔杏坛", "局长"), (C, "毕正楼", "文书")),
    "emergency": ((L, "平安士", "局长"), (C, "季传达", "文书")),
    "data": ((C, "苏连望", "文书"), (T, "马彦征", "机要员")),
    "archives": ((L, "典集藏", "局长"), (C, "桂卷齐", "文书")),
    "east": ((L, "东方岚", "区长"), (C, "许晨光", "机要员"), (T, "董观理", "交换管理员")),
    "east-education": ((L, "董学海", "局长"), (C, "陶李园", "机要员")),
    "west": ((L, "西门月", "区长"), (C, "席晚照", "机要员")),
    "grain": ((L, "谷仓实", "局长"), (C, "麦相宜", "办公室主任")),
}


def load(session: Session, _runtime: Runtime) -> None:
    """Fill the register in; what is there already stays."""
    keys = {row.code: row.key for row in UNITS}
    codes = select(Unit).where(Unit.code.in_(list(keys))).order_by(Unit.sort_key)
    units = {keys[unit.code]: unit for unit in session.scalars(codes)}
    manager = by_account(session, MANAGER)
    if manager is None:
        return
    for place, key in enumerate(NAMED, start=1):
        _name(session, manager, units[key], key, place)
    departments = [unit for unit in units.values() if unit.kind == UnitKind.DEPARTMENT and unit.district_id is None]
    _group(session, manager, "各区人民政府", [unit for unit in units.values() if unit.is_district_office])
    _group(session, manager, "市政府各部门", departments)
    if session.scalars(select(TransmissionScope.id)).first() is None:
        for kind in (DocumentClass.REQUEST, DocumentClass.GENERAL):
            keeping.set_scope(session, manager, [units[PARALLEL]], kind, Mode.PARALLEL, date(2026, 7, 24))


def _name(session: Session, manager: Person, unit: Unit, key: str, place: int) -> None:
    if session.scalars(select(UnitContact.id).where(UnitContact.unit_id == unit.id)).first() is None:
        named = [
            keeping.Named(kind, name, post, f"4599-8{place:02d}{line:04d}")
            for line, (kind, name, post) in enumerate(NAMED[key], start=1)
        ]
        address = ADDRESSES.get(key, f"南澄市政务中心{place}号楼")
        keeping.keep_entry(unit, manager, named, f"4599-8{place:02d}0000", address)


def _group(session: Session, manager: Person, name: str, units: Sequence[Unit]) -> None:
    if session.scalars(select(AddressGroup.id).where(AddressGroup.name == name)).first() is None:
        group = groups.make_group(session, manager, name, city_wide=True)
        groups.keep_group(group, manager, name, [unit.id for unit in units])
