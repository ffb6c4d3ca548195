"""Start an installation with the demo city, set the scenes, send one person of each role around, bind the album."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from portal.demo.city import PEOPLE
from portal.people.roles import OFFICE_ROLES, Role
from tests.browser.installation import Installation, running_installation
from tests.browser.people import People
from tests.tour.album import bind
from tests.tour.scenes import set_scenes
from tests.tour.walk import Walk

ALBUM = Path("var/tour")
NOWHERE = "/no-such-page"
# Recipients: a document received, one not opened yet, an application and a ceremony of one's own unit.
OTHERS = ("shoufaliang", "yanyinping", "zhangbenqing", "sulianwang", "yunshuhai")


def tourists() -> dict[str, str]:
    """Account by name of the walk: the first person of each role in the office, then people of other units.

    Roles of the ceremony go first: it waits for them fifteen minutes.
    """
    found: dict[str, str] = {}
    for role in (*sorted(OFFICE_ROLES), *Role):
        account = next(person.account for person in PEOPLE["office"] if role in person.roles)
        if account not in found.values():
            found[role.value] = account
    return found | {account: account for account in OTHERS}


def walks(people: People, code: str) -> Iterator[Walk]:
    """Everybody's walk, taken."""
    stranger = Walk("stranger", people.passer_by(), ALBUM, missing=frozenset({NOWHERE}))
    stranger.take(("/login", "/verify", f"/v/{code}", NOWHERE))
    yield stranger
    for name, account in tourists().items():
        walk = Walk(name, people(account), ALBUM)
        walk.take(("/",))
        walk.someone.context.close()
        yield walk


def travel(installation: Installation) -> Iterator[Walk]:
    """Everybody's walk through a running installation."""
    code = set_scenes(installation.settings)  # before the browser, whose event loop would be in pyHanko's way
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield from walks(People(browser, installation), code)
        browser.close()


def main() -> int:
    """The exit code is 1 when a page failed; the last line counts the pages."""
    shutil.rmtree(ALBUM, ignore_errors=True)
    ALBUM.mkdir(parents=True)
    faults: list[str] = []
    album = {}
    with running_installation() as installation:
        try:
            for walk in travel(installation):
                print(f"{walk.name}: {len(walk.pictures)} pictures", flush=True)
                album[walk.name] = walk.pictures
                faults += walk.faults
        finally:
            (ALBUM / "run.log").write_text(installation.log(), encoding="utf-8")
    bind(ALBUM, album)
    for fault in faults:
        print(fault)
    pages = sum(len(pictures) for pictures in album.values())
    print(f"tour: {pages} pages, {len(faults)} faults, {ALBUM / 'index.html'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
