"""Help in the browser: a dispute from its record to the office's word, and the self-check of a computer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import People, zh

pytestmark = pytest.mark.timeout(600)
OPENER, OTHER, OFFICE = "baoliangong", "kongxingtan", "xinxizhong"
SUBJECT = "退文未注明理由"


@pytest.mark.req("U-8")
def test_a_dispute_goes_its_way(people: People) -> None:
    opener, other, office = (people(account) for account in (OPENER, OTHER, OFFICE))
    opener.go("/support/disputes/new")
    opener.page.get_by_label(zh("With which unit")).select_option(label="南澄市教育局")
    opener.fill("Matter", SUBJECT)
    opener.fill("Text", "贵局退回公文未注明理由，请说明。")
    opener.press("Record it")
    expect(opener.page.get_by_role("heading", level=1)).to_have_text(SUBJECT)
    address = opener.page.url

    office.go("/support/disputes")
    expect(office.page.get_by_role("link", name=SUBJECT)).to_have_count(0)
    answer = office.page.request.get(address)
    assert answer.status == 404

    other.go("/support/disputes")
    other.page.get_by_role("link", name=SUBJECT).click()
    other.fill("Text", "系操作疏漏，此后注明。")
    other.press("Answer")
    expect(other.page.get_by_text("系操作疏漏，此后注明。")).to_be_visible()

    opener.go(address)
    opener.fill("Text", "未就重发达成一致，请协调。")
    opener.confirm("Bring before the office", "Bring it before the office")
    expect(opener.page.get_by_text(zh("Brought before the office"), exact=True)).to_be_visible()

    office.go("/support/disputes")
    office.page.get_by_role("link", name=SUBJECT).click()
    office.fill("Text", "由发文单位更正后重发。")
    office.confirm("Close with a decision", "Close it")
    other.go(address)
    expect(other.page.get_by_text("由发文单位更正后重发。")).to_be_visible()


@pytest.mark.req("U-9")
def test_a_computer_checks_itself(people: People) -> None:
    someone = people(OPENER)
    someone.go("/support/self-check")
    page = someone.page
    for key in ("javascript", "browser", "crypto", "key", "clock"):
        expect(page.locator(f"[data-check={key}] [data-light]")).to_have_text(re.compile(zh("Ready")))
        expect(page.locator(f"input[name=finding-{key}]")).to_have_value("good")
    page.get_by_label(zh("What came out of the printer")).select_option("good")
    someone.fill("Name of this computer", "局长室计算机")
    someone.press("Send the findings")
    expect(page.get_by_text("局长室计算机")).to_be_visible()
