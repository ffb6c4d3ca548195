"""Language and large type, kept in cookies of the browser."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.web.access import public
from portal.web.errors import same_site_referrer

blueprint = Blueprint("preferences", __name__, url_prefix="/preferences")
YEAR = 365 * 24 * 3600
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


def chosen_locale() -> str:
    """Chinese unless the reader switched to English."""
    return LANGUAGES.get(request.cookies.get("language", "zh"), LANGUAGES["zh"])


@blueprint.get("/language/<value>")
@public
def language(value: str) -> Response:
    """Switch the language and go back."""
    if value not in LANGUAGES:
        abort(404)
    return _back_with("language", value)


@blueprint.get("/large-type")
@public
def large_type() -> Response:
    """Switch large type on or off and go back."""
    return _back_with("large_type", "" if request.cookies.get("large_type") else "1")


def _back_with(name: str, value: str) -> Response:
    back = same_site_referrer()
    if back is None or back.partition("?")[0] == request.path:
        back = url_for("desk.home")
    response = redirect(back, 303)
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=current_app.config["SESSION_COOKIE_SECURE"]
    )
    return response
