"""The face: what the oldest browser can read, contrast, nothing inline, icons that exist, macros without script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import Babel, force_locale
from flask_wtf import CSRFProtect, FlaskForm
from wtforms import RadioField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from portal.core.clock import frozen
from portal.people.models import Person
from portal.people.roles import Role
from portal.web import filters
from tests.city import City

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "portal" / "static"
# What is printed by the worker (`templates/paper`) reaches no browser and carries its style itself.
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "paper")
SHEETS = sorted(STATIC.glob("*.css"))
ICONS = set((STATIC / "icons.txt").read_text("utf-8").split())
FRIDAY = datetime(2026, 11, 20, 8, 22, tzinfo=UTC)

# Newer than Chromium 86, and needing more than being ignored.
TOO_NEW = (
    r":has\(|:is\(|:where\(|\binset:|aspect-ratio|color-mix|oklch|light-dark|@layer|@container|@property|[0-9][ds]vh\b"
)


class Sample(FlaskForm):
    title = StringField("Title", [DataRequired("Enter a title.")])
    degree = RadioField(
        "Degree", [DataRequired("Choose one.")], choices=[SelectChoice("a", "A"), SelectChoice("b", "B")]
    )
    send = SubmitField("Send")


@pytest.fixture
def page() -> Iterator[Callable[..., str]]:
    """Renders a template of macros within a request, without database or login."""
    app = Flask("face", template_folder=str(ROOT / "templates"), static_folder=str(STATIC))
    app.config.update(SECRET_KEY="face", BABEL_DEFAULT_LOCALE="en")
    Babel(app)
    CSRFProtect(app)
    filters.install(app)
    with app.test_request_context(method="POST"):
        yield render_template_string


# ---- the style sheets ----


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_the_oldest_browser_can_read_the_sheets(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(TOO_NEW, text) == []
    assert text.count("{") == text.count("}")


def test_every_colour_pair_has_enough_contrast() -> None:
    text = (STATIC / "portal.css").read_text("utf-8")
    variables = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{3,6});", text))
    pairs = [
        (selector.strip(), _resolve(ink, variables), _resolve(ground, variables))
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text)
        if (ink := re.search(r"(?:^|[ ;])color: ([^;]+);", body))
        and (ground := re.search(r"background: (#[0-9a-f]+|var\(--[\w-]+\))", body))
    ]
    assert len(pairs) > 15
    assert [pair for pair in pairs if _contrast(pair[1], pair[2]) < 4.5] == []


def test_quiet_text_is_legible_on_every_ground() -> None:
    text = (STATIC / "portal.css").read_text("utf-8")
    variables = dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{3,6});", text))
    for ground in ("--ground", "--paper", "--shade"):
        assert _contrast(variables["--ink-3"], variables[ground]) >= 4.5


def _resolve(found: re.Match[str], variables: dict[str, str]) -> str:
    value = found[1].strip()
    return variables[value[4:-1]] if value.startswith("var(") else value


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ---- the templates ----


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_inline(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text) == []


def test_icons_are_listed_once_in_order() -> None:
    names = (STATIC / "icons.txt").read_text("utf-8").split()
    assert names == sorted(set(names))


def test_icons_named_in_templates_are_in_the_sprite() -> None:
    named = {
        name
        for template in TEMPLATES
        for name in re.findall(r"icon(?:_name=|\()'([a-z0-9-]+)'", template.read_text("utf-8"))
    }
    assert named
    assert named - ICONS == set()


def test_errors_of_a_form_lead_to_its_fields(page: Callable[..., str]) -> None:
    form = Sample()
    form.validate()
    html = page(
        "{% from 'macros/form.html' import error_summary, field %}"
        "{{ error_summary(form) }}{{ field(form.title, hint='Short.') }}{{ field(form.degree) }}",
        form=form,
    )
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    targets = re.findall(r'href="#([^"]+)"', html)
    described = [name for names in re.findall(r'aria-describedby="([^"]+)"', html) for name in names.split()]
    assert targets == ["title", "degree-0"]
    assert "title-hint" in described
    assert "title-error-0" in described
    assert set(targets) | set(described) <= ids
    assert 'aria-invalid="true"' in html


def test_an_irreversible_act_needs_a_tick_without_script(page: Callable[..., str]) -> None:
    html = page(
        "{% from 'macros/form.html' import confirm %}"
        "{% call confirm('Stop', 'Stop it?', 'Stop', url='/stop') %}<p>All meet again.</p>{% endcall %}"
    )
    assert re.search(r'<input type="checkbox" name="confirmed" value="yes" required>', html)
    assert 'name="csrf_token"' in html
    assert "data-once" in html


def test_a_live_region_asks_only_while_something_runs(page: Callable[..., str]) -> None:
    source = (
        "{% from 'macros/flow.html' import live_region %}{% call live_region('work', '/work', running) %}…{% endcall %}"
    )
    assert 'hx-select="#work"' in page(source, running=True)
    assert "hx-" not in page(source, running=False)


def test_texts_of_people_are_escaped(page: Callable[..., str]) -> None:
    html = page(
        "{% from 'macros/flow.html' import timeline %}{% from 'macros/list.html' import title_cell %}"
        "{{ timeline([{'what': text, 'who': text, 'opinion': text}]) }}{{ title_cell(text, '/') }}",
        text="<script>alert(1)</script>",
    )
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 4


# ---- the filters ----


def test_moments_are_shown_by_the_citys_clock() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # past midnight in the city
    assert filters.city_date(late) == "2026-11-21"
    assert filters.city_time(FRIDAY) == "2026-11-20 16:22"
    with frozen(FRIDAY):
        assert filters.short_time(FRIDAY) == "11-20 16:22"
        assert filters.short_time(FRIDAY - timedelta(days=365)) == "2025-11-20 16:22"
    assert [name(None) for name in (filters.city_date, filters.city_time, filters.short_time)] == ["", "", ""]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (812, "812 B"),
        (496_640, "485 KB"),
        (12_897_485, "12.3 MB"),
        (104_857_600, "100 MB"),
        (3 << 30, "3.00 GB"),
    ],
)
def test_sizes_read_as_people_say_them(count: int, text: str) -> None:
    assert filters.filesize(count) == text


def test_dates_are_written_as_officials_write_them(app: Flask) -> None:
    with frozen(FRIDAY):
        with app.test_request_context(), force_locale("zh_Hans_CN"):
            assert filters.written_date(FRIDAY) == "2026年11月20日"
            assert filters.weekday(FRIDAY) == "星期五"
            assert filters.time_left(FRIDAY + timedelta(days=3, hours=2)) == "余 3 天"
            assert filters.time_left(FRIDAY - timedelta(hours=2)) == "超 2 小时"
        with app.test_request_context(), force_locale("en"):
            assert filters.written_date(FRIDAY) == "20 November 2026"
            assert filters.time_left(FRIDAY + timedelta(minutes=1)) == "1 minute left"


# ---- the frames ----


@pytest.fixture
def clerk(city: City, client_for: Callable[[Person], FlaskClient]) -> FlaskClient:
    """An exchange clerk, logged in."""
    return client_for(city.person("finance", Role.EXCHANGE_CLERK))


def test_the_frame_of_a_page(clerk: FlaskClient) -> None:
    html = clerk.get("/").text
    assert '<html lang="zh-CN">' in html
    assert html.count("<h1") == 1
    assert 'aria-current="page"' in html
    # The first link of the page leads keyboards past the frame.
    assert re.findall(r'<a [^>]*href="([^"]+)"', html)[0] == "#main"
    assert "localStorage" not in html and '"historyCacheSize": 0' in html
    assert set(re.findall(r"icons\.svg#i-([a-z0-9-]+)", html)) <= ICONS


def test_language_and_large_type_are_switched_by_links(clerk: FlaskClient) -> None:
    clerk.get("/preferences/language/en")
    clerk.get("/preferences/large-type")
    html = clerk.get("/").text
    assert '<html lang="en" class="large-type">' in html
    assert "Standard type" in html


def test_an_error_page_says_what_to_do(clerk: FlaskClient) -> None:
    answer = clerk.get("/no-such-page")
    assert answer.status_code == 404
    assert "您可以这样做" in answer.text
    assert answer.text.count("<h1") == 1
