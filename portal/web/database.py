"""The request as the edge: one session, committed once after the view, never on error."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from portal.core.db import open_session
from portal.core.runtime import Runtime
from portal.web.access import access_of
from portal.web.requests import PortalRequest

READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def runtime() -> Runtime:
    """The runtime of this process."""
    return current_app.extensions["runtime"]


def db() -> Session:
    """The session of this request; opened on first use."""
    if "db" not in g:
        g.db = open_session(runtime().engine, writes=request_writes())
    return g.db


def request_writes() -> bool:
    """Whether this request may change anything."""
    if request.method not in READ_METHODS:
        return True
    return request.endpoint is not None and access_of(current_app, request.endpoint).writes


class PortalFlask(Flask):
    """Flask that commits when a view has returned; an exception leaves everything as it was."""

    request_class = PortalRequest

    def dispatch_request(self) -> Any:
        """Run the view, then commit its work."""
        result = super().dispatch_request()
        session: Session | None = g.get("db")
        if session is not None:
            if request_writes():
                session.commit()
            elif session.new or session.dirty or session.deleted:
                raise RuntimeError(f"{request.endpoint} changes data on {request.method}")
        return result


def install(app: Flask) -> None:
    """Close the session at the end of each request."""

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        session = g.pop("db", None)
        if session is not None:
            session.close()
