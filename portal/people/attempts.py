"""Failed proofs of identity, and the lock they lead to (GB/T 22239-2019 8.1.4.1). Passwords and codes count alike."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from portal.core.clock import now
from portal.core.db import session_of, unit_of_work
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries
from portal.people.models import Person

_UNCOUNTED = "people.failed_proof"


def is_locked(person: Person) -> bool:
    """Whether the account is locked now."""
    return person.locked_until is not None and now() < person.locked_until


def count_failure(person: Person, *, address: str, why: str) -> None:
    """Put a failure on record; the one that reaches the limit of the rules locks the account for a while."""
    record(Event.PERSON_LOGIN_FAILED, subject=person, unit_id=person.unit_id, address=address, why=why)
    if is_locked(person):  # a lock isn't prolonged: else anybody could keep somebody out for ever
        return
    rules = current().rules
    person.failed_logins += 1
    if person.failed_logins >= rules.login_attempts:
        person.failed_logins = 0
        person.locked_until = now() + timedelta(minutes=rules.lockout_minutes)
        record(
            Event.PERSON_LOCKED,
            subject=person,
            unit_id=person.unit_id,
            until=person.locked_until.isoformat(timespec="seconds"),
        )


def forget_failures(person: Person) -> None:
    """The person has proved themselves in full."""
    person.failed_logins = 0
    person.locked_until = None


def count_surely(person: Person, *, why: str) -> None:
    """Count a failed proof even when the act it belonged to is undone: guessing must not be free."""
    session = session_of(person)
    _count(session, person, why)
    session.info[_UNCOUNTED] = (person.id, why)


def _count(session: Session, person: Person, why: str) -> None:
    live = queries.live_session(session, person)
    count_failure(person, address=live.address if live else "", why=why)


@event.listens_for(Session, "after_commit")
def _counted(session: Session) -> None:
    session.info.pop(_UNCOUNTED, None)


@event.listens_for(Session, "after_transaction_end")
def _count_after_all(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is not None or _UNCOUNTED not in session.info:
        return
    (person_id, why), engine = session.info.pop(_UNCOUNTED), session.get_bind()
    assert isinstance(engine, Engine)
    with unit_of_work(engine) as own:
        person = own.get(Person, person_id, with_for_update={"of": Person}, populate_existing=True)
        if person is not None:
            _count(own, person, why)
