"""Choosing recipients among thousands of units: found, from a group, or often addressed (X-2, U-7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.documents import picking
from portal.people.models import Person
from portal.people.roles import Role
from portal.units import groups
from tests.city import City
from tests.documents.making import draft
from tests.documents.test_views import counted
from tests.units.test_register import many

ClientFor = Callable[[Person], FlaskClient]


def ticked(page: str, kind: str) -> list[str]:
    """The names of the units whose box of this kind is ticked."""
    boxes = [part for part in page.split("<input ") if f'name="{kind}"' in part.split(">")[0]]
    return [part.split("：")[1].split('"')[0] for part in boxes if " checked" in part.split(">")[0]]


@pytest.mark.req("U-7", "X-2")
def test_the_editor_asks_the_same_of_two_thousand_units(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    client = client_for(city.person("office", Role.DRAFTER))
    paths = ("/documents/new", "/documents/new?pick=find&find=局")
    few = []
    for path in paths:
        with counted(runtime) as statements:
            client.get(path)
        few.append(len(statements))
    many(session, city, 2000)
    for path, before in zip(paths, few, strict=True):
        with counted(runtime) as statements:
            page = client.get(path).text
        assert len(statements) == before
        assert page.count("data-picker-row") <= picking.FOUND
    assert "澄东区第1999局" in client.get("/documents/new?pick=find&find=第1999局").text


@pytest.mark.req("U-7", "X-2")
def test_without_script_looking_and_adding_keep_what_was_typed(
    session: Session, city: City, client_for: ClientFor
) -> None:
    centre = city.holder(Role.INFORMATION_CENTRE)
    group = groups.make_group(session, centre, "各区人民政府", city_wide=True)
    groups.keep_group(group, centre, "各区人民政府", [city.units["west"].id, city.units["east"].id])
    session.commit()
    client = client_for(city.person("office", Role.DRAFTER))
    finance = str(city.units["finance"].id)
    form = {"title": "写了一半", "main": [finance], f"quota-{finance}": "7", "group": str(group.id), "find": "教育"}
    looked = client.post("/documents/new", data=form | {"pick": "find"})
    assert looked.status_code == 200 and "写了一半" in looked.text and 'value="7"' in looked.text
    assert ticked(looked.text, "main") == ["南澄市财政局"] and "澄东区教育局" in looked.text
    added = client.post("/documents/new", data=form | {"pick": "copy"}).text
    assert ticked(added, "copy") == ["澄西区人民政府", "澄东区人民政府"]
    offered = client.get(f"/documents/new?pick=main&group={group.id}").text
    assert ticked(offered, "main") == ["澄西区人民政府", "澄东区人民政府"]


@pytest.mark.req("U-7")
def test_units_often_addressed_come_first_and_other_units_groups_are_hidden(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    draft(session, runtime, city)
    often = picking.often_addressed(session, city.units["office"].id)
    assert {unit.short_name for unit in often} == {"财政局", "教育局", "澄东区人民政府"}
    assert picking.often_addressed(session, city.units["west"].id) == []
    group = groups.make_group(session, city.person("finance", Role.DRAFTER), "财政内部组")
    session.commit()
    client = client_for(city.person("office", Role.DRAFTER))
    assert "财政内部组" not in client.get("/documents/new").text
    assert client.get(f"/documents/new?pick=main&group={group.id}").status_code == 404
