"""Clients of the web application in tests."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import CodeType
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import update

from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import LoginSession, Person
from portal.web.limits import limiter

COOKIE = "gongwen_session"


class _Compiled(BytecodeCache):
    """Templates compiled once in a process, not once in an application."""

    def __init__(self) -> None:
        self.code: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.code.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.code[bucket.key + bucket.checksum] = bucket.code


_compiled = _Compiled()
_kept: dict[str, tuple[Flask, dict[str, Any]]] = {}


def app_for(runtime: Runtime) -> Flask:
    """An application of its own; forms' tokens and rate limits are off, they have tests of their own."""
    from portal.app import create_app

    app = create_app(runtime.settings, runtime)
    app.jinja_env.bytecode_cache = _compiled
    _set_for_tests(app)
    return app


def shared_app_for(runtime: Runtime) -> Flask:
    """The application of the process, as new but for its runtime: making one takes longer than most tests.

    There is one for each kind of settings, place and database aside. One test at a time can have it.
    """
    from portal.app import configure

    kind = repr(replace(runtime.settings, data_dir=Path(), database_url=""))
    if kind not in _kept:
        app = app_for(runtime)
        _kept[kind] = app, dict(app.config)
    app, config = _kept[kind]
    app.config.clear()
    app.config.update(config)
    configure(app, runtime.settings, runtime)
    runtimes.install(runtime)
    _set_for_tests(app)
    return app


def _set_for_tests(app: Flask) -> None:
    jobs.offer_through(None)
    app.config.update(WTF_CSRF_ENABLED=False, TESTING=True)
    limiter.enabled = False


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
