"""The second factor (A-9): time codes after RFC 6238 here, hardware keys in `keys`; `prove` takes either."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import pyotp

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, key_proofs, keys
from portal.people.key_proofs import KeyAnswer
from portal.people.models import Person

STEP_SECONDS = 30
WINDOW = 1
"""Steps a device's clock may be off, either way."""
DIGITS = 6
FACTOR = "totp"
KEY_FACTOR = "webauthn"
PURPOSE = "totp-seed"

Proof = str | KeyAnswer
"""A code, or a hardware key's answer."""


@dataclass(frozen=True)
class Offer:
    """A fresh seed for a person to put into their device; `uri` is what the QR code holds."""

    seed: str
    uri: str

    @property
    def groups(self) -> str:
        """The seed in groups of four, for typing."""
        return " ".join(self.seed[start : start + 4] for start in range(0, len(self.seed), 4))


def offer(person: Person, seed: str | None = None) -> Offer:
    """An offer of `seed`, or of a new one; nothing is stored before a code has proved that it arrived."""
    seed = seed or pyotp.random_base32()
    issuer = current().settings.second_factor_issuer
    return Offer(seed, pyotp.TOTP(seed).provisioning_uri(name=person.account, issuer_name=issuer))


def set_up(person: Person, seed: str, code: str) -> None:
    """Take `seed` as the person's second factor when `code` comes from it (A-9).

    Raises AlreadyDone when one is set: a lost device is reported, not replaced by oneself. Raises Invalid.
    """
    if person.totp_seed is not None:
        raise AlreadyDone(
            "Your second factor is already set up. If you lost the device, tell your unit's administrator."
        )
    step = _matching_step(seed, _digits(code))
    if step is None:
        raise _wrong()
    keep_seed(person, seed)
    person.totp_last_step = step


def keep_seed(person: Person, seed: str) -> None:
    """Store `seed`, sealed with the storage key, as the person's second factor."""
    person.totp_seed = current().storage_keys.seal_text(seed, purpose=PURPOSE, row=person.id).encode()
    person.totp_last_step = None
    record(Event.PERSON_SECOND_FACTOR_SET, actor=person, subject=person, factor=FACTOR)


def prove(person: Person, proof: Proof, purpose: str) -> str:
    """Prove by a code or by a hardware key that it is this person who acts; return the factor.

    A key answers for exactly `purpose` (`stamp:<digest>`, `seat:<ceremony>`). Raises as `confirm` and
    `key_proofs.check` do, and Invalid for a code where the rules demand a key.
    """
    if isinstance(proof, KeyAnswer):
        key_proofs.check(person, proof, purpose)
        return KEY_FACTOR
    if keys.demanded(person):
        raise Invalid("Use your hardware key: for your role a code is not enough.", field="code")
    confirm(person, proof)
    return FACTOR


def confirm(person: Person, code: str) -> None:
    """Prove by a code that it is this person who acts. Each code works once.

    Raises Invalid (field `code`) when it is wrong, expired or used, or the account is locked by too many such codes;
    the failure counts whether or not the caller commits. Raises Refused when no second factor is set up.
    """
    session = session_of(person)
    session.flush()
    # Locked, so that two requests with the same code can't both find it unused.
    session.refresh(person, ["failed_logins", "locked_until", "totp_seed", "totp_last_step"], with_for_update=True)
    if person.totp_seed is None:
        raise Refused("You have no second factor yet. Set it up on your profile first.")
    if attempts.is_locked(person):
        raise Invalid("Too many wrong codes: the account is locked for a while.", field="code")
    digits = _digits(code)
    step = _matching_step(seed_of(person), digits)
    if step is None:
        attempts.count_surely(person, why="code")
        raise _wrong()
    if person.totp_last_step is not None and step <= person.totp_last_step:
        raise Invalid("This code was used already. Wait for the next one.", field="code")
    person.totp_last_step = step
    attempts.forget_failures(person)


def seed_of(person: Person) -> str:
    """The person's seed. Raises SecretDamaged when the stored one was altered or moved from another row."""
    sealed = person.totp_seed or b""
    return current().storage_keys.unseal_text(sealed.decode(), purpose=PURPOSE, row=person.id)


def code_of(seed: str, step: int) -> str:
    """The code of a time step."""
    return pyotp.TOTP(seed, digits=DIGITS, interval=STEP_SECONDS).generate_otp(step)


def step_now() -> int:
    """The time step it is."""
    return int(now().timestamp()) // STEP_SECONDS


def _matching_step(seed: str, code: str) -> int | None:
    present = step_now()
    found = [
        step for step in range(present - WINDOW, present + WINDOW + 1) if hmac.compare_digest(code_of(seed, step), code)
    ]
    return found[-1] if found else None


def _digits(code: str) -> str:
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        raise Invalid("The code has six digits.", field="code")
    return digits


def _wrong() -> Invalid:
    return Invalid("The code is wrong or has expired. Enter the one your device shows now.", field="code")
