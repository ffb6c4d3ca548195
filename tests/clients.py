"""Clients of the web application in tests."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from portal.core import jobs
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import LoginSession, Person
from portal.web.limits import limiter

COOKIE = "gongwen_session"


def app_for(runtime: Runtime) -> Flask:
    """The application; forms' tokens and rate limits are off, they have tests of their own."""
    from portal.app import create_app

    app = create_app(runtime.settings, runtime)
    jobs.offer_through(None)
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=True)
    limiter.enabled = False
    return app


def log_in(app: Flask, runtime: Runtime, person: Person) -> FlaskClient:
    """A client with a live session of `person`, as after password and second factor."""
    token = secrets.token_urlsafe(32)
    at = now()
    with unit_of_work(runtime.engine) as session:
        session.execute(
            update(LoginSession)
            .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
            .values(ended_at=at, ended_why="displaced")
        )
        session.add(
            LoginSession(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                person_id=person.id,
                created_at=at - timedelta(seconds=1),
                seen_at=at,
                second_factor_at=at,
                address="127.0.0.1",
            )
        )
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    return client
