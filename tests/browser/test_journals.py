"""A journal in the browser: made, shown to a district's leaders, approved, read inside and unknown outside."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, zh

pytestmark = pytest.mark.timeout(600)
PUBLISHER, APPROVER, INSIDE, OUTSIDE = "qianzhishu", "fuyusuan", "dongfanglan", "ximenyue"
JOURNAL, TITLE, DISTRICT = "澄区财经参考", "区县财力保障专辑", "澄东区人民政府"
ARTICLES = (("要情", "区县库款保障水平分析"), ("调研", "乡镇财政所运转情况调查"))


@pytest.mark.req("M-6", "M-1")
def test_an_issue_reaches_its_readers_and_nobody_else(people: People) -> None:
    publisher, approver, inside, outside = (people(one) for one in (PUBLISHER, APPROVER, INSIDE, OUTSIDE))
    publisher.go("/journals/new")
    publisher.fill("Name of the journal", JOURNAL)
    publisher.press("Save").told("The journal is founded. Say who reads it as a rule.")
    publisher.follow("Done").follow("Begin an issue")
    publisher.page.locator("[name=title]").fill(TITLE)
    publisher.press("Begin it")
    issue = re.sub(r"^https?://[^/]+", "", publisher.page.url)
    for column, title in ARTICLES:
        publisher.go(issue).follow("Add an article")
        publisher.page.locator("[name=column]").fill(column)
        publisher.page.locator("[name=title]").fill(title)
        publisher.page.locator("[name=text]").fill(f"{title}如下。\n\n# 基本情况\n\n库款总体平稳。")
        publisher.press("Save").told("The article is in the issue.")
    # By keyboard: the second article goes up.
    up = publisher.page.get_by_role("button", name=zh("Up"), exact=True)
    up.focus()
    publisher.page.keyboard.press("Enter")
    expect(publisher.page.locator("tr[id^=article-] .row-title").first).to_have_text(ARTICLES[1][1])

    publisher.go(issue).follow("Readers")
    page = publisher.page
    page.locator("[name=of]").select_option("district")
    page.locator("[name=name]").fill(DISTRICT)
    page.locator("[name=role]").select_option("unit-head")
    publisher.press("Add").sees("东方岚")  # the preview names who will read it
    expect(page.locator("main")).not_to_contain_text("西门月")
    publisher.go(issue)
    for name in ("unclassified", "not_urgent", "official"):
        page.locator(f"[name={name}]").check()
    publisher.press("Hand in for approval")

    assert inside.page.request.get(issue).status == 404  # not out yet
    approver.go(issue).press("Approve and publish")
    inside.go("/journals/").page.get_by_role("link", name=TITLE).click()
    inside.sees("年第1期")
    inside.page.get_by_role("link", name=ARTICLES[0][1]).first.click()
    inside.sees("库款总体平稳。")
    article = inside.page.url
    inside.go(issue)
    pdf = inside.page.get_by_role("link", name=zh("Download the PDF"))
    for _ in range(30):  # until the worker has set it
        if pdf.count():
            break
        inside.page.wait_for_timeout(PATIENCE // 60)
        inside.page.reload()
    assert inside.download("Download the PDF").startswith(b"%PDF")

    for address in (issue, article, f"/items/{issue.rsplit('/', 1)[1]}/pdf"):
        assert outside.page.request.get(address).status == 404, address
    outside.go("/journals/?q=财政所")
    expect(outside.page.locator("main")).not_to_contain_text(ARTICLES[1][1])
