"""What a hardware key is asked and what it answers (WebAuthn level 2): challenges, and the check of an answer (A-9)."""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Invalid, Refused
from portal.core.runtime import current
from portal.core.settings import Settings
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, hooks
from portal.people.access_models import KeyChallenge, KeyEnd, SecurityKey
from portal.people.models import LoginSession, Person

CHALLENGE_LIFE = timedelta(minutes=3)
PURPOSE = re.compile(r"[a-z]{3,12}(:[0-9a-z]{1,64})?")
LOGIN, PROVE, REGISTER = "login", "prove", "register"
FIELD = "assertion"
_TIME = struct.Struct(">Q")
# Of an answer's authenticator data (WebAuthn §6.1).
_FLAGS_AT, _USER_VERIFIED = 32, 0x04
UNVERIFIED = N_(
    "Your key did not ask for its PIN or your finger, and whoever keeps a seal needs that. Set a PIN for the key in "
    "your computer's settings, then use it once more."
)


@dataclass(frozen=True)
class KeyAnswer:
    """What a key answered in a login session, as the browser handed it over (JSON)."""

    credential: str
    login_session_id: int


@dataclass(frozen=True)
class RelyingParty:
    """Whom keys know us as."""

    id: str
    origins: list[str]


def relying_party(settings: Settings) -> RelyingParty:
    """The name in `base_url`. Keys know names only: on the own computer `localhost` stands for its number.

    Raises Refused when the portal is reached by a number.
    """
    parts = urlsplit(settings.base_url)
    host = parts.hostname or ""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return RelyingParty(host, [f"{parts.scheme}://{parts.netloc}"])
    if not loopback:
        raise Refused("Hardware keys need the portal to have a name: its address is a number.")
    port = f":{parts.port}" if parts.port else ""
    return RelyingParty("localhost", [f"{parts.scheme}://localhost{port}"])


def ask(
    login_session: LoginSession,
    purpose: str,
    keys: list[SecurityKey],
    bound: Callable[[bytes], bytes] | None = None,
    *,
    verified: bool = False,
) -> dict[str, Any]:
    """What the browser hands to a key for `purpose`; what was asked before for it is void.

    `bound` makes of what is kept what the key signs, where that is to say more than the purpose (see `take_challenge`).
    verified: the key must make sure that it is its owner who holds it, by a PIN or a finger.
    Raises Invalid, Refused.
    """
    kept = _new_challenge(login_session, purpose)
    challenge = bound(kept) if bound else kept
    party, person = relying_party(current().settings), login_session.person
    known = [PublicKeyCredentialDescriptor(id=key.credential_id, transports=_transports(key)) for key in keys]
    if purpose == REGISTER:
        selection = AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=_verification(verified)
        )
        creation = webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name=current().settings.system_name,
            user_id=sha256(f"gongwen person {person.id}".encode()).digest(),
            user_name=person.account,
            user_display_name=person.name,
            challenge=challenge,
            exclude_credentials=known,
            authenticator_selection=selection,
        )
        return dict(json.loads(webauthn.options_to_json(creation)))
    asked = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=challenge, allow_credentials=known, user_verification=_verification(verified)
    )
    return dict(json.loads(webauthn.options_to_json(asked)))


def take_challenge(session: Session, login_session_id: int, purpose: str) -> bytes:
    """The challenge for `purpose`, which is void from now on. Raises Invalid when there is none or it is too old."""
    row = session.scalars(
        select(KeyChallenge)
        .where(KeyChallenge.login_session_id == login_session_id, KeyChallenge.purpose == purpose)
        .with_for_update()
    ).one_or_none()
    if row is not None:
        session.delete(row)
        session.flush()
    if row is None or now() - row.made_at > CHALLENGE_LIFE:
        raise Invalid("The question to your key has expired. Use the key once more.", field=FIELD)
    return row.challenge


def made_at(challenge: bytes) -> datetime:
    """When a challenge was made, as it says itself; long ago for one that was made before challenges said so."""
    try:
        return datetime.fromtimestamp(_TIME.unpack_from(challenge)[0], UTC)
    except (struct.error, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def check(person: Person, answer: KeyAnswer, purpose: str) -> SecurityKey:
    """The key of `person` that answered for exactly this purpose.

    Raises Invalid (field `assertion`) for any other answer; a wrong signature counts like a wrong password. A counter
    that went back revokes the key and is put on record for the security administrator.
    """
    return check_answer(person, answer, take_challenge(session_of(person), answer.login_session_id, purpose))


def check_answer(person: Person, answer: KeyAnswer, challenge: bytes, *, verified: bool = False) -> SecurityKey:
    """The key of `person` that signed this challenge, which the caller took away. Raises as `check` does.

    verified: as it was asked.
    """
    session = session_of(person)
    session.flush()
    session.refresh(person, ["failed_logins", "locked_until"], with_for_update=True)
    if attempts.is_locked(person):
        raise Invalid("Too many wrong proofs: the account is locked for a while.", field=FIELD)
    key = _key_named(session, person, answer.credential)
    if key is not None and verified and not says_verified(answer.credential):
        raise Invalid(UNVERIFIED, field=FIELD)
    shown = _verify(key, answer.credential, challenge) if key is not None else None
    if key is None or shown is None:
        attempts.count_surely(person, why="key")
        raise Invalid("This key's answer can't be accepted. Use a key that is registered to you.", field=FIELD)
    if (shown or key.sign_count) and shown <= key.sign_count:
        record(Event.KEY_COUNT_REFUSED, actor=person, subject=key, stored=key.sign_count, shown=shown)
        key.revoked_at, key.revoked_why = now(), KeyEnd.COUNT
        hooks.key_ended.call(key)
        raise Invalid(
            "This key's counter went back: somebody may have a copy of it. It was revoked, and the security "
            "administrator is told.",
            field=FIELD,
        )
    key.sign_count, key.last_used_at = shown, now()
    attempts.forget_failures(person)
    return key


def says_verified(credential: str) -> bool:
    """Whether an answer says that the key asked for a PIN or a finger; that the key said so shows its signature."""
    try:
        data = base64url_to_bytes(json.loads(credential)["response"]["authenticatorData"])
    except (ValueError, KeyError, TypeError):
        return False
    return len(data) > _FLAGS_AT and bool(data[_FLAGS_AT] & _USER_VERIFIED)


def _verification(verified: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.PREFERRED


def _new_challenge(login_session: LoginSession, purpose: str) -> bytes:
    if not PURPOSE.fullmatch(purpose):
        raise Invalid("The form is broken. Reload the page and try again.")
    session = session_of(login_session)
    old = (KeyChallenge.purpose == purpose) | (KeyChallenge.made_at < now() - CHALLENGE_LIFE)
    session.execute(delete(KeyChallenge).where(KeyChallenge.login_session_id == login_session.id, old))
    # Time and purpose are part of what the key signs, so the answer proves them to whoever sees it later.
    challenge = _TIME.pack(int(now().timestamp())) + secrets.token_bytes(24) + sha256(purpose.encode()).digest()
    session.add(KeyChallenge(login_session_id=login_session.id, purpose=purpose, challenge=challenge, made_at=now()))
    session.flush()
    return challenge


def _transports(key: SecurityKey) -> list[AuthenticatorTransport] | None:
    known = {member.value: member for member in AuthenticatorTransport}
    return [known[name] for name in key.transports.split() if name in known] or None


def _key_named(session: Session, person: Person, credential: str) -> SecurityKey | None:
    try:
        credential_id = base64url_to_bytes(json.loads(credential)["rawId"])
    except (ValueError, KeyError, TypeError):
        return None
    return session.scalars(
        select(SecurityKey)
        .where(
            SecurityKey.credential_id == credential_id,
            SecurityKey.person_id == person.id,
            SecurityKey.revoked_at.is_(None),
        )
        .with_for_update(of=SecurityKey)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _verify(key: SecurityKey, credential: str, challenge: bytes) -> int | None:
    """The counter the key showed with a right signature; None otherwise."""
    party = relying_party(current().settings)
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            credential_public_key=key.public_key,
            credential_current_sign_count=0,  # ours to judge: a copy is another matter than a wrong answer
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return verified.new_sign_count
