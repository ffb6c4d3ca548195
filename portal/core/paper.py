"""What is printed on paper beside documents: forms, slips and lists, from HTML templates to PDF (in workers only).

Documents themselves are set by `portal.documents.typesetting`, by the grid of their standard. Paper is Chinese whatever
language its reader's pages are in. Templates lie in `templates/paper/` and extend `paper/base.html`.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.core.clock import official_date, to_city

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def render(template: str, **values: object) -> bytes:
    """The PDF of `templates/paper/<template>` filled with `values`; 25 ms a page and more: never in a request."""
    # Heavy, and of use to the worker alone.
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    text = _environment().get_template(f"paper/{template}").render(**values)
    pdf = HTML(string=text, base_url=None, url_fetcher=_nothing).write_pdf(font_config=FontConfiguration())
    assert pdf is not None  # without a target the bytes are given
    return pdf


@cache
def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters["official_date"] = _written
    return environment


def _written(value: date | None) -> str:
    if value is None:
        return ""
    return official_date(to_city(value).date() if isinstance(value, datetime) else value)


def _nothing(address: str) -> dict[str, Any]:
    """What stands in a template or in people's words never makes the worker fetch an address."""
    raise ValueError("a printed page refers to nothing outside itself")
