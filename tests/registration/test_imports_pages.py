"""The pages of imports, as people use them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people import queries
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration.import_models import PeopleList, What
from portal.registration.import_tables import Row, read_table
from portal.units.policy import Scope
from tests.city import City
from tests.registration.import_files import PEOPLE_HEADINGS, bring, csv_bytes, person_row, work

pytestmark = pytest.mark.req("A-1")
START = "/registration/imports"
Clients = Callable[[Person], FlaskClient]


@pytest.fixture(autouse=True)
def _second_factors(session: Session, city: City) -> None:
    """Everybody has set theirs up."""
    session.execute(update(Person).values(totp_seed=b"set up"))
    session.commit()


def _upload(client: FlaskClient, *rows: tuple[str, ...], name: str = "人员.csv") -> str:
    content = csv_bytes(PEOPLE_HEADINGS, rows)
    answer = client.post(f"{START}/new", data={"what": "people", "file": (BytesIO(content), name)})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_from_upload_to_result(runtime: Runtime, session: Session, city: City, client_for: Clients) -> None:
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert "还没有导入记录" in client.get(START).get_data(as_text=True)
    page = _upload(
        client, person_row("张敏", "zhangmin", "", roles="拟稿人"), person_row("李强", "BAD", "南澄市财政局")
    )
    assert "正在逐行检查" in client.get(page).get_data(as_text=True)
    work(runtime)
    text = client.get(page).get_data(as_text=True)
    assert ("有 1 行有误" in text and "账号由 2 至 40" in text) or "账号" in text
    problems = client.get(f"{page}/problems.csv").get_data()
    assert problems.startswith(b"\xef\xbb\xbf") and "账号".encode() in problems
    assert client.post(f"{page}/confirm", data={"confirmed": "yes", "good_only": "yes"}).status_code == 303
    assert "正在写入" in client.get(page).get_data(as_text=True)
    work(runtime)
    assert "导入完成" in client.get(page).get_data(as_text=True)
    session.commit()
    assert queries.by_account(session, "zhangmin")
    session.commit()
    assert client.post(f"{page}/confirm", data={"good_only": "yes"}).status_code == 409
    assert "人员.csv" in client.get(START).get_data(as_text=True)


def test_an_import_can_be_given_up(runtime: Runtime, session: Session, city: City, client_for: Clients) -> None:
    client = client_for(city.holder(Role.INFORMATION_CENTRE))
    page = _upload(client, person_row("张敏", "zhangmin", "南澄市财政局"))
    work(runtime)
    assert client.post(f"{page}/discard").status_code == 422
    assert client.post(f"{page}/discard", data={"confirmed": "yes"}).status_code == 303
    assert client.post(f"{page}/discard", data={"confirmed": "yes"}).status_code == 409
    assert client.post(f"{page}/confirm").status_code == 409
    work(runtime)
    session.commit()
    assert queries.by_account(session, "zhangmin") is None


@pytest.mark.parametrize("name", ["人员.exe", "人员", ""])
def test_what_is_no_table_is_told_at_the_field(name: str, city: City, client_for: Clients) -> None:
    client = client_for(city.holder(Role.INFORMATION_CENTRE))
    answer = client.post(f"{START}/new", data={"what": "people", "file": (BytesIO(b"x"), name)})
    assert answer.status_code == 422 and "field-error" in answer.get_data(as_text=True)


def test_others_see_nothing_of_it(runtime: Runtime, city: City, client_for: Clients) -> None:
    admin = city.person("finance", Role.UNIT_ADMINISTRATOR)
    run_id = bring(runtime, admin, csv_bytes(PEOPLE_HEADINGS, [person_row("张敏", "zhangmin", "")]))
    others = [city.person("education", Role.UNIT_ADMINISTRATOR), city.holder(Role.DISTRICT_MANAGER)]
    for other in others:
        client = client_for(other)
        assert client.get(f"{START}/{run_id}").status_code == 404
        assert client.get(f"{START}/{run_id}/problems.csv").status_code == 404
        assert client.post(f"{START}/{run_id}/confirm").status_code == 404
        assert client.post(f"{START}/{run_id}/discard").status_code == 404
    assert client_for(city.person("finance", Role.DRAFTER)).get(START).status_code == 403
    assert client_for(city.holder(Role.INFORMATION_CENTRE)).get(f"{START}/{run_id}").status_code == 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("who", "scope", "units"),
    [
        (("finance", Role.UNIT_ADMINISTRATOR), Scope.UNIT, {"finance"}),
        (("east", Role.DISTRICT_MANAGER), Scope.DISTRICT, {"east", "east-education"}),
        (("office", Role.INFORMATION_CENTRE), Scope.CITY, None),
    ],
)
def test_lists_hold_the_people_one_looks_after(
    who: tuple[str, Role],
    scope: Scope,
    units: set[str] | None,
    kind: str,
    runtime: Runtime,
    city: City,
    client_for: Clients,
) -> None:
    client = client_for(city.person(*who))
    page = client.post(f"{START}/lists", data={"kind": kind}).headers["Location"]
    assert "正在生成名册" in client.get(page).get_data(as_text=True)
    assert client.get(f"{page}/file").status_code == 404
    work(runtime)
    assert "名册已生成" in client.get(page).get_data(as_text=True)
    rows: list[Row] = read_table(BytesIO(client.get(f"{page}/file").get_data()), f"a.{kind}", What.PEOPLE)
    wanted = {city.units[key].name for key in units or city.units}
    assert {row.texts["unit"] for row in rows} == wanted
    assert client_for(city.person("education", Role.UNIT_ADMINISTRATOR)).get(page).status_code == 404


def test_a_list_is_gone_after_a_day(
    runtime: Runtime, session: Session, city: City, client_for: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from portal.core.db import unit_of_work
    from portal.registration import imports

    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    page = client.post(f"{START}/lists", data={"kind": "csv"}).headers["Location"]
    work(runtime)
    monkeypatch.setattr(imports, "KEPT", timedelta(seconds=-1))
    with unit_of_work(runtime.engine) as writing:
        imports.forget_old(runtime, writing)
    assert client.get(page).status_code == 404
    assert session.scalars(select(PeopleList)).all() == []
