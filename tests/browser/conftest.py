"""One installation, one browser, and the people of the demo city for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import acts
from tests.browser.installation import Installation, running_installation
from tests.browser.people import People


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A running portal with the demo city."""
    with running_installation() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def everybody(installation: Installation, browser: Browser) -> People:
    """The people of the demo city at their computers, by account; they leave before the installation is stopped."""
    return People(browser, installation)


@pytest.fixture
def people(everybody: People) -> Iterator[People]:
    """The same people; whatever their browsers complain of fails the test."""
    yield everybody
    assert list(everybody.faults()) == []


@pytest.fixture(scope="session")
def circular(everybody: People) -> str:
    """The title of a notice that has reached the units that will change, and one where two clerks share the inbox."""
    units = ("南澄市档案局", "南澄市应急管理局", "澄西区数据局", "南澄市教育局")
    notice = acts.Notice("南澄市财政局关于做好资产清查工作的通知", main=dict.fromkeys(units, 2))
    acts.sent(everybody, acts.FINANCE, notice)
    return notice.title
