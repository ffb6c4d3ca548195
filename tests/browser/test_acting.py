"""A leader names an acting person, who issues a document; both names stand in its history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from portal.core.clock import today
from tests.browser import acts
from tests.browser.acts import FINANCE, Notice
from tests.browser.people import People, zh

pytestmark = [pytest.mark.timeout(300), pytest.mark.req("A-6")]
LEADER, ACTING = "caijinghe", "jinmanbo"


def test_somebody_acts_for_the_leader(people: People) -> None:
    leader = people(LEADER).go("/acting")
    leader.page.locator("[name=delegate]").select_option(label="金满柏（办公室 主任）")
    leader.page.get_by_role("group", name=zh("Roles")).get_by_label(zh("Leader (issuer)")).check()
    leader.page.locator("[name=last_day]").fill((today() + timedelta(days=6)).isoformat())
    leader.fill("Reason", "赴外地参加会议")
    leader.press("Name an acting person").told("%(name)s may act for %(other)s.", name="金满柏", other="蔡敬和")

    drafter = people(FINANCE.drafter)
    title = "南澄市财政局关于做好代理期间预算执行工作的通知"
    document = acts.write(drafter, Notice(title, "请按要求做好预算执行工作。", {"南澄市教育局": 1}))
    acts.submit(drafter)
    for reviewer in FINANCE.reviewers:
        acts.decide(people(reviewer), document, "拟同意，请审核。")

    acting = people(ACTING).go("/acting")
    acting.press("Act for %(name)s", name="蔡敬和")
    expect(acting.page.locator(".acting-bar")).to_contain_text(zh("Acting for %(name)s", name="蔡敬和"))
    acts.issue(acting, document)
    acting.sees("金满柏 代 蔡敬和")
    acting.press("Back to my own work").told("You are back at your own work.")
    expect(acting.page.locator(".acting-bar")).to_have_count(0)
