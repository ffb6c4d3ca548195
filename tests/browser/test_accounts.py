"""An account from its opening to its closing: slip, first login, mobile number, shared inbox, leaving, in Chinese.

The tests are the steps of one story and run in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from portal.core.clock import to_city, today
from portal.core.db import unit_of_work
from portal.people import identity, slips
from portal.people.models import Person
from portal.people.roles import ROLE_LABELS, Role
from tests.browser import papers
from tests.browser.installation import Installation
from tests.browser.people import PATIENCE, People, Someone, zh

pytestmark = pytest.mark.timeout(600)

ADMINISTRATOR, COLLEAGUE, COLLEAGUE_NAME = "linyuren", "bizhenglou", "毕正楼"
ACCOUNT, NAME, MOBILE = "xiaoxinfeng", "萧信风", "10000009001"
NUMBER = "45990019930401902"
OWN_PASSWORD = "Qiulan-Lvshui-2046"


@dataclass
class Story:
    """What one step leaves to the next."""

    folder: Path
    page: str = ""
    initial: str = ""
    newcomers: list[Someone] = field(default_factory=list)

    @property
    def newcomer(self) -> Someone:
        """The new colleague at a computer."""
        return self.newcomers[0]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story told so far."""
    yield Story(tmp_path_factory.mktemp("story"))


@pytest.mark.req("A-1", "A-4")
def test_1_the_administrator_opens_an_account(people: People, story: Story) -> None:
    administrator = people.newly(ADMINISTRATOR).go("/people/new")
    page = administrator.page
    entered = {"name": NAME, "account": ACCOUNT, "identity": NUMBER + identity.check_character(NUMBER)}
    for name, text in (entered | {"division": "办公室", "title": "文书"}).items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_label(zh(ROLE_LABELS[Role.EXCHANGE_CLERK]), exact=True).check()
    administrator.press("Open the account")
    administrator.told("The account is open. Print its password slip to let the person in.")
    story.page = page.url
    administrator.press("Print the password slip")
    administrator.reads(
        "The sheet is ready. It can be fetched once; after %(days)s day the passwords on it are void.",
        days=slips.KEPT.days,
    )
    if (password := page.locator("[name=password]")).count():
        password.fill(administrator.installation.password)
    with page.expect_download() as fetched:
        administrator.press("Fetch the sheet")
    slip = papers.text_of(fetched.value.path().read_bytes(), story.folder)
    assert NAME in slip
    assert ACCOUNT in slip.replace(" ", "")
    found = re.search(r"初始密码：\s*(.+)", slip)
    assert found is not None, slip
    story.initial = found[1].replace(" ", "")


@pytest.mark.req("A-3")
def test_2_the_newcomer_must_choose_a_password(people: People, story: Story) -> None:
    newcomer = people.passer_by()
    story.newcomers.append(newcomer)
    newcomer.go("/login").fill("Account", ACCOUNT).fill("Password", story.initial).press("Log in")
    newcomer.reads("Your password is an initial one that others have seen. Choose your own before you go on.")
    newcomer.go("/inbox")
    expect(newcomer.page).to_have_url(re.compile(r"/password"))  # nothing else works before
    newcomer.page.locator("[name=password]").fill(story.initial)
    for name in ("new_password", "repeated"):
        newcomer.page.locator(f"[name={name}]").fill(OWN_PASSWORD)
    newcomer.press("Change the password").told("Your password is changed.")


@pytest.mark.req("A-5")
def test_3_the_mobile_number_counts_once_confirmed(story: Story, installation: Installation) -> None:
    newcomer = story.newcomer.go("/profile").fill("Mobile number", MOBILE).press("Save")
    newcomer.reads("Send another code")
    newcomer.fill("Code", "000000").press("Confirm")
    expect(newcomer.page.get_by_role("alert")).to_contain_text(zh("Code"))
    said = installation.command("demo", "code", ACCOUNT, "--mobile").stdout
    found = re.search(r"验证码(\d{6})", said)
    assert found is not None, said
    newcomer.fill("Code", found[1]).press("Confirm").told("The mobile number is confirmed.")


@pytest.mark.req("X-4")
def test_4_what_one_clerk_claims_the_other_sees_as_claimed(people: People, story: Story, circular: str) -> None:
    other = people(COLLEAGUE).go("/inbox")
    expect(row_of(other, circular)).to_contain_text(zh("not claimed"))
    chosen(story.newcomer, circular).press("Claim").told("The document is yours to deal with.")
    expect(row_of(story.newcomer.go("/inbox"), circular)).to_contain_text(NAME)
    expect(row_of(other.go("/inbox"), circular)).to_contain_text(NAME)
    chosen(other, circular)
    expect(other.page.locator("#side")).to_contain_text(NAME)
    for act in ("Claim", "Open"):
        expect(other.page.get_by_role("button", name=zh(act), exact=True)).to_have_count(0)
    other.follow("View").reads("%(name)s has claimed it and opens it.", name=NAME)
    expect(other.page.get_by_role("button", name=zh("Take over"), exact=True)).to_be_visible()


@pytest.mark.req("A-7")
def test_5_who_leaves_hands_over_and_is_out_at_once(
    people: People, story: Story, circular: str, installation: Installation
) -> None:
    administrator = people.newly(ADMINISTRATOR).go(story.page).follow("The person leaves")
    administrator.sees(circular)
    administrator.page.locator("main select").select_option(label=f"{COLLEAGUE_NAME} · 办公室")
    administrator.fill("Reason", "调往外地工作。").press("Hand over and close the account")
    question = administrator.page.get_by_role("dialog")
    expect(question).to_contain_text(zh("Close the account of %(name)s?", name=NAME))
    expect(question.get_by_role("listitem").filter(has_text=COLLEAGUE_NAME)).to_have_count(1)  # who gets what
    question.get_by_role("button", name=zh("Close the account"), exact=True).click()
    administrator.told("The account is closed.")
    story.newcomer.go("/inbox")
    expect(story.newcomer.page).to_have_url(re.compile("/login"))
    story.newcomer.fill("Account", ACCOUNT).fill("Password", OWN_PASSWORD).press("Log in")
    expect(story.newcomer.page.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
    expect(row_of(people(COLLEAGUE).go("/inbox"), circular)).to_contain_text(COLLEAGUE_NAME)
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        person = session.scalars(select(Person).where(Person.account == ACCOUNT)).one()
        assert person.closed_at is not None
        assert (to_city(person.closed_at).date(), person.own_roles) == (today(), frozenset())
    assert story.newcomer.faults == []


def row_of(clerk: Someone, title: str) -> Locator:
    """The line of a document in the inbox."""
    return clerk.page.get_by_role("row").filter(has_text=title)


def chosen(clerk: Someone, title: str) -> Someone:
    """Choose a document in the inbox, so that its facts stand beside the list."""
    clerk.go("/inbox")
    clerk.page.get_by_role("link", name=title).first.click()
    expect(clerk.page.locator("#side h2").first).to_be_visible()
    expect(clerk.page.locator("#side")).to_contain_text(title)
    return clerk
