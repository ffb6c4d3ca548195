"""Notices in the browser: one page to write, two units and a person who read, a receipt, and gone for all (M-7)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Someone, zh

pytestmark = pytest.mark.timeout(300)
CLERK, READER, NAMED, OUTSIDE = "zhangbenqing", "kongxingtan", "baoliangong", "shenmoyan"
TITLE = "关于开展固定资产盘点的通知"
NAME = "鲍廉公"
"""Of the person the notice is addressed to by name."""


def choose(someone: Someone, find: str, name: str) -> None:
    """Look for a unit or person and tick it; it moves up to the chosen ones."""
    page = someone.page
    page.locator("[data-addressees-find]").fill(find)
    found = page.locator("#addressees-found").get_by_text(name).first
    expect(found).to_be_visible(timeout=PATIENCE)
    found.click()
    chosen = page.locator("[data-addressees-chosen] input:checked")
    expect(page.locator("[data-addressees-chosen]")).to_contain_text(name)
    expect(chosen.last).to_be_focused()


def write(clerk: Someone, folder: Path) -> None:
    """Text with marks by keys and buttons, a file, two units and a person, the declaration."""
    page = clerk.go("/notices/new").page
    page.locator("[name=title]").fill(TITLE)
    text = page.locator("#text")
    text.fill("请于月底前完成盘点。")
    text.press("Control+a")
    text.press("Control+b")
    expect(text).to_have_value("**请于月底前完成盘点。**")
    text.press("End")
    text.type("\n\n- 车辆\n设备")
    expect(text).to_have_value("**请于月底前完成盘点。**\n\n- 车辆\n- 设备")
    expect(page.locator("#preview strong")).to_have_text("请于月底前完成盘点。", timeout=PATIENCE)
    expect(page.locator("#preview li")).to_have_count(2)
    file = folder / "盘点表.txt"
    file.write_text("盘点表", encoding="utf-8")
    page.locator("input[name=files]").set_input_files(str(file))
    choose(clerk, "教育", "南澄市教育局")
    choose(clerk, "发展", "南澄市发展和改革委员会")
    choose(clerk, NAME, NAME)
    for name in ("unclassified", "not_urgent", "official"):
        page.locator(f"[name={name}]").check()
    clerk.press("Publish").told("Published; its readers see it now.")


@pytest.mark.req("M-7")
def test_a_notice_from_writing_to_withdrawing(people: People, tmp_path: Path) -> None:
    clerk, reader, outside = people(CLERK), people(READER), people(OUTSIDE)
    write(clerk, tmp_path)
    address = clerk.page.url

    expect(reader.go("/").page.locator("main")).to_contain_text(TITLE)
    reader.go("/notices/").page.get_by_role("link", name=TITLE).first.click()
    reader.sees("请于月底前完成盘点。")
    file = reader.page.get_by_role("link", name="盘点表.txt").get_attribute("href") or ""
    assert "盘点表" in reader.page.request.get(file).text()
    assert outside.page.request.get(address).status == 404

    clerk.go(f"{address}/receipts")
    expect(clerk.page.locator("#read")).to_contain_text("孔杏坛")
    clerk.press("Remind those who haven’t")
    expect(clerk.page.get_by_role("alert")).to_contain_text("已提醒")

    clerk.go(address).page.get_by_role("button", name=zh("Withdraw"), exact=True).click()
    dialog = clerk.page.get_by_role("dialog")
    dialog.locator("[name=reason]").fill("时间另行通知")
    dialog.get_by_role("button", name=zh("Withdraw it"), exact=True).click()
    clerk.told("Withdrawn; nobody sees it any more.")
    assert reader.page.request.get(address).status == 404
    expect(reader.go("/notices/").page.locator("main")).not_to_contain_text(TITLE)
