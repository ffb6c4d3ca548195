"""Who may call a route. Every view declares it; a view that doesn't stops the portal from starting.

`@public` anyone · `@logged_in` any person, even one who must first change the password · `@requires(...)` a person
holding one of the permissions. Objects are authorised by their capability's `get_for(session, person, id)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import Flask, abort, g, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Denied
from portal.core.permissions import Permission
from portal.core.rules import Dedicated

ViewT = TypeVar("ViewT", bound=Callable[..., Any])
ATTRIBUTE = "portal_access"


@dataclass(frozen=True)
class Access:
    """What a route demands. `permissions` empty and not public: any logged-in person."""

    public: bool = False
    before_ready: bool = False
    """May be called before the password is changed and the second factor given."""
    permissions: frozenset[Permission] = frozenset()
    writes: bool = False
    """A GET that changes something (opening a delivery)."""
    fresh: bool | str = False
    """A POST needs a proof of identity of the last minutes; a text (msgid) says what is about to be done."""
    from_computer: Dedicated | None = None
    """Bound to the unit's dedicated computers where the rules say so (A-11)."""
    notes: bool = False
    """A GET that only notes, in a small transaction of its own, that somebody came by."""


Gate = Callable[[Access], Any]
"""Gives the answer that is sent instead of the act, or None."""


class PersonLike(Protocol):
    """What access needs to know of a person."""

    id: int
    unit_id: int

    def may(self, permission: Permission) -> bool: ...


@dataclass(frozen=True)
class Identity:
    """Who calls: the person, the login session's id, and where they must go first (password, second factor)."""

    person: Any
    login_session_id: int
    detour: str | None = None


def _declare(access: Access) -> Callable[[ViewT], ViewT]:
    def mark(view: ViewT) -> ViewT:
        setattr(view, ATTRIBUTE, access)
        return view

    return mark


def public(view: ViewT) -> ViewT:
    """Anyone may call this route."""
    return _declare(Access(public=True))(view)


def logged_in(view: ViewT) -> ViewT:
    """Any logged-in person may call this route, also on the way through password change and second factor."""
    return _declare(Access(before_ready=True))(view)


def freshly_logged_in(view: ViewT) -> ViewT:
    """As `logged_in`, with a proof of identity of the last minutes (registering a hardware key)."""
    return _declare(Access(before_ready=True, fresh=True))(view)


def requires(
    *permissions: Permission,
    writes: bool = False,
    notes: bool = False,
    fresh: bool | str = False,
    from_computer: Dedicated | None = None,
) -> Callable[[ViewT], ViewT]:
    """A person holding one of `permissions` may call this route.

    `fresh`: its POST can't be undone, so whoever hasn't proved themselves in the last minutes is asked to, and nothing
    typed is lost. `from_computer`: where the rules say so, only at the unit's dedicated computers.
    """
    return _declare(
        Access(permissions=frozenset(permissions), writes=writes, notes=notes, fresh=fresh, from_computer=from_computer)
    )


def access_of(app: Flask, endpoint: str) -> Access:
    """What the endpoint's view declared. Raises LookupError when it declared nothing."""
    view = app.view_functions[endpoint]
    access = getattr(view, ATTRIBUTE, None)
    if access is None:
        raise LookupError(
            f"{endpoint} declares no access: put @requires(Permission.…), @logged_in or @public on the view"
        )
    return access


def check_routes(app: Flask) -> None:
    """Refuse to start while a route declares no access."""
    for rule in app.url_map.iter_rules():
        access_of(app, rule.endpoint)


def install(app: Flask, identify: Callable[[], Identity | None], gates: Sequence[Gate] = ()) -> None:
    """Guard every request; `identify` and `gates`, asked in turn once a person is let in, come from people."""
    static = app.view_functions.get("static")
    if static is not None:
        app.view_functions["static"] = public(static)

    @app.before_request
    def guard() -> Any:
        if request.endpoint is None:
            return None
        access = access_of(app, request.endpoint)
        if access.public and request.endpoint == "static":
            return None
        refusal = _admit(access, identify())
        if refusal is not None or access.public:
            return refusal
        return next((answer for gate in gates if (answer := gate(access)) is not None), None)


def _admit(access: Access, identity: Identity | None) -> Any:
    g.identity = identity
    if access.public:
        return None
    if identity is None:
        return send_to(url_for("people.login", next=_return_address()))
    if identity.detour and not access.before_ready:
        return send_to(identity.detour)
    if access.permissions and not any(identity.person.may(permission) for permission in access.permissions):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    return None


def _return_address() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def send_to(address: str) -> Response:
    """Send the browser elsewhere, also out of a fragment it asked for."""
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = address
        return response
    return redirect(address, 303)


def current_identity() -> Identity:
    """Who calls. Aborts with 401 on a public route without login."""
    identity = g.get("identity")
    if identity is None:
        abort(401)
    return identity


def current_person() -> Any:
    """The person who calls (a `portal.people.models.Person`)."""
    return current_identity().person


def person_or_none() -> Any:
    """The person who calls, or None on a public route."""
    identity = g.get("identity")
    return identity.person if identity else None
