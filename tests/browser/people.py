"""People at their computers: each has a browser context of their own, works in Chinese, and notes every fault."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, expect

from tests.browser.installation import Installation

TRANSLATIONS = Path(__file__).resolve().parents[2] / "portal" / "translations"
# Work of the processes behind the page, on a busy machine.
PATIENCE = 30_000
# How Chromium notes an answer that the page itself shows in words.
TOLD_ON_THE_PAGE = "Failed to load resource: the server responded with a status of 4"


@cache
def _catalogue() -> NullTranslations:
    return Translations.load(str(TRANSLATIONS), ["zh_Hans_CN"])


def zh(msgid: str, **params: object) -> str:
    """The words of the portal for `msgid`, as a Chinese reader sees them."""
    text = str(_catalogue().gettext(msgid))
    return text % params if params else text


class Someone:
    """A person at a computer; `account` is empty for somebody who never logs in."""

    def __init__(self, context: BrowserContext, installation: Installation, account: str = "") -> None:
        self.account = account
        self.installation = installation
        self.faults: list[str] = []
        self.context = context
        self.context.set_default_timeout(PATIENCE)
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", self._unexpected)
        return page

    def log_in(self) -> Someone:
        """By account and password, and by a code where the role asks for one."""
        page = self.page
        self.go("/login")
        self.fill("Account", self.account)
        self.fill("Password", self.installation.password)
        self.press("Log in")
        page.wait_for_url(lambda address: not address.endswith("/login"))
        if "/login/code" in page.url:
            self.fill("Code", self.code())
            self.press("Go on")
        expect(page.get_by_role("link", name=zh("Home"))).to_be_visible()
        return self

    def go(self, path: str) -> Someone:
        """Open an address of the portal."""
        self.page.goto(path)
        return self

    def press(self, msgid: str, **params: object) -> Someone:
        """Click the button with exactly this label."""
        self.page.get_by_role("button", name=zh(msgid, **params), exact=True).click()
        return self

    def confirm(self, msgid: str, act: str) -> Someone:
        """Click a button that asks first, then agree."""
        self.press(msgid)
        self.page.get_by_role("dialog").get_by_role("button", name=zh(act), exact=True).click()
        return self

    def follow(self, msgid: str, **params: object) -> Someone:
        """Click the link with this text."""
        self.page.get_by_role("link", name=zh(msgid, **params), exact=True).click()
        return self

    def fill(self, msgid: str, text: str) -> Someone:
        """Write into the field with this label."""
        self.field(msgid).fill(text)
        return self

    def field(self, msgid: str) -> Locator:
        """The field with this label; the label may have a mark that it is required."""
        return self.page.get_by_label(zh(msgid)).first

    def reads(self, msgid: str, **params: object) -> Someone:
        """The sentence stands on the page, now or once the work behind it is done."""
        return self.sees(zh(msgid, **params))

    def sees(self, text: str) -> Someone:
        """The text stands on the page."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=PATIENCE)
        return self

    def told(self, msgid: str, **params: object) -> Someone:
        """The portal answers the last act with this sentence."""
        expect(self.page.get_by_role("alert")).to_contain_text([zh(msgid, **params)], timeout=PATIENCE)
        return self

    def code(self) -> str:
        """What this person's authenticator shows, as soon as it is a code that wasn't used yet."""
        return self.installation.code(self.account)

    def download(self, msgid: str) -> bytes:
        """What the link with this text leads to, fetched as this person."""
        target = self.page.get_by_role("link", name=zh(msgid), exact=True).get_attribute("href")
        assert target is not None
        answer = self.context.request.get(target)
        assert answer.ok, answer.status
        return answer.body()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(TOLD_ON_THE_PAGE):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _unexpected(self, dialog: Dialog) -> None:
        # A page that is left with unsaved work asks; nobody here leaves one unasked.
        self.faults.append(f"{self.page.url}: {dialog.message}")
        dialog.accept()


class People:
    """Everybody who takes part; each logs in once."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        self._browser, self._installation = browser, installation
        self._known: dict[str, Someone] = {}

    def __call__(self, account: str) -> Someone:
        """The person with this account, logged in."""
        if account not in self._known:
            self._known[account] = self._someone(account).log_in()
        return self._known[account]

    def newly(self, account: str) -> Someone:
        """The person, logged in a moment ago: an act that can't be undone wants a fresh proof of identity."""
        if account not in self._known:
            return self(account)
        someone = self._known[account]
        someone.context.clear_cookies()
        return someone.log_in()

    def passer_by(self) -> Someone:
        """Somebody at a fresh computer who hasn't logged in."""
        return self._someone()

    def again(self, account: str, **options: Any) -> Someone:
        """The same person, logged in already, in a second window of other kind (`java_script_enabled=False` …)."""
        return self._someone(account, storage_state=self(account).context.storage_state(), **options)

    def without_script(self, account: str) -> Someone:
        """A person who logs in with a browser that runs no script, which ends the login session they had."""
        self._known.pop(account, None)
        return self._someone(account, java_script_enabled=False).log_in()

    def _someone(self, account: str = "", **options: Any) -> Someone:
        context = self._browser.new_context(base_url=self._installation.address, locale="zh-CN", **options)
        return Someone(context, self._installation, account)

    def faults(self) -> Iterator[str]:
        """What their browsers complained of, each told once."""
        for someone in self._known.values():
            while someone.faults:
                yield f"{someone.account} {someone.faults.pop()}"
