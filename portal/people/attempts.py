"""Failed proofs of identity, and the lock they lead to (GB/T 22239-2019 8.1.4.1). Passwords and codes count alike."""

from __future__ import annotations

from datetime import timedelta

from portal.core.clock import now
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person


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
