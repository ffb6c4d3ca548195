"""One person's walk along every link: each page in Chinese and English, the nearest ones on a phone too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Error, Page, Response, ViewportSize

from tests.browser.people import Someone

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
MARK = 24
"""Longer pieces of an address than this are codes."""
HOLE = "…"
OF_A_KIND = 3
"""So many pages stand for all whose addresses differ in numbers and codes only."""
LINKS = "links => links.filter(link => !link.download).map(link => link.href)"
OVERFLOW = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it; `how` is zh, en or phone."""

    file: str
    title: str
    address: str
    how: str


@dataclass
class Walk:
    """The walk of one person; `faults` are pages that failed, spilled over or complained."""

    name: str
    someone: Someone
    album: Path
    pictures: list[Picture] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    missing: frozenset[str] = frozenset()
    """Addresses that must answer that there is no such page."""

    def take(self, starts: Sequence[str]) -> None:
        """Walk and photograph."""
        found = list(self._discover(starts))
        near = {address for address, depth in found if depth <= 1}
        self._speak("en")
        for address, _ in found:
            self._look(address, "en")
        self._speak("zh")
        self.someone.page.set_viewport_size(PHONE)
        for address in sorted(near):
            self._look(address, "phone")
        self.faults += self.someone.faults

    def _discover(self, starts: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Every page that links lead to, in order of distance, with its distance; photographs it in Chinese."""
        self.someone.page.set_viewport_size(DESK)
        ahead, known = [(start, 0) for start in starts], set(starts)
        seen = Counter(map(kind_of, starts))
        while ahead:
            address, depth = ahead.pop(0)
            if not self._look(address, "zh"):
                continue
            yield address, depth
            for target in self._links():
                kind = kind_of(target)
                if target not in known and seen[kind] < (OF_A_KIND if HOLE in kind else 1):
                    known.add(target)
                    seen[kind] += 1
                    ahead.append((target, depth + 1))

    def _links(self) -> list[str]:
        """Where the page's links lead within the portal, without switches of language and size."""
        page = self.someone.page
        inside = [urlsplit(link) for link in page.locator("a[href]").evaluate_all(LINKS)]
        here = urlsplit(page.url).netloc
        targets = [part.path + (f"?{part.query}" if part.query else "") for part in inside if part.netloc == here]
        return [target for target in targets if not target.startswith("/preferences/")]

    def _look(self, address: str, how: str) -> bool:
        """Open a page and take its picture; False when it is no page but a file."""
        page = self.someone.page
        response = _opened(page, address)
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            return False
        wanted = 404 if address in self.missing else 200
        if response.status != wanted:
            self.faults.append(f"{self.name} {how} {address}: answered {response.status}")
        if page.evaluate(OVERFLOW):
            self.faults.append(f"{self.name} {how} {address}: wider than the window")
        file = f"{self.name}/{len(self.pictures) + 1:03}-{how}.png"
        page.screenshot(path=self.album / file, full_page=True)
        self.pictures.append(Picture(file, page.title(), address, how))
        return True

    def _speak(self, language: str) -> None:
        address = self.someone.installation.address
        self.someone.context.add_cookies([{"name": "language", "value": language, "url": address}])


def kind_of(address: str) -> str:
    """The address with numbers and codes left out."""
    path, _, query = address.partition("?")
    parts = [HOLE if part.isdigit() or len(part) > MARK else part for part in path.split("/")]
    asked = [f"{key}={re.sub(r'[0-9]+', HOLE, value)}" for key, value in parse_qsl(query) if key != "next"]
    return "?".join(["/".join(parts), *asked])


def _opened(page: Page, address: str) -> Response | None:
    """The answer; None for a file, which a browser saves instead of showing it."""
    try:
        return page.goto(address, wait_until="load")
    except Error as error:
        if "Download is starting" in error.message or "ERR_ABORTED" in error.message:
            return None
        raise
