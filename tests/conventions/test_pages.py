"""Every page one reaches without naming an object is whole HTML, readable by all, and under a strict policy."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from portal.people.roles import Role
from portal.web.security import CONTENT_SECURITY_POLICY
from tests.conventions.doors import Door, doors
from tests.conventions.house import House
from tests.conventions.markup import faults

LANGUAGES = ("zh", "en")
GOOD = """<!doctype html><html lang="zh"><head><title>t</title></head><body><h1>t</h1>
<form><label for="a">A</label><input id="a" name="a"><button>Go</button></form></body></html>"""


def pages(house: House) -> list[Door]:
    return [door for door in doors(house.app) if door.method == "GET" and not door.named]


def _faults(door: Door, answer: TestResponse) -> list[str]:
    return [f"{door.address}: {fault}" for fault in faults(answer.get_data(as_text=True))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", Role)
def test_pages_are_whole(role: Role, language: str, house: House) -> None:
    client = house.client(role)
    client.set_cookie("language", language)
    wrong, seen = [], 0
    for door in pages(house):
        answer = door.open(client)
        if answer.mimetype == "text/html" and answer.status_code in (200, 403):
            seen += 1
            wrong += _faults(door, answer)
    assert not wrong, "\n" + "\n".join(wrong)
    assert seen > 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_logged_out_are_whole(language: str, house: House) -> None:
    client = house.app.test_client()
    client.set_cookie("language", language)
    answers = [(door, door.open(client)) for door in pages(house) if door.access.public]
    wrong = [fault for door, answer in answers if answer.mimetype == "text/html" for fault in _faults(door, answer)]
    missing = client.get("/there/is/nothing")
    assert missing.status_code == 404
    assert not (wrong + faults(missing.get_data(as_text=True))), "\n".join(wrong)


@pytest.mark.parametrize(
    ("spoilt", "fault"),
    [
        (GOOD.replace("<h1>t</h1>", ""), "0 h1"),
        (GOOD.replace("<h1>t</h1>", "<h1>t</h1><h1>t</h1>"), "2 h1"),
        (GOOD.replace('<label for="a">A</label>', ""), "input a has no label"),
        (GOOD.replace("<button>", '<button id="a">'), "id a 2 times"),
        (GOOD.replace("<button>", '<button onclick="x()">'), "button has onclick"),
        (GOOD.replace("<button>", '<button style="color:red">'), "button has style"),
        (GOOD.replace("</form>", "</form><script>x()</script>"), "inline script"),
        (GOOD.replace("<form>", '<form aria-describedby="b">'), "reference to missing id b"),
        (GOOD.replace(' lang="zh"', ""), "no language"),
        (GOOD.replace("Go", ""), "button says nothing"),
        (GOOD.replace("</form>", '</form><img src="x">'), "img x has no alt"),
        (GOOD.replace("</form>", "</div></form>"), "line 2: end-tag-too-early {'name': 'div'}"),
    ],
)
def test_the_judge_finds_each_fault(spoilt: str, fault: str) -> None:
    assert faults(GOOD) == []
    assert fault in faults(spoilt)


def test_every_answer_carries_the_policy(house: House) -> None:
    client = house.client(Role.DRAFTER)
    for door in doors(house.app):
        headers = door.open(client).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, door.address
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "unsafe" not in headers["Content-Security-Policy"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    client = house.client(Role.DRAFTER)
    given = [cookie for door in doors(house.app) for cookie in door.open(client).headers.getlist("Set-Cookie")]
    assert given
    for cookie in given:
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie, cookie.split("=")[0]
