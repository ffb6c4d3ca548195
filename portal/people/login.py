"""Logging in and out: server-side sessions, one live per account (A-2). Flask's side of it is `sessions`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

import structlog
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Invalid
from portal.core.rules import ExchangeRules
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, key_proofs, keys, queries, second_factor
from portal.people.models import LoginSession, Person

log = structlog.get_logger(__name__)

TOKEN_BYTES = 32


class Ending(StrEnum):
    """Why a session is over."""

    LOGGED_OUT = "logged-out"
    DISPLACED = "displaced"
    IDLE = "idle"
    TOO_LONG = "too-long"
    CLOSED = "closed"
    ENDED = "ended"
    """By the security administrator."""
    RESET = "reset"
    MOVED = "moved"
    UNIT_CHANGED = "unit changed"
    """The person's unit was merged or dissolved, or renamed without them (portal/people/succession.py)."""


@dataclass(frozen=True)
class Entry:
    """A session that has begun, with the token only the browser keeps."""

    login_session: LoginSession
    token: str


def log_in(session: Session, *, account: str, password_right: bool, address: str, agent: str) -> Entry:
    """Begin a session for `account`; the older one of the account ends (A-2).

    The password is compared before the transaction (`sessions.password_right`), because hashing under the write lock
    would make everybody wait. Raises Invalid with one and the same message for an unknown, closed or locked account and
    a wrong password; the caller commits all the same, so that the failure counts.
    """
    person = queries.by_account(session, account, lock=True)
    if person is None:
        log.info("login to an unknown account", address=address)
        raise _refusal()
    why = _obstacle(person, password_right)
    if why is not None:
        attempts.count_failure(person, address=address, why=why)
        raise _refusal()
    _end_older(session, person)
    entry = _begin(session, person, address, agent)
    if not needs_code(person):
        attempts.forget_failures(person)
    record(Event.PERSON_LOGGED_IN, actor=person, subject=person, address=address)
    return entry


def give_code(login_session: LoginSession, proof: second_factor.Proof) -> str:
    """Take the second factor of a session that began with the password; return its new token. Raises Invalid.

    Where the rules demand a key, a code still leads whoever has no key yet to registering one.
    """
    person = login_session.person
    if isinstance(proof, str) and not (keys.demanded(person) and keys.live(person)):
        second_factor.confirm(person, proof)
    else:
        second_factor.prove(person, proof, key_proofs.LOGIN)
    return prove_second_factor(login_session)


def prove_second_factor(login_session: LoginSession) -> str:
    """Note that the second factor was given in this session; return its new token."""
    login_session.second_factor_at = now()
    return renew_token(login_session)


def renew_token(login_session: LoginSession) -> str:
    """Give the session another token, as whenever it comes to stand for more; the old one is worth nothing."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    login_session.token_hash = hash_token(token)
    return token


def log_out(login_session: LoginSession) -> None:
    """End the session."""
    _end(login_session, Ending.LOGGED_OUT)


def end_by_administrator(login_session: LoginSession) -> None:
    """Somebody else ends the session; the person is told when they come again."""
    _end(login_session, Ending.ENDED)


def end_sessions(session: Session, person: Person, why: Ending) -> None:
    """End the live session of the account, if there is one, because of something done to the account."""
    live = queries.live_session(session, person)
    if live is not None:
        _end(live, why)


def ending_of(login_session: LoginSession, rules: ExchangeRules) -> Ending | None:
    """Why the session is over; None while it lives."""
    if login_session.ended_why is not None:
        return Ending(login_session.ended_why)
    if login_session.person.closed_at is not None:
        return Ending.CLOSED
    if now() - login_session.created_at >= timedelta(hours=rules.session_hours):
        return Ending.TOO_LONG
    if now() - login_session.seen_at >= timedelta(minutes=rules.session_idle_minutes):
        return Ending.IDLE
    return None


def needs_code(person: Person) -> bool:
    """Whether the password alone doesn't let this person in (A-9)."""
    return person.needs_second_factor or has_factor(person)


def has_factor(person: Person) -> bool:
    """Whether the person has a second factor to give."""
    return person.totp_seed is not None or bool(keys.live(person))


def hash_token(token: str) -> str:
    """What the database keeps of a token: hex SHA-256."""
    return sha256(token.encode()).hexdigest()


def _obstacle(person: Person, password_right: bool) -> str | None:
    if person.closed_at is not None:
        return "closed"
    if attempts.is_locked(person):
        return "locked"
    return None if password_right else "password"


def _refusal() -> Invalid:
    rules = current().rules
    return Invalid(
        "The account or the password is not right. After %(attempts)s failed attempts an account is locked for "
        "%(minutes)s minutes.",
        attempts=rules.login_attempts,
        minutes=rules.lockout_minutes,
    )


def _end_older(session: Session, person: Person) -> None:
    older = queries.live_session(session, person)
    if older is not None:
        _end(older, ending_of(older, current().rules) or Ending.DISPLACED)
        session.flush()  # before the new row: the database allows one live session per account


def _begin(session: Session, person: Person, address: str, agent: str) -> Entry:
    at, token = now(), secrets.token_urlsafe(TOKEN_BYTES)
    login_session = LoginSession(
        token_hash=hash_token(token),
        person=person,
        created_at=at,
        seen_at=at,
        address=address[:60],
        agent=agent[:200],
    )
    session.add(login_session)
    session.flush()
    return Entry(login_session, token)


def _end(login_session: LoginSession, why: Ending) -> None:
    login_session.ended_at = now()
    login_session.ended_why = why
    record(Event.PERSON_LOGGED_OUT, actor=login_session.person, subject=login_session.person, why=why)
    session_of(login_session).flush()
