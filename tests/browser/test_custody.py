"""A custodian stamps by the hardware key that the custody record names (S-6, A-9)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from portal.seals.models import Seat
from tests.browser import acts, newcomers
from tests.browser.installation import Installation
from tests.browser.people import PATIENCE, People, Someone, zh
from tests.browser.test_keys import Keys

pytestmark = [pytest.mark.req("S-6", "A-9"), pytest.mark.timeout(600)]
SECRECY, CENTRE = "baomiyan", "xinxizhong"
SIGNS = "Your key signs exactly this file, seal and purpose; the seal server checks the signature by itself."
PAGES_AND_MORE = 12
TITLE = "南澄市审计局关于报送审计整改台账的通知"


@pytest.fixture
def custodian(browser: Browser, installation: Installation) -> Iterator[Someone]:
    """The custodian, who opens the portal by its name: keys know no numbers."""
    newcomers.open_keyed_bureau(installation)
    address = installation.address.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=address, locale="zh-CN")
    yield Someone(context, installation, newcomers.KEYED_CUSTODIAN)
    context.close()


def test_a_custodian_stamps_by_the_key_on_record(
    custodian: Someone, people: People, installation: Installation
) -> None:
    keys = Keys(custodian.context.new_cdp_session(custodian.page))
    custodian.log_in().go("/keys/")
    keys.plug()
    custodian.fill("Name of the key", "守印").press("Register this key")
    custodian.told("The key is registered. You will be asked for it at each login.")
    hold_ceremony(people, installation, newcomers.approve_keyed_bureau(installation))
    document = newcomers.number_notice(installation, TITLE, "\n".join([acts.TEXT] * PAGES_AND_MORE))

    page = custodian.page
    custodian.go(f"/documents/{document}")
    acts.in_state(custodian, "Frozen, to be stamped")
    custodian.go(f"/documents/{document}/stamp")
    custodian.reads(
        "Your key signs exactly this file, seal and purpose; the seal server checks the signature by itself."
    )
    expect(page.locator("[name=code]")).to_have_count(0)
    page.locator("[name=straddling]").check()  # the key signs this too
    custodian.confirm("Agree to stamp", "Agree")
    custodian.told("Your consent is recorded; the seal server stamps once enough custodians agree.")
    custodian.reads("The document is stamped.")

    custodian.go("/seals/")
    page.get_by_role("link", name=newcomers.KEYED, exact=True).click()
    custodian.follow("Custody record").reads("The record is genuine").sees("守印")
    expect(page.locator("main")).to_contain_text(zh("Each of them consents by a hardware key that the record names."))
    assert custodian.faults == []


def hold_ceremony(people: People, installation: Installation, application: int) -> None:
    """The three people make the bureau's seals."""
    secrecy, centre, head = people(SECRECY), people(CENTRE), people(newcomers.KEYED_HEAD)
    secrecy.context.clear_cookies()
    room = acts.call_ceremony(secrecy.log_in(), f"/seals/applications/{application}")
    for someone in (secrecy, centre, head):
        acts.take_seat(someone, room)
    for operator, seat in ((secrecy, Seat.SECRECY_OFFICE), (centre, Seat.INFORMATION_CENTRE)):
        acts.give_share(operator, installation.share(seat))
    expect(head.page.locator("main")).to_contain_text(zh("The seals are made"), timeout=PATIENCE)
