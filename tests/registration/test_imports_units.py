"""Units from a file (U-7)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.roles import ROLE_LABELS, Role
from portal.registration.import_models import ImportProblem, What
from portal.registration.import_words import KIND_OF, ROLE_OF, TIER_OF, plain
from portal.units.codes import with_check_character
from portal.units.models import UNIT_KIND_LABELS, Tier, Unit, UnitKind
from scripts.catalogue import fragments
from tests.city import City
from tests.registration.import_files import UNIT_HEADINGS, bring, confirm, csv_bytes, run_of

pytestmark = pytest.mark.req("U-7")
CENTRE = Role.INFORMATION_CENTRE


def code(serial: int) -> str:
    return with_check_character(f"11450000MB9{serial:06d}")


def units(*rows: tuple[str, ...]) -> bytes:
    return csv_bytes(UNIT_HEADINGS, rows)


def told(session: Session, run_id: int) -> list[tuple[int, str, str]]:
    session.commit()
    mine = select(ImportProblem).where(ImportProblem.run_id == run_id).order_by(ImportProblem.line)
    rows = session.scalars(mine).all()
    session.commit()
    return [(row.line, row.heading, row.message % row.params) for row in rows]


def test_parents_may_come_after_their_children(runtime: Runtime, session: Session, city: City) -> None:
    content = units(
        ("澄南区教育局", code(1), "部门", "区县级", "澄南区人民政府", "澄南教发"),
        ("澄南区人民政府", code(2), "政府", "区县级", "", "澄南政发"),
        ("南澄市粮食局", code(3), "部门", "市级", city.units["office"].code, "南粮发"),
        ("南澄市财政局", city.units["finance"].code, "部门", "市级单位", "", "南财发"),
    )
    run_id = bring(runtime, city.holder(CENTRE), content, what=What.UNITS)
    run = run_of(session, run_id)
    assert told(session, run_id) == [] or run.wrong == 1  # the known one has a short name of its own
    confirm(runtime, city.holder(CENTRE), run_id, good_only=True)
    assert run_of(session, run_id).written == 3
    new = {
        unit.name: unit
        for unit in session.scalars(select(Unit).where(Unit.name.in_(("澄南区教育局", "澄南区人民政府"))))
    }
    district = new["澄南区人民政府"]
    assert new["澄南区教育局"].parent_id == district.id
    assert new["澄南区教育局"].district_id == district.district_id == district.id
    events = select(LedgerEvent.kind).where(LedgerEvent.subject_id == district.id, LedgerEvent.subject_kind == "unit")
    assert session.scalars(events).all() == ["unit.registered"]


@pytest.mark.parametrize(
    ("row", "heading", "why"),
    [
        (("甲局", code(1)[:-1] + "?", "部门", "市级", "", "甲发"), "组织机构代码", "18 digits"),
        (("甲局", code(1), "衙门", "市级", "", "甲发"), "单位类别", "isn't known here"),
        (("甲局", code(1), "部门", "省级", "", "甲发"), "单位层级", "isn't known here"),
        (("甲局", code(1), "部门", "市级", "乙局", "甲发"), "上级单位", "no unit “乙局”"),
        (("甲局", code(1), "部门", "市级", "甲局", "甲发"), "上级单位", "no unit “甲局”"),
        (("甲局", code(1), "部门", "区级", "", "甲发"), "上级单位", "district's government"),
        (("甲局", code(1), "部门", "市级", "", "南财发"), "机关代字", "another unit"),
        (("南澄市财政局", code(1), "部门", "市级", "", "甲发"), "单位名称", "another unit"),
        (("甲局", code(1), "部门", "市级", "", ""), "机关代字", "must be filled in"),
        (("好局", code(1), "部门", "市级", "", "甲发"), "单位名称", "line 2 already"),
    ],
)
def test_each_fault_is_told_with_line_and_column(
    row: tuple[str, ...], heading: str, why: str, runtime: Runtime, session: Session, city: City
) -> None:
    good = ("好局", code(7), "部门", "市级", "", "好发")
    run_id = bring(runtime, city.holder(CENTRE), units(good, row), what=What.UNITS)
    ((line, column, text),) = told(session, run_id)
    assert (line, column) == (3, heading)
    assert why in text


def test_a_registered_unit_is_never_changed_by_a_file(runtime: Runtime, session: Session, city: City) -> None:
    other = ("南澄市钱局", city.units["finance"].code, "部门", "市级", "", "南财发")
    run_id = bring(runtime, city.holder(CENTRE), units(other), what=What.UNITS)
    ((_, heading, text),) = told(session, run_id)
    assert heading == "单位名称" and "not by import" in text


def test_files_speak_as_the_pages_do() -> None:
    chinese = {str(message.id): str(message.string) for _, message in fragments()}
    assert all(ROLE_OF[plain(chinese[ROLE_LABELS[role]])] is role for role in Role)
    assert all(KIND_OF[plain(chinese[UNIT_KIND_LABELS[kind]])] is kind for kind in UnitKind)
    assert {TIER_OF[plain(word)] for word in ("市级单位", "区县级单位")} == set(Tier)
