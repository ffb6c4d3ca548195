"""Flask's side of login sessions: the cookie, who calls, and where they must go first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import current_app, flash, request, url_for
from flask_babel import gettext
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.people import acting, keys, login, passwords, queries
from portal.people.models import LoginSession, Person
from portal.web.access import Identity, current_identity
from portal.web.database import READ_METHODS, db, request_writes, runtime

COOKIE = "gongwen_session"
TOUCH_EVERY = timedelta(minutes=1)
FIRST_STEPS = frozenset({"people.second_factor", "people.change_password", "people.set_up_second_factor", "keys.index"})


class Ended(NamedTuple):
    """How a session ended; `at` is empty when nobody ended it: it ran out."""

    why: login.Ending
    at: datetime | None


def identify() -> Identity | None:
    """Who calls: the person behind the session cookie; None without a live session (A-2)."""
    presented = _presented()
    if presented is None or login.ending_of(presented, runtime().rules) is not None:
        return None
    _touch(presented)
    step = first_step(presented)
    if step is not None:
        return Identity(presented.person, presented.id, url_for(step, next=_way_on()))
    return Identity(presented.person, presented.id, _act(presented))


def _act(presented: LoginSession) -> str | None:
    """Let the person work for the one they act for (A-6); where to go when that has just come to its end.

    What was meant as the principal's must not happen as the person's own: a form sent in the ended mode is dropped.
    """
    if presented.acting_delegation_id is None:
        return None
    presented.person.acting = acting.acting_in(presented)
    if presented.person.acting is not None:
        return None
    if request_writes():
        acting.end_mode(presented, "over")
        db().commit()
    else:
        with unit_of_work(runtime().engine) as own:
            acting.end_mode(own.get_one(LoginSession, presented.id), "over")
    flash(gettext("Your time as acting person is over. You are back at your own work."), "info")
    return url_for("desk.home") if request_writes() else None


def first_step(login_session: LoginSession) -> str | None:
    """The page the person must pass before anything else works, in the order in which they prove themselves."""
    person = login_session.person
    if login_session.second_factor_at is None and login.has_factor(person):
        return "people.second_factor"
    if passwords.must_be_changed(person, runtime().rules):
        return "people.change_password"
    return _missing_factor(person)


def _missing_factor(person: Person) -> str | None:
    """Where the person gets the second factor they lack; None when nothing is missing (A-9)."""
    if person.totp_seed is not None:
        return "keys.index" if keys.demanded(person) and not keys.live(person) else None
    if keys.live(person):
        return None
    if keys.demanded(person) or keys.has_lost_all(person):
        return "keys.index"
    return "people.set_up_second_factor" if person.needs_second_factor else None


def current_login() -> LoginSession:
    """The login session of this request."""
    login_session = db().get(LoginSession, current_identity().login_session_id)
    assert login_session is not None  # the guard has just loaded it
    return login_session


def password_right(account: str, password: str) -> bool:
    """Whether account and password belong together; as slow for an account that doesn't exist."""
    with unit_of_work(runtime().engine, writes=False) as reading:
        stored = queries.password_hash_of(reading, account)
    return passwords.matches(stored, password)


def prepare_password(person: Person, present: str, new: str) -> passwords.Prepared:
    """Do the hashing of a change of password while this request holds no lock; what it had written so far is undone."""
    rules = runtime().rules
    former = queries.former_hashes(db(), person, rules.password_history)
    account, name = person.account, person.name
    db().rollback()
    return passwords.prepare(present, new, account=account, name=name, former=former, rules=rules)


def ended() -> Ended | None:
    """How the session this browser still names ended; None when there was none or the person logged out."""
    presented = _presented()
    why = login.ending_of(presented, runtime().rules) if presented else None
    if presented is None or why is None or why is login.Ending.LOGGED_OUT:
        return None
    return Ended(why, presented.ended_at)


def give_cookie(response: Response, token: str) -> Response:
    """Hand the token to the browser; it forgets it when it closes."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"]
    )
    return response


def take_cookie(response: Response) -> Response:
    """Take the token away from the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=current_app.config["SESSION_COOKIE_SECURE"])
    return response


def safe_next(target: str | None) -> str:
    """`target` when it is a page of this site, else the home page: nobody is sent elsewhere after logging in."""
    home = url_for("desk.home")
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return home
    parts = urlsplit(target)
    foreign = parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in target)
    return home if foreign else target


def _presented() -> LoginSession | None:
    token = request.cookies.get(COOKIE)
    return queries.session_by_token(db(), login.hash_token(token)) if token else None


def _way_on() -> str | None:
    """Where the person wanted to go, kept through the pages that come first."""
    if request.endpoint in FIRST_STEPS or request.method not in READ_METHODS:
        return request.args.get("next")
    return request.full_path.rstrip("?")


def _touch(login_session: LoginSession) -> None:
    """Note that the person is here, at most once a minute and apart from a request that only reads."""
    at = now()
    # A page that renews itself says nothing about whether anybody is there.
    if at - login_session.seen_at < TOUCH_EVERY or request.headers.get("X-Quiet"):
        return
    if request_writes():
        _set_seen(db(), login_session.id, at)
    else:
        with unit_of_work(runtime().engine) as own:
            _set_seen(own, login_session.id, at)


def _set_seen(session: Session, login_session_id: int, at: datetime) -> None:
    session.execute(update(LoginSession).where(LoginSession.id == login_session_id).values(seen_at=at))
