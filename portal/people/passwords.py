"""Passwords: argon2id hashes, what a new one must be, when one expires (A-3, GB/T 22239-2019 8.1.4.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.rules import ExchangeRules

if TYPE_CHECKING:
    from portal.people.models import Person

LONGEST = 128
CLASSES_NEEDED = 3
WARN_DAYS = 7

UNUSABLE = "!"
"""In place of a hash: no password opens the account."""

hasher = PasswordHasher()
"""Argon2id at the library's present recommendation; tests put a cheaper one in its place."""


@dataclass(frozen=True)
class Hashed:
    """A password that is hashed already, for accounts opened in number."""

    value: str


def hashed(password: str | Hashed) -> str:
    """The hash to store."""
    return password.value if isinstance(password, Hashed) else hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`.

    Without a stored hash (there is no such account) it hashes all the same: the answer takes as long.
    """
    if stored is None:
        hashed(password)
        return False
    try:
        return hasher.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def check_new(password: str, *, account: str, name: str, former: Iterable[str], rules: ExchangeRules) -> None:
    """Raise Invalid when `password` isn't good enough for this person; `former` are hashes it may not repeat."""
    if len(password) < rules.password_length:
        raise Invalid(
            "The password needs at least %(count)s characters.",
            field="new_password",
            count=rules.password_length,
        )
    if len(password) > LONGEST:
        raise Invalid("The password may have at most %(count)s characters.", field="new_password", count=LONGEST)
    if _classes(password) < CLASSES_NEEDED:
        raise Invalid(
            "The password needs three of these four: small letters, capital letters, digits, other characters.",
            field="new_password",
        )
    if account in password.lower() or name in password:
        raise Invalid("The password may not contain your account or your name.", field="new_password")
    if any(matches(stored, password) for stored in former):
        raise Invalid(
            "You have used this password before. It must differ from your last %(count)s passwords.",
            field="new_password",
            count=rules.password_history,
        )


def days_left(person: Person, rules: ExchangeRules) -> int:
    """Whole days until the password expires; negative when it has."""
    return (person.password_changed_at + timedelta(days=rules.password_days) - now()).days


def must_be_changed(person: Person, rules: ExchangeRules) -> bool:
    """Whether nothing else works before the password is changed: it is an initial one, or has expired."""
    return person.must_change_password or days_left(person, rules) < 0


def _classes(password: str) -> int:
    tests = (str.islower, str.isupper, str.isdigit, lambda sign: not (sign.isascii() and sign.isalnum()))
    return sum(any(test(sign) for sign in password) for test in tests)


def _normal(password: str) -> str:
    # The same password typed on another keyboard may come in another composition.
    return unicodedata.normalize("NFC", password)
