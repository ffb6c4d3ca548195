"""Passwords: argon2id hashes, what a new one must be, when one expires (A-3, GB/T 22239-2019 8.1.4.1)."""

from __future__ import annotations

import secrets
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

READABLE = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"
"""No sign that is taken for another on paper: 0 O o, 1 l I i, 2 Z, 5 S, 8 B."""

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


@dataclass(frozen=True)
class Prepared:
    """A change of password with all hashing done, so that the transaction that keeps it is short.

    `based_on` is the hash the present password was compared with, `fault` why the new one isn't good enough.
    """

    based_on: str
    present_right: bool
    new_hash: str = UNUSABLE
    fault: Invalid | None = None


def prepare(present: str, new: str, *, account: str, name: str, former: list[str], rules: ExchangeRules) -> Prepared:
    """Compare and hash; `former` begins with the present hash."""
    if not matches(former[0], present):
        return Prepared(former[0], present_right=False)
    try:
        check_new(new, account=account, name=name, former=former, rules=rules)
    except Invalid as fault:
        return Prepared(former[0], present_right=True, fault=fault)
    return Prepared(former[0], present_right=True, new_hash=hashed(new))


def initial() -> str:
    """A random initial password one can read and type: three groups, no sign that looks like another (67 bits)."""
    while True:
        signs = "".join(secrets.choice(READABLE) for _ in range(12))
        if (
            any(sign.islower() for sign in signs)
            and any(sign.isupper() for sign in signs)
            and any(sign.isdigit() for sign in signs)
        ):
            return "-".join(signs[start : start + 4] for start in range(0, 12, 4))


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
