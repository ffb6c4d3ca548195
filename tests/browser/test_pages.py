"""Every page somebody can reach: accessible, in both languages, on a narrow screen, without a complaint of the browser.

A role walks the links from the home page on; of pages that differ only in the row they show, one is looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from portal.demo.city import PEOPLE
from portal.people.roles import Role
from tests.browser import acts
from tests.browser.acts import Notice
from tests.browser.people import People, Someone, zh

pytestmark = pytest.mark.timeout(600)

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROW = ViewportSize(width=390, height=844)
WIDE = ViewportSize(width=1280, height=800)
# Not pages: files to take, switches that lead back.
NO_PAGE = re.compile(
    r"/(file|letter|pdf|files/\d+|attachments/\d+|pages/\d+)$"
    r"|\.(crl|csr|csv|pdf|pem|xlsx|zip)$"
    r"|^/(preferences|static|health|pki)/"
)
# What axe has looked at: pages made of the same parts are one.
KNOWN: set[tuple[str, ...]] = set()
# So many people look at pages of one shape; the others leave it at the link.
OF_A_SHAPE = 3
LOOKED: Counter[tuple[str, str]] = Counter()
PUBLIC = ("/login", "/verify")
# Who walks: the office's people, whose roles are one each, a recipient's clerk, its handler and the holder of its
# seal's password, a district's manager.
WALKERS = [row.account for row in PEOPLE["office"] if not row.new]
WALKERS += ["bizhenglou", "dingduiming", "mushouyan", "dongguanli"]


@cache
def axe() -> str:
    """The accessibility checker."""
    return AXE.read_text("utf-8")


def walk(someone: Someone) -> Iterator[str]:
    """Open the pages one after another, one of each shape; yields their paths."""
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        answer = someone.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for link in links_of(someone.page):
            made = page_language(someone.page), shape(link)
            if shape(link) not in seen and LOOKED[made] < OF_A_SHAPE:
                seen.add(shape(link))
                LOOKED[made] += 1
                waiting.append(link)
        yield path


def page_language(page: Page) -> str:
    """What the page says it is written in."""
    return page.get_attribute("html", "lang") or ""


def shape(path: str) -> str:
    """The path without the numbers of rows: what pages of one kind have in common."""
    return re.sub(r"\d+", "N", path)


def links_of(page: Page) -> list[str]:
    """The pages of the portal this one links to, without their questions."""
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    paths = [urlsplit(link).path for link in found if link.startswith("/")]
    return [path for path in dict.fromkeys(paths) if path and not NO_PAGE.search(path)]


def parts_of(page: Page) -> list[str]:
    """The panels and forms the page is made of."""
    script = "parts => [...new Set(parts.map(part => part.id || part.getAttribute('name') || part.innerText))].sort()"
    found: list[str] = page.eval_on_selector_all("main h2, main form [name], main section[id], main table th", script)
    return [re.sub(r"\d+", "N", part) for part in found]


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe objects to: the rule and the element."""
    page.evaluate(axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(result => result.violations)")
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found]


def look(page: Page, path: str, language: str) -> None:
    """One heading, the right language, nothing wider than a narrow screen, nothing axe objects to."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_have_count(1)
    if (made_of := (language, shape(path), *parts_of(page))) not in KNOWN:
        KNOWN.add(made_of)
        assert violations(page) == [], path
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(WIDE)
    assert width <= NARROW["width"], path


@pytest.mark.parametrize("account", WALKERS)
def test_every_page_of_a_role_is_in_order(people: People, account: str) -> None:
    someone = people(account)
    paths = []
    for path in walk(someone):
        look(someone.page, path, "zh-CN")
        paths.append(path)
    assert paths[0] == "/"


@pytest.mark.parametrize("account", ["shenmoyan", "youchuanxin", "baomiyan"])
def test_the_pages_are_in_order_in_english(people: People, account: str) -> None:
    someone = people.again(account)
    someone.go("/preferences/language/en")
    for path in walk(someone):
        look(someone.page, path, "en")
    assert someone.faults == []


@pytest.mark.parametrize("path", PUBLIC)
def test_the_public_pages_are_in_order(people: People, path: str) -> None:
    someone = people.passer_by()
    look(someone.go(path).page, path, "zh-CN")
    assert someone.faults == []


def test_the_walkers_hold_every_role() -> None:
    held = {role for rows in PEOPLE.values() for row in rows if row.account in WALKERS for role in row.roles}
    assert held == set(Role)


@pytest.mark.req("D-1", "D-3")
def test_writing_and_deciding_need_no_script(people: People) -> None:
    drafter = people.without_script("shulangsheng")
    document = acts.write(drafter, Notice("南澄市教育局关于做好开学工作的通知", main={"南澄市财政局": 1}))
    acts.submit(drafter)
    drafter.told("The draft is submitted.")
    for account in ("xuezhijin", "linyuren"):
        acts.decide(people.without_script(account), document, "同意。")
    head = people.without_script("kongxingtan")
    head.go(document).fill("Opinion", "同意印发。")
    head.page.locator("summary", has_text=zh("Issue")).click()  # the question unfolds in its place
    head.press("Issue it").told("The document is issued; the registrar gives it its number.")
