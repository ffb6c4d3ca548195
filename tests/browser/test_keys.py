"""Hardware keys in a browser: Chromium's virtual authenticators stand for the keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, expect
from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.people import queries
from portal.people.models import LoginSession
from tests.browser.installation import Installation
from tests.browser.people import PATIENCE, Someone, zh

pytestmark = pytest.mark.req("A-9")
ACCOUNT = "qianzhishu"


class Keys:
    """The keys plugged into a browser; only one is at hand at a time, as people have it."""

    def __init__(self, session: CDPSession) -> None:
        self.session, self.plugged = session, ""
        session.send("WebAuthn.enable")

    def plug(self) -> str:
        """A new key, the only one that is plugged in."""
        self.unplug()
        options: dict[str, Any] = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}
        options |= {"hasUserVerification": True, "isUserVerified": True}  # whoever keeps seals needs a key with a PIN
        answer = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.plugged = str(answer["authenticatorId"])
        return self.plugged

    def unplug(self) -> list[dict[str, Any]]:
        """Take the key away; what is in it can be put into another."""
        if not self.plugged:
            return []
        kept = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.plugged})["credentials"]
        self.session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.plugged})
        self.plugged = ""
        return list(kept)

    def plug_again(self, kept: list[dict[str, Any]]) -> None:
        """Plug in a key that was unplugged."""
        self.plug()
        for credential in kept:
            self.session.send("WebAuthn.addCredential", {"authenticatorId": self.plugged, "credential": credential})


@pytest.fixture
def someone(browser: Browser, installation: Installation) -> Iterator[Someone]:
    """Somebody who opens the portal by its name."""
    address = installation.address.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=address, locale="zh-CN")
    yield Someone(context, installation, ACCOUNT)
    context.close()


def test_two_keys_one_lost(someone: Someone, installation: Installation) -> None:
    page = someone.page
    keys = Keys(someone.context.new_cdp_session(page))
    someone.log_in()
    someone.go("/keys/")
    keys.plug()
    someone.fill("Name of the key", "随身").press("Register this key")
    someone.told("The key is registered. You will be asked for it at each login.")
    first = keys.unplug()
    keys.plug()
    someone.fill("Name of the key", "备用").press("Register this key")
    # In the table: the advice beside it speaks of a spare key, too.
    expect(page.get_by_role("row").filter(has_text="备用")).to_be_visible(timeout=PATIENCE)
    second = keys.unplug()

    _log_out_and_in(someone)
    keys.plug_again(first)
    someone.press("Go on")
    expect(page.get_by_role("link", name=zh("Home"))).to_be_visible(timeout=PATIENCE)
    first = keys.unplug()

    someone.go("/keys/")
    page.get_by_role("row").filter(has_text="随身").get_by_role("button", name=zh("Report lost")).click()
    page.get_by_role("dialog").get_by_role("button", name=zh("Report it lost")).click()
    someone.told("The key is revoked: nobody can use it any more.")

    _log_out_and_in(someone)
    keys.plug_again(second)
    someone.press("Go on")
    expect(page.get_by_role("link", name=zh("Home"))).to_be_visible(timeout=PATIENCE)

    _let_the_proof_grow_old(installation)
    someone.go("/keys/")
    second = keys.unplug()
    keys.plug()
    someone.fill("Name of the key", "第三").press("Register this key")
    someone.reads("Prove that it is you")
    keys.plug_again(second)
    someone.press("Prove and go on")
    someone.told("The key is registered. You will be asked for it at each login.")
    expect(page.get_by_role("row").filter(has_text="第三")).to_be_visible(timeout=PATIENCE)
    assert someone.faults == []


def _log_out_and_in(someone: Someone) -> None:
    someone.go("/profile")
    with someone.page.expect_navigation(url="**/login*"):
        someone.page.locator("main").get_by_role("button", name=zh("Log out"), exact=True).click()
    someone.fill("Account", someone.account).fill("Password", someone.installation.password).press("Log in")
    someone.page.wait_for_url("**/login/code*")


def _let_the_proof_grow_old(installation: Installation) -> None:
    with unit_of_work(installation.runtime.engine) as session:
        person = queries.by_account(session, ACCOUNT)
        assert person is not None
        live = session.scalars(
            select(LoginSession).where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        ).one()
        old = now() - timedelta(minutes=installation.runtime.rules.reauthentication_minutes + 1)
        live.created_at = live.second_factor_at = old
        live.proved_at = None
