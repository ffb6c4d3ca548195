"""What portal.js adds, in a browser: the question as a dialog, one submit only, clocks, sizes of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.file import FileField
from playwright.sync_api import FilePayload, Page, Request, Route, expect, sync_playwright

from portal.web import filters

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "portal" / "static" / "portal.js"
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ADDRESS = "http://face.test/"
# Sheer size, not content, is what the browser judges.
LARGE = FilePayload(name="甲.pdf", mimeType="application/pdf", buffer=b"x" * 2000)
SMALL = FilePayload(name="乙.pdf", mimeType="application/pdf", buffer=b"x" * 1000)
Show = Callable[..., tuple[Page, list[Request]]]


def posted_form(request: Request) -> bool:
    """Whether `request` sends a form."""
    return request.method == "POST"


class Upload(FlaskForm):
    paper = FileField("Paper")


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    """A page of Debian's Chromium; whatever it throws fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(5000)
        yield page
        browser.close()


@pytest.fixture
def show(browser_page: Page) -> Iterator[Show]:
    """Shows a template of macros with portal.js; gives the page and the list of forms it will have sent."""
    app = Flask("face", template_folder=str(ROOT / "templates"), static_folder=str(SCRIPT.parent))
    app.config.update(SECRET_KEY="face", BABEL_DEFAULT_LOCALE="en")
    Babel(app)
    CSRFProtect(app)
    filters.install(app)
    faults: list[str] = []
    browser_page.on("pageerror", lambda error: faults.append(str(error)))

    def render(source: str, **context: object) -> tuple[Page, list[Request]]:
        sent: list[Request] = []
        with app.test_request_context():
            body = render_template_string(source, **context)
        html = f'<!doctype html><title>face</title><div id="announcer"></div>{body}<script src="/portal.js"></script>'

        def answer(route: Route, request: Request) -> None:
            if request.url.endswith("portal.js"):
                route.fulfill(path=SCRIPT, content_type="text/javascript")
            elif request.method == "POST":
                sent.append(request)
                route.fulfill(status=204)
            else:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")

        browser_page.unroute_all()
        browser_page.route("**/*", answer)
        browser_page.goto(ADDRESS)
        return browser_page, sent

    yield render
    assert faults == []


CONFIRM = (
    "{% from 'macros/form.html' import confirm %}"
    "{% call confirm('Stop', 'Stop the ceremony?', 'Stop now', url='/stop') %}<p>All meet again.</p>{% endcall %}"
)


def test_an_irreversible_act_asks_first(show: Show) -> None:
    page, sent = show(CONFIRM)
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog", name="Stop the ceremony?")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert sent == []


def test_the_confirmed_act_is_sent_with_its_confirmation(show: Show) -> None:
    page, _ = show(CONFIRM)
    page.get_by_role("button", name="Stop", exact=True).click()
    with page.expect_request(posted_form) as posted:
        page.get_by_role("button", name="Stop now").click()
    data = posted.value.post_data or ""
    assert "confirmed=yes" in data
    assert "csrf_token=" in data


def test_enter_in_a_field_never_confirms(show: Show) -> None:
    page, _ = show(
        "{% from 'macros/form.html' import confirm, submit %}<form method='post' action='/save'><input name='title'>"
        "{{ submit('Save', name='act', value='save') }}"
        "{% call confirm('Cancel', 'Cancel the draft?', 'Cancel it', name='act', value='cancel') %}{% endcall %}"
        "</form>"
    )
    page.locator("input[name=title]").fill("Notice")
    with page.expect_request(posted_form) as posted:
        page.keyboard.press("Enter")
    assert posted.value.post_data == "title=Notice&act=save"


def test_a_double_click_sends_once(show: Show) -> None:
    page, sent = show(
        "{% from 'macros/form.html' import submit %}<form method='post' action='/send'>"
        "{{ submit('Send', name='act', value='send', busy='Sending') }}</form>"
    )
    page.get_by_role("button", name="Send").dblclick()
    expect(page.get_by_role("button", name="Sending")).to_be_disabled()
    assert [request.post_data for request in sent] == ["act=send"]


def test_clocks_go_by_the_servers_time(show: Show) -> None:
    source = "{% from 'macros/flow.html' import countdown %}{{ countdown(deadline, now) }}"
    page, _ = show(source, now=NOON, deadline=NOON + timedelta(minutes=10, seconds=30))
    assert page.locator("[data-countdown]").inner_text()[:4] in ("10:2", "10:3")
    page, _ = show(source, now=NOON, deadline=NOON - timedelta(seconds=1))
    expect(page.locator("[data-countdown]")).to_have_text("Time is up")


def test_too_large_a_file_is_refused_before_it_travels(show: Show) -> None:
    with Flask("face").test_request_context():
        form = Upload(meta={"csrf": False})
    page, _ = show(
        "{% from 'macros/form.html' import submit, upload_field %}<form method='post' action='/send'>"
        "{{ upload_field(form.paper, 1024) }}{{ submit('Send') }}</form>",
        form=form,
    )
    page.set_input_files("#paper", LARGE)
    expect(page.locator("[data-chosen]")).to_have_text("甲.pdf is larger than 1 KB. Choose a smaller file.")
    page.get_by_role("button", name="Send").click()
    page.set_input_files("#paper", SMALL)
    with page.expect_request(posted_form) as posted:
        page.get_by_role("button", name="Send").click()
    assert posted.value.post_data == "paper=" + quote("乙.pdf")
