"""What the security administrator does: ends sessions, lifts locks (A-8); and what is to be seen for it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import login, scope
from portal.people.access_models import SecurityKey
from portal.people.models import LoginSession, Person
from portal.units.models import Unit

PAGE = 30


def live_sessions(session: Session, text: str, before: int | None) -> tuple[Sequence[LoginSession], bool]:
    """Sessions that nobody ended, newest first."""
    found = (
        select(LoginSession)
        .join(LoginSession.person)
        .join(Person.unit)
        .options(contains_eager(LoginSession.person).contains_eager(Person.unit))
        .where(LoginSession.ended_at.is_(None))
        .order_by(LoginSession.id.desc())
    )
    found = found.where(LoginSession.id < before) if before else found
    return _page(session, _matching(found, text))


def locked_people(session: Session, text: str, before: int | None) -> tuple[Sequence[Person], bool]:
    """People whose account is locked now."""
    found = (
        select(Person)
        .join(Person.unit)
        .options(contains_eager(Person.unit))
        .where(Person.locked_until > now(), Person.closed_at.is_(None))
        .order_by(Person.id.desc())
    )
    return _page(session, _matching(found.where(Person.id < before) if before else found, text))


def keys_of_others(
    session: Session, administrator: Person, text: str, before: int | None
) -> tuple[Sequence[SecurityKey], bool]:
    """Hardware keys of the people in the administrator's care, newest first."""
    found = (
        select(SecurityKey)
        .join(SecurityKey.person)
        .join(Person.unit)
        .options(contains_eager(SecurityKey.person).contains_eager(Person.unit))
        .where(scope.guarded(administrator))
        .order_by(SecurityKey.id.desc())
    )
    return _page(session, _matching(found.where(SecurityKey.id < before) if before else found, text))


def end_session(session: Session, administrator: Person, login_session_id: int, reason: str) -> None:
    """End somebody's session. Raises NotFound, AlreadyDone, Invalid without a reason."""
    found = session.get(LoginSession, login_session_id, with_for_update={"of": LoginSession}, populate_existing=True)
    if found is None:
        raise NotFound("There is no such session.")
    reason = _reason(reason)
    if found.ended_at is not None:
        raise AlreadyDone("This session has ended already.")
    login.end_by_administrator(found)
    record(Event.PERSON_SESSION_ENDED, actor=administrator, subject=found.person, reason=reason)


def lift_lock(person: Person, administrator: Person, reason: str) -> None:
    """Let somebody locked out by failed log-ins try again. Raises AlreadyDone, Invalid without a reason."""
    session_of(person).refresh(person, ["locked_until", "failed_logins"], with_for_update=True)
    if person.locked_until is None or person.locked_until <= now():
        raise AlreadyDone("This account isn't locked any more.")
    reason = _reason(reason)
    person.locked_until, person.failed_logins = None, 0
    record(Event.PERSON_LOCK_LIFTED, actor=administrator, subject=person, reason=reason)


def own_sessions(session: Session, person: Person, before: int | None) -> tuple[Sequence[LoginSession], bool]:
    """The person's own sessions, newest first."""
    found = select(LoginSession).where(LoginSession.person_id == person.id).order_by(LoginSession.id.desc())
    return _page(session, found.where(LoginSession.id < before) if before else found)


def browser_words(agent: str) -> tuple[str, str]:
    """Browser and system in a user agent, as people call them; '' for what isn't known."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "")
    return browser, next((name for mark, name in systems if mark in agent), "")


def _matching(found: Select, text: str) -> Select:
    """People whose name or unit contains the text, or whose account begins with it."""
    text = text.strip()
    if not text:
        return found
    return found.where(
        or_(
            Person.name.contains(text, autoescape=True),
            Person.account.startswith(text.lower(), autoescape=True),
            Unit.name.contains(text, autoescape=True),
        )
    )


def _page(session: Session, found: Select) -> tuple[Sequence, bool]:
    rows = session.scalars(found.limit(PAGE + 1)).all()
    return rows[:PAGE], len(rows) > PAGE


def _reason(reason: str) -> str:
    reason = reason.strip()[:200]
    if not reason:
        raise Invalid("Say why, for the record.", field="reason")
    return reason
