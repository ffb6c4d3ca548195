"""One table from error types to pages. Inner detail stays in the log."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, flash, g, redirect, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from portal.core.db import is_unique_violation
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, PortalError, Refused, Unavailable
from portal.core.text import N_

log = structlog.get_logger(__name__)

STATUS: dict[type[PortalError], int] = {
    AlreadyDone: 409,
    Denied: 403,
    Invalid: 422,
    NotFound: 404,
    Refused: 409,
    Unavailable: 503,
}
HTTP_MESSAGES = {
    400: N_("The request could not be understood. Go back, reload the page and try again."),
    401: N_("Please log in."),
    403: N_("Your role doesn't include this. Ask your unit's administrator if it should."),
    404: N_("There is no such page, or it is not yours to see."),
    405: N_("This address can't be opened directly. Go back and use the button on the page."),
    413: N_("What you sent is too large for one document."),
    429: N_("Too many attempts in a short time. Wait a minute and try again."),
    500: N_("Something went wrong on our side. Nothing was changed; please try again or tell the information centre."),
    503: N_("The service can't be reached at the moment. Nothing was changed; please try again in a minute."),
}


def say(error: PortalError) -> str:
    """The error in the reader's language."""
    text = gettext(error.message)
    return text % error.params if error.params else text


def status_of(error: PortalError) -> int:
    """The HTTP status for an error type."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 409


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _service_down)
    app.register_error_handler(IntegrityError, _broken_rule)
    for impossible in (DataError, OverflowError):
        app.register_error_handler(impossible, _impossible_value)
    app.register_error_handler(RedisError, _service_down)
    app.register_error_handler(Exception, _unexpected)


def _portal_error(error: PortalError) -> Any:
    status = status_of(error)
    back = same_site_referrer()
    if request.method == "POST" and status in (409, 422, 503) and back and not _wants_fragment():
        # The person stays on the page, reads why, and finds nothing changed.
        flash(say(error), "info" if isinstance(error, AlreadyDone) else "danger")
        return redirect(back, 303)
    return error_page(status, say(error))


def _form_expired(error: CSRFError) -> Any:
    log.info("form refused", why=error.description, endpoint=request.endpoint)
    return error_page(400, gettext("The form was open too long. Go back, reload the page and enter it again."))


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    return error_page(error.code, gettext(HTTP_MESSAGES.get(error.code, HTTP_MESSAGES[400])))


def _service_down(error: Exception) -> Any:
    log.error("service unreachable", error=type(error).__name__, endpoint=request.endpoint, exc_info=error)
    return error_page(503, gettext(HTTP_MESSAGES[503]))


def _broken_rule(error: IntegrityError) -> Any:
    """Two did the same thing at once, and the database let the first in; any other broken rule is our own mistake."""
    if not is_unique_violation(error):
        return _unexpected(error)
    log.info("done by somebody else meanwhile", endpoint=request.endpoint)
    if (session := g.get("db")) is not None:
        session.rollback()
    return _portal_error(AlreadyDone("This was done already."))


def _impossible_value(error: Exception) -> Any:
    """A number or a text that no column could ever hold: there is nothing behind such an address."""
    log.info("impossible value", endpoint=request.endpoint, error=type(error).__name__)
    return error_page(400, gettext(HTTP_MESSAGES[400]))


def _unexpected(error: Exception) -> Any:
    log.error("request failed", endpoint=request.endpoint, exc_info=error)
    return error_page(500, gettext(HTTP_MESSAGES[500]))


def error_page(status: int, message: str) -> tuple[str, int]:
    """The page for `status`; a bare sentence for page fragments."""
    if _wants_fragment():
        return message, status
    g.setdefault("identity", None)
    return render_template("errors/error.html", status=status, message=message), status


def _wants_fragment() -> bool:
    return bool(request.headers.get("HX-Request"))


def same_site_referrer() -> str | None:
    """The page of this site the request came from, as a path; None for any other."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return None
    # A browser takes a path that begins with two slashes for the address of another site.
    if parts.netloc != request.host or parts.path.startswith("//") or "\\" in parts.path:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")
