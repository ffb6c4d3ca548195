"""Units are renamed, merged and dissolved: applied for, agreed, shown before, carried out with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.core.db import unit_of_work
from portal.registration.change_models import MERGE_FORM_LABELS, MergeForm
from portal.seals.queries import live_seals
from portal.units.hooks import DISPOSAL_LABELS, Disposal
from portal.units.models import Unit
from tests.browser.installation import Installation
from tests.browser.people import People, Someone, zh

pytestmark = pytest.mark.timeout(600)

CENTRE, SECRECY = "xinxizhong", "baomiyan"
ARCHIVES, RENAMED = "南澄市档案局", "南澄市档案和地方志局"
EMERGENCY, REFORM = "南澄市应急管理局", "南澄市发展和改革委员会"
WEST_DATA, WEST = "澄西区数据局", "澄西区人民政府"
AT = "/registration/changes/"
Fresh = Callable[[str], Someone]


@pytest.fixture(scope="module")
def fresh(everybody: People) -> Fresh:
    """People logged in for these acts; one login is fresh enough for all three cases."""
    return cache(everybody.newly)


@pytest.mark.req("U-3")
def test_a_unit_is_renamed(
    people: People, fresh: Fresh, circular: str, installation: Installation, tmp_path: Path
) -> None:
    applicant = people("guijuanqi").go(AT + "new/rename")
    entered = {"name": RENAMED, "short_name": "市档案方志局", "red_head": f"{RENAMED}文件", "document_code": "南档志发"}
    for name, text in entered.items():
        applicant.page.locator(f"[name={name}]").fill(text)
    applicant.page.get_by_label(zh("Administrator from then on")).select_option(label="桂卷齐（办公室 文书）")
    letter = tmp_path / "更名批复.txt"
    letter.write_text("同意更名。", "utf-8")
    applicant.page.locator("[name=letter]").set_input_files(letter)
    case = file(applicant)
    agree(fresh("dianjicang"), case, "Agree")
    agree(fresh(CENTRE), case, "Pass the review")
    hand_back(fresh, case, ARCHIVES, installation)
    carry_out(fresh(CENTRE), case)
    found(people(CENTRE), ARCHIVES).page.get_by_role("link", name=RENAMED, exact=True).click()
    people(CENTRE).reads("Former names").sees(ARCHIVES)
    applicant.go("/inbox").sees(RENAMED).sees(circular)


@pytest.mark.req("U-5")
def test_units_are_merged_and_one_keeps_its_name(
    people: People, fresh: Fresh, circular: str, installation: Installation
) -> None:
    applicant = people("xixinyuan").go(AT + "new/merge")
    page = applicant.page
    page.get_by_label(zh(MERGE_FORM_LABELS[MergeForm.KEPT])).check()
    page.get_by_label(zh("Unit that remains")).select_option(label=WEST)
    page.get_by_label(WEST_DATA, exact=True).check()
    case = file(applicant)
    for head in ("shumingde", "ximenyue"):
        agree(fresh(head), case, "Agree")
    agree(fresh("xiguanli"), case, "Pass the review")  # the district looks after its units
    hand_back(fresh, case, WEST_DATA, installation)
    carry_out(fresh(CENTRE), case)
    successor(people(CENTRE), WEST_DATA, WEST)
    people("xiwanzhao").go("/inbox").sees(circular).reads("addressed to %(unit)s", unit=WEST_DATA)
    applicant.go("/").reads(
        "Your unit was merged or dissolved. If you go on in another unit, log in again; if not, your account is closed."
    )
    applicant.log_in().go("/inbox").sees(circular)  # who goes along is a clerk of the heir now


@pytest.mark.req("U-4")
def test_a_unit_is_dissolved(people: People, fresh: Fresh, circular: str, installation: Installation) -> None:
    applicant = people("jichuanda").go(AT + "new/dissolve")
    applicant.page.get_by_label(zh(DISPOSAL_LABELS[Disposal.HAND_OVER])).check()
    applicant.page.get_by_label(zh("Unit that takes them over")).select_option(label=REFORM)
    case = file(applicant)
    agree(fresh("pinganshi"), case, "Agree")
    agree(fresh(CENTRE), case, "Pass the review")
    hand_back(fresh, case, EMERGENCY, installation)
    carry_out(fresh(CENTRE), case)
    successor(people(CENTRE), EMERGENCY, REFORM)
    people("shoufaliang").go("/inbox").sees(circular).reads("addressed to %(unit)s", unit=EMERGENCY)
    applicant.go("/")
    expect(applicant.page).to_have_url(re.compile("/login"))  # its accounts are closed


def file(applicant: Someone) -> str:
    """File the application that is filled in; returns the address of the case."""
    applicant.fill("Reason and basis", "根据市机构改革方案。").press("File the application")
    applicant.told("The application is filed; the head of your unit decides next.")
    return applicant.page.url


def agree(someone: Someone, case: str, act: str) -> None:
    """Decide with an opinion, if the case waits for this person."""
    if someone.go(case).page.locator("#decision").count():
        someone.fill("Opinion", "同意。").press(act)
        expect(someone.page.get_by_role("alert")).to_be_visible()


def hand_back(fresh: Fresh, case: str, unit: str, installation: Installation) -> None:
    """The dry run stops at the seals, until the secrecy office has them back."""
    officer = fresh(CENTRE).go(case).reads("Seals not handed back")
    expect(officer.page.get_by_role("button", name=zh("Confirm the numbers"), exact=True)).to_have_count(0)
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        unit_id = session.scalars(select(Unit.id).where(Unit.name == unit)).one()
        seals = [seal.id for seal in live_seals(session, unit_id)]
    assert len(seals) == 2
    for seal_id in seals:
        secrecy = fresh(SECRECY).go(f"/seals/{seal_id}")
        secrecy.page.locator("[name=back-note]").fill("印章介质两枚，当面点清。")
        secrecy.confirm("Record the return", "Record it").told("It is recorded that the seal was handed back.")


def carry_out(officer: Someone, case: str) -> None:
    """Confirm the numbers and carry out; what was done has the numbers that were shown."""
    shown = numbers(officer.go(case))
    assert shown
    officer.press("Confirm the numbers")
    officer.told("The numbers are confirmed. The change can be carried out as long as they stay the same.")
    officer.confirm("Carry it out", "Carry it out")
    officer.told("The change is carried out; the numbers are those that were confirmed.")
    assert numbers(officer) == {what: counts * 2 for what, counts in shown.items()}


def numbers(officer: Someone) -> dict[str, list[str]]:
    """What the case touches: the counts, and beside them, once it is carried out, what was done."""
    rows = officer.page.locator("main tbody tr").all()
    return {row.locator("th").inner_text(): row.locator(".col-number").all_inner_texts() for row in rows}


def found(someone: Someone, name: str) -> Someone:
    """Search the register for a name."""
    someone.go("/units")
    someone.page.locator("[name=text]").fill(name)
    someone.page.locator("[name=text]").press("Enter")
    expect(someone.page.locator("#list tbody tr")).to_have_count(1)
    return someone


def successor(someone: Someone, former: str, heir: str) -> None:
    """The old name leads to the heir."""
    row = found(someone, former).page.locator("#list tbody tr")
    row.get_by_role("link", name=heir, exact=True).click()
    expect(someone.page.get_by_role("heading", level=1)).to_have_text(heir)
    someone.sees(former)
