"""A bureau of a district joins the exchange: from the public page to its entry in the register, in Chinese."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from portal.core.db import unit_of_work
from portal.people import passwords
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration.applications_content import Content
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind
from tests.browser.installation import Installation
from tests.browser.people import PATIENCE, People, Someone, zh

pytestmark = pytest.mark.timeout(600)

DISTRICT, MANAGER_ROLE, CENTRE = "澄东区人民政府", Role.DISTRICT_MANAGER, "xinxizhong"
CONTENT = Content(
    name="澄东区文化馆",
    short_name="澄东区文化馆",
    code=with_check_character("12459902MB0A02051"),
    kind=UnitKind.INSTITUTION,
    tier=Tier.DISTRICT,
    district_id=None,
    document_code="澄东文馆发",
    red_head="澄东区文化馆文件",
    address="南澄市澄东区弦歌路8号",
    contact_name="弦有声",
    contact_phone="0459-6130008",
    head_name="宋雅言",
    head_title="馆长",
    admin_name="弦有声",
    admin_title="办公室主任",
    admin_mobile="13900000208",
    admin_account="xianyousheng",
    identity="459900199203040013",
)


@pytest.mark.req("U-1", "U-2", "U-6")
def test_a_unit_joins(people: People, installation: Installation, tmp_path: Path) -> None:
    outsider = people.passer_by()
    apply(outsider)
    expect(outsider.page.get_by_role("link", name=zh("Print the application form"))).to_be_visible(timeout=PATIENCE)
    assert outsider.download("Print the application form").startswith(b"%PDF")
    for number, name in enumerate(("业务申请表扫描件.png", "编办批文.png")):
        bring(outsider, scan(tmp_path / name, number))
    outsider.press("Submit the application").told("The application is submitted. This page shows how it goes on.")
    manager = people.newly(manager_of(installation))
    decide(manager, "Agree and file", "材料齐全，同意注册，报市政府办公室备案。")
    manager.told("You have agreed; the registration is filed with the municipal office, which enters the unit.")
    centre = people.newly(CENTRE)
    decide(centre, "Register the unit", "材料齐全，同意注册。")
    centre.told("The unit is registered, and its first administrator has an account.").sees(CONTENT.admin_account)
    outsider.page.reload()
    outsider.sees("首任管理员的账号和一次性初始密码由主管部门以书面形式发放")
    assert outsider.faults == []
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        unit = session.scalars(select(Unit).where(Unit.name == CONTENT.name)).one()
        (person,) = session.scalars(select(Person).where(Person.unit_id == unit.id))
        assert (unit.parent and unit.parent.name, person.password_hash) == (DISTRICT, passwords.UNUSABLE)


def apply(outsider: Someone) -> None:
    """Fill in the public page."""
    outsider.go("/registration/apply")
    page = outsider.page
    for item in fields(CONTENT):
        if item.name in ("kind", "tier"):
            page.locator(f"[name={item.name}]").select_option(str(getattr(CONTENT, item.name)))
        elif item.name != "district_id":
            page.locator(f"[name={item.name}]").fill(str(getattr(CONTENT, item.name)))
    page.locator("[name=superior]").select_option(label=DISTRICT)
    outsider.press("Save and go on")
    page.wait_for_url(re.compile(r"/registration/a/"))


def scan(path: Path, shade: int) -> Path:
    """A picture that stands for a scanned page."""
    Image.new("L", (620, 877), 250 - shade).save(path)
    return path


def bring(outsider: Someone, file: Path) -> None:
    """Bring a file; the page offers the evidence that is missing."""
    outsider.page.locator("input[name=file]").set_input_files(str(file))
    outsider.press("Add the file").sees(file.name)


def decide(reviewer: Someone, act: str, opinion: str) -> None:
    """Open the application from the list and decide."""
    reviewer.go("/registration/applications")
    reviewer.page.get_by_role("link", name=CONTENT.name, exact=True).click()
    reviewer.fill("Opinion", opinion).press(act)


def manager_of(installation: Installation) -> str:
    """The account of the district's exchange manager."""
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        people = session.scalars(select(Person).join(Unit).where(Unit.name == DISTRICT))
        return next(person.account for person in people if MANAGER_ROLE in person.own_roles)
