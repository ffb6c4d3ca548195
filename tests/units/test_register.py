"""The register of units: what is found, how much is asked of the database, who keeps what (U-7)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.models import Person
from portal.people.roles import Role
from portal.units import export, groups, keeping, policy, register
from portal.units.keeping import Named
from portal.units.models import ContactKind, RegisterExport, Unit, UnitName
from portal.units.register import Filter
from tests.city import City
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
LEADER = Named(ContactKind.LEADER, "蔡敬和", "副局长", "8101")
CLERK = Named(ContactKind.CLERK, "章本清", "文书", "8102")


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """The statements that reach the database."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(runtime.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(runtime.engine, "before_cursor_execute", note)


def manager(session: Session, city: City) -> Person:
    """The city's exchange manager, with a second factor, as the role demands."""
    person = city.holder(Role.INFORMATION_CENTRE)
    person.totp_seed = b"set up"
    session.commit()
    return person


def many(session: Session, city: City, count: int) -> None:
    """Fill the east district with bureaus."""
    east = city.units["east"]
    rows = [
        {
            "code": f"X{number:017d}", "name": f"澄东区第{number}局", "short_name": f"第{number}局",
            "kind": "department", "tier": "district", "parent_id": east.id, "district_id": east.id,
            "sort_key": 1000 + number,
            "document_code": f"东{number}", "red_head": f"第{number}局文件", "joined_at": now(), "is_office": False,
        }
        for number in range(count)
    ]  # fmt: skip
    session.execute(insert(Unit), rows)
    session.commit()


@pytest.mark.req("U-7", "U-3")
def test_a_former_name_finds_the_unit_and_a_dissolved_one_its_successor(
    session: Session, city: City, client_for: ClientFor
) -> None:
    finance, education = city.units["finance"], city.units["education"]
    session.add(UnitName(unit=finance, name="南澄市财政税务局", short_name="财税局", until=now() - timedelta(days=9)))
    finance.renamed_at = now() - timedelta(days=9)
    education.left_at, education.successor_id = now(), finance.id
    session.commit()
    client = client_for(city.person("west", Role.HANDLER))
    page = client.get("/units?text=税务").text
    assert "曾用名：南澄市财政税务局" in page and "南澄市财政局" in page and page.count('class="row-title"') == 1
    gone = client.get("/units?text=教育局").text
    assert "现为：" in gone and f'href="/units/{finance.id}"' in gone and "澄东区教育局" in gone
    assert "南澄市教育局" not in client.get("/units").text
    assert client.get("/units?state=left").text.count('class="row-title"') == 1
    assert client.get(f"/units?text={finance.code}").text.count('class="row-title"') == 1
    entry = client.get(f"/units/{finance.id}").text
    assert "南澄市财政税务局" in entry and "南澄市教育局" in entry
    assert "承继单位" in client.get(f"/units/{education.id}").text
    assert client.get("/units/999999").status_code == 404


@pytest.mark.req("U-7")
def test_districts_open_to_their_units(city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    top = client.get("/units").text
    assert "所属单位 1 个" in top and "澄东区教育局" not in top
    opened = client.get(f"/units?district={city.units['east'].id}").text
    assert "澄东区教育局" in opened and "南澄市财政局" not in opened.split('id="list"')[1]
    assert client.get("/units?kind=government").text.count('class="row-title"') == 2
    assert client.get("/units?tier=district").text.count('class="row-title"') == 3


@pytest.mark.req("U-7")
def test_two_thousand_units_ask_no_more_than_six(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    client = client_for(manager(session, city))
    paths = ("/units", f"/units?district={city.units['east'].id}", "/units?text=局", "/units?gaps=1", "/units/groups")
    before = []
    for path in paths:
        with counted(runtime) as statements:
            client.get(path)
        before.append(len(statements))
    many(session, city, 2000)
    for path, few in zip(paths, before, strict=True):
        with counted(runtime) as statements:
            page = client.get(path).text
        assert len(statements) == few, path
        assert page.count('class="row-title"') <= register.PAGE_ROWS
    seen, wanted = 0, Filter(district=city.units["east"].id)
    person = city.person("office", Role.INFORMATION_CENTRE)
    while True:
        found = register.page(session, person, wanted)
        seen += len(found.rows)
        if found.following is None:
            break
        wanted = Filter(district=city.units["east"].id, after=found.following)
    assert seen == 2002


@pytest.mark.req("U-7", "U-6")
@pytest.mark.parametrize(
    ("unit", "role", "keeps"),
    [
        ("finance", Role.UNIT_ADMINISTRATOR, {"finance"}),
        ("east-education", Role.UNIT_ADMINISTRATOR, {"east-education"}),
        ("east", Role.DISTRICT_MANAGER, {"east", "east-education"}),
        ("office", Role.INFORMATION_CENTRE, {"office", "finance", "education", "east", "east-education", "west"}),
        ("office", Role.UNIT_ADMINISTRATOR, {"office"}),
        ("finance", Role.EXCHANGE_CLERK, set()),
    ],
)
def test_who_keeps_which_entries(session: Session, city: City, unit: str, role: Role, keeps: set[str]) -> None:
    person = city.person(unit, role)
    for key, one in city.units.items():
        assert policy.administers(person, one, Permission.UNITS_MAINTAIN) == (key in keeps)
        if key not in keeps:
            with pytest.raises((NotFound, Denied)):
                keeping.keep_entry(one, person, [LEADER], "", "")
    ids = set(session.scalars(select(Unit.id).where(policy.administered(person, Permission.UNITS_MAINTAIN))))
    assert ids == {city.units[key].id for key in keeps}


@pytest.mark.req("U-7")
def test_what_is_missing_is_shown_until_it_is_named(session: Session, city: City, client_for: ClientFor) -> None:
    unit, keeper = city.units["finance"], client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert "未明确分管领导" in keeper.get(f"/units/{unit.id}").text
    assert "未指定收发人员" in keeper.get("/units?gaps=1").text
    data = {
        "leader-1-name": "蔡敬和",
        "leader-1-post": "副局长",
        "clerk-1-name": "章本清",
        "phone": "8100",
        "address": "一号楼",
    }
    assert keeper.post(f"/units/{unit.id}/edit", data=data).status_code == 303
    page = keeper.get(f"/units/{unit.id}").text
    assert "蔡敬和" in page and "一号楼" in page and "未明确分管领导" not in page
    assert "各单位信息齐全" in keeper.get("/units?gaps=1").text
    again = keeper.post(f"/units/{unit.id}/edit", data=data, follow_redirects=True)
    assert "没有改动" in again.text
    lost = keeper.post(f"/units/{unit.id}/edit", data=data | {"clerk-2-phone": "8105"})
    assert lost.status_code == 422 and "8105" in lost.text and "章本清" in lost.text
    assert keeper.get(f"/units/{city.units['education'].id}/edit").status_code == 404
    assert client_for(city.person("finance", Role.DRAFTER)).get(f"/units/{unit.id}/edit").status_code == 403
    (kept,) = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "unit.contacts-changed"))
    assert kept.facts == {"fields": ["address", "clerk", "leader", "phone"]}


@pytest.mark.req("U-7")
def test_nobody_with_the_role_of_clerk_is_a_gap(session: Session, city: City) -> None:
    unit = city.units["finance"]
    keeping.keep_entry(unit, city.person("finance", Role.UNIT_ADMINISTRATOR), [LEADER, CLERK], "", "")
    assert register.gaps_of(session, [unit]) == {unit.id: ()}
    city.person("finance", Role.EXCHANGE_CLERK).closed_at = now()
    session.flush()
    assert register.gaps_of(session, [unit]) == {unit.id: ("nobody holds the role of exchange clerk",)}


@pytest.mark.req("U-7")
def test_groups_are_of_a_unit_or_of_the_city(session: Session, city: City, client_for: ClientFor) -> None:
    centre, drafter = city.holder(Role.INFORMATION_CENTRE), city.person("finance", Role.DRAFTER)
    wide = groups.make_group(session, centre, "各区人民政府", city_wide=True)
    groups.keep_group(wide, centre, "各区人民政府", [city.units["west"].id, city.units["east"].id])
    own = groups.make_group(session, drafter, "常发单位")
    assert [unit.short_name for unit in groups.members(session, wide)] == ["澄西区人民政府", "澄东区人民政府"]
    for name, act in (("常发单位", drafter), ("各区人民政府", centre)):
        with pytest.raises(Invalid):
            groups.make_group(session, act, name, city_wide=act is centre)
    with pytest.raises(Denied):
        groups.make_group(session, drafter, "全市各单位", city_wide=True)
    with pytest.raises(Denied):
        groups.keep_group(wide, drafter, "我的", [])
    with pytest.raises(NotFound):
        groups.get_for(session, city.person("education", Role.DRAFTER), own.id)
    city.units["west"].left_at = now()
    session.commit()
    assert [unit.short_name for unit in groups.members(session, wide)] == ["澄东区人民政府"]
    session.commit()
    client = client_for(drafter)
    assert "常发单位" in client.get("/units/groups").text
    assert client.get(f"/units/groups/{wide.id}").status_code == 403
    address = f"/units/groups/{own.id}"
    looked = client.post(
        address, data={"name": "常发单位", "member": city.units["office"].id, "find": "教育", "look": "yes"}
    )
    assert looked.status_code == 200 and "南澄市教育局" in looked.text
    members = [str(city.units["office"].id), str(city.units["education"].id)]
    data = {"name": "常发", "member": members, f"place-{members[1]}": "1", f"place-{members[0]}": "2"}
    assert client.post(address, data=data).status_code == 303
    session.expire(own)
    assert [item.unit.short_name for item in own.members] == ["教育局", "人民政府办公室"]
    session.commit()
    assert client_for(city.person("west", Role.DRAFTER)).get(address).status_code == 404
    assert client.post(f"{address}/remove", data={"confirmed": "yes"}).status_code == 303
    assert client.get(address).status_code == 404


@pytest.mark.req("U-7")
def test_the_register_leaves_as_csv_and_once_as_a_workbook(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    city.units["west"].phone = "=1+1"
    session.commit()
    centre = manager(session, city)
    client = client_for(centre)
    text = client.get("/units/register.csv").get_data(as_text=True)
    assert text.startswith("\ufeff单位编码") and text.count("\r\n") == 7 and "'=1+1" in text
    waiting = client.post("/units/register/workbook").location
    assert "正在生成" in client.get(waiting).text
    drain(runtime)
    taken = client.post(f"{waiting}/take")
    sheet = load_workbook(io.BytesIO(taken.data)).active
    assert sheet is not None and sheet.max_row == 7 and sheet["A1"].value == export.HEADINGS[0]
    assert client.post(f"{waiting}/take", headers={"Referer": f"http://localhost{waiting}"}).status_code == 303
    assert "已下载过" in client.get(waiting).text
    other = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert other.get(waiting).status_code == 404
    assert client_for(city.person("finance", Role.DRAFTER)).get("/units/register.csv").status_code == 403
    made = session.scalars(select(RegisterExport)).one()
    with pytest.raises(AlreadyDone):
        keeping.take_workbook(made, centre)
