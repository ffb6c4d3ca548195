"""Proving oneself anew before an act that can't be undone (GB/T 22239-2019 8.1.4.1)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, key_proofs, keys, second_factor
from portal.people.models import LoginSession, Person

PASSWORD = "password"


def is_fresh(login_session: LoginSession) -> bool:
    """Whether the person's last proof still covers such acts."""
    proofs = (login_session.created_at, login_session.second_factor_at, login_session.proved_at)
    last = max(at for at in proofs if at is not None)
    return now() - last < timedelta(minutes=current().rules.reauthentication_minutes)


def ways(person: Person) -> list[str]:
    """How the person can prove themselves: key and code for those who have one, the password for the others."""
    found = [second_factor.KEY_FACTOR] if keys.live(person) else []
    if person.totp_seed is not None and not (found and keys.demanded(person)):
        found.append(second_factor.FACTOR)
    return found or [PASSWORD]


def prove_by_password(login_session: LoginSession, right: bool) -> None:
    """Take the comparison of a password as the proof. Raises Invalid; a wrong one counts like a failed log-in."""
    person = login_session.person
    if PASSWORD not in ways(person):
        raise Invalid("Use your hardware key or a code: the password alone is not enough for you.")
    if attempts.is_locked(person) or not right:
        attempts.count_surely(person, why=PASSWORD)
        raise Invalid("The password is not right.", field=PASSWORD)
    attempts.forget_failures(person)
    _note(login_session, PASSWORD)


def prove_by_factor(login_session: LoginSession, proof: second_factor.Proof) -> None:
    """Take a code or a key's answer as the proof. Raises Invalid as `second_factor.prove` does."""
    person = login_session.person
    if isinstance(proof, str) and second_factor.FACTOR not in ways(person):
        raise Invalid("Use your hardware key: for your role a code is not enough.", field="code")
    if isinstance(proof, str):
        second_factor.confirm(person, proof)
        _note(login_session, second_factor.FACTOR)
    else:
        _note(login_session, second_factor.prove(person, proof, key_proofs.PROVE))


def seal_of(key: bytes, login_session_id: int, address: str, fields: Iterable[tuple[str, str]]) -> str:
    """Binds the fields a page carries to the session and address they were sent to: what was shown is what is done."""
    text = "\0".join((str(login_session_id), address, *(f"{name}\0{value}" for name, value in sorted(fields))))
    return hmac.new(key, b"carried form\0" + text.encode(), sha256).hexdigest()


def _note(login_session: LoginSession, factor: str) -> None:
    login_session.proved_at = now()
    person = login_session.person
    record(Event.PERSON_PROVED, actor=person, subject=person, factor=factor)
