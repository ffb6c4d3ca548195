"""The acts of the main job, as people do them on the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Someone, zh

TEXT = """为规范公文交换，提高办事效率，经市政府同意，现将有关事项通知如下。
一、总体要求
（一）统一平台。各单位通过交换平台收发公文。
1. 按时查收。每个工作日上午、下午各查收一次。
2. 及时办理。收到公文后当日登记。
（二）规范用印。电子印章由专人保管。
二、工作安排
各单位要明确责任人，落实到岗到人，遇有问题及时反馈。"""


@dataclass(frozen=True)
class Notice:
    """What a drafter writes; `main` and `copies` are units with the prints they may make."""

    title: str
    text: str = TEXT
    main: dict[str, int] = field(default_factory=lambda: {"南澄市教育局": 3})
    copies: dict[str, int] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Desks:
    """Who does what in a sending unit, by account."""

    drafter: str
    reviewers: tuple[str, ...]
    leader: str
    registrar: str
    custodian: str
    clerk: str


OFFICE = Desks("shenmoyan", ("guyanqiu", "luwenlan"), "sujianzhi", "jishutang", "chengyinfang", "youchuanxin")
FINANCE = Desks("qianzhishu", ("fuyusuan", "jinmanbo"), "caijinghe", "zhangbenqing", "yinshoucheng", "zhangbenqing")


def write(drafter: Someone, notice: Notice) -> str:
    """Fill in the editor and save; returns the address of the document's page."""
    drafter.go("/documents/new")
    drafter.page.get_by_label(zh("Kind and direction")).select_option("notice:down")
    enter(drafter, notice)
    drafter.press("Save and look at it")
    drafter.page.wait_for_url(re.compile(r"/documents/\d+(/edit)?$"))
    return drafter.page.url.removesuffix("/edit")


def enter(drafter: Someone, notice: Notice) -> None:
    """Put title, text, recipients and files into the editor."""
    page = drafter.page
    page.locator("[name=title]").fill(notice.title)
    page.locator("[name=text]").fill(notice.text)
    for label, units in (("Main recipient: %(name)s", notice.main), ("Copied recipient: %(name)s", notice.copies)):
        for unit, quota in units.items():
            page.get_by_label(zh(label, name=unit)).check()
            page.get_by_label(zh("Prints allowed to %(name)s", name=unit)).fill(str(quota))
    if notice.files:
        page.locator("input[name=files]").set_input_files([str(file) for file in notice.files])


def submit(drafter: Someone) -> None:
    """Declare and hand on; the document's page is open."""
    for name in ("unclassified", "not_urgent", "official"):
        drafter.page.locator(f"[name={name}]").check()
    drafter.press("Submit for review")


def decide(someone: Someone, document: str, opinion: str) -> None:
    """Pass a document on with an opinion."""
    someone.go(document).fill("Opinion", opinion).press("Pass on").told("Passed on to the next desk.")


def issue(leader: Someone, document: str, opinion: str = "同意印发。") -> None:
    """Issue a document."""
    leader.go(document).fill("Opinion", opinion).confirm("Issue", "Issue it")
    leader.told("The document is issued; the registrar gives it its number.")


def number(registrar: Someone, document: str) -> None:
    """Give a document its number; the worker typesets it then."""
    registrar.go(document).confirm("Give the number", "Give it")


def consent(custodian: Someone, document: str) -> None:
    """Look at the frozen pages and consent to their stamping, with a fresh code."""
    custodian.go(f"{document}/stamp")
    custodian.page.locator("[name=code]").fill(custodian.code())
    custodian.confirm("Agree to stamp", "Agree")


def issued(people: People, desks: Desks, notice: Notice) -> str:
    """A notice written, reviewed and issued; returns the address of its page."""
    drafter = people(desks.drafter)
    document = write(drafter, notice)
    submit(drafter)
    drafter.told("The draft is submitted.")
    for reviewer in desks.reviewers:
        decide(people(reviewer), document, "拟同意，请审核。")
    issue(people(desks.leader), document)
    return document


def frozen(people: People, desks: Desks, notice: Notice) -> str:
    """A notice that only lacks its seal; returns the address of its page."""
    document = issued(people, desks, notice)
    registrar = people(desks.registrar)
    number(registrar, document)
    in_state(registrar, "Frozen, to be stamped")
    return document


def sent(people: People, desks: Desks, notice: Notice) -> str:
    """A notice that has reached its recipients; returns the address of its page."""
    document = frozen(people, desks, notice)
    custodian, clerk = people(desks.custodian), people(desks.clerk)
    consent(custodian, document)
    custodian.reads("The document is stamped.")
    clerk.go(document).follow("Send")
    clerk.confirm("Send the document", "Send it now")
    clerk.told("The document was sent to %(count)s units.", count=len(notice.main) + len(notice.copies))
    return document


def in_state(someone: Someone, label: str) -> None:
    """The open page comes to show this state, by itself."""
    badge = someone.page.locator(".page-eyebrow")
    expect(badge).to_contain_text(zh(label), timeout=PATIENCE)


def call_ceremony(officer: Someone, application: str) -> str:
    """Call the ceremony of an approved application; returns the address of its room."""
    officer.go(application).confirm("Call the ceremony", "Call it")
    officer.page.wait_for_url(re.compile(r"/ceremonies/\d+$"))
    return officer.page.url


def take_seat(someone: Someone, room: str) -> None:
    """Take one's seat with a fresh code; the head of the unit has compared what will be made."""
    someone.go(room)
    if (compared := someone.page.locator("[name=compared]")).count():
        compared.check()
    someone.page.locator("[name=code]").fill(someone.code())
    someone.press("Take my seat").told("You have taken your seat.")


def give_share(operator: Someone, share: str) -> str:
    """Type a share as it stands on the sheet; the browser encrypts it. Returns what was sent."""
    typed = operator.page.locator("#typed-share")
    expect(typed).to_be_visible(timeout=PATIENCE)
    typed.fill(share)
    expect(operator.page.locator("#typed-share-status")).to_have_text(zh("All fourteen groups are right."))
    with operator.page.expect_request(lambda request: request.url.endswith("/share")) as posted:
        operator.press("Hand over my share")
    operator.told("Your share was handed over, encrypted.")
    return posted.value.post_data or ""
