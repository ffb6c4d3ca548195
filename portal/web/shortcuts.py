"""What every page does dozens of times, made quick: its texts and the addresses that are the same on every page."""

from __future__ import annotations

from typing import Any

import flask
from flask import Flask, current_app, g, request
from flask_babel import get_translations

ADDRESSES = "addresses of pages without variables"


def install(app: Flask) -> None:
    """Let the templates of `app` use them; after Flask-Babel, whose functions they replace."""
    app.extensions[ADDRESSES] = {}
    app.jinja_env.globals["url_for"] = url_for
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().ugettext(text),
        lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )


def _catalogue() -> Any:
    """The texts in the reader's language, which doesn't change within a request; a page asks two hundred times."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def gettext(text: str, **values: Any) -> str:
    """As Flask-Babel's, with the catalogue of this request."""
    told = str(_catalogue().ugettext(text))
    return told % values if values else told


def ngettext(one: str, many: str, num: int) -> str:
    """As Flask-Babel's, with the catalogue of this request."""
    return str(_catalogue().ungettext(one, many, num)) % {"num": num}


def url_for(endpoint: str, **values: Any) -> str:
    """As Flask's; the address of a page or static file without further variables is made once."""
    if endpoint.startswith(".") or not (not values or (endpoint == "static" and values.keys() == {"filename"})):
        return flask.url_for(endpoint, **values)
    known: dict[tuple[str, str, str], str] = current_app.extensions[ADDRESSES]
    key = (request.script_root, endpoint, values.get("filename", ""))
    if key not in known:
        known[key] = flask.url_for(endpoint, **values)
    return known[key]
