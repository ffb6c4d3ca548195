"""Hardware keys of people: registering, naming, reporting lost, revoking (A-9)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.rules import SecondFactor
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import hooks, key_proofs, scope
from portal.people.access_models import KeyEnd, SecurityKey
from portal.people.models import LoginSession, Person
from portal.people.roles import Role

RECOMMENDED = 2
MOST = 5
LONGEST_NAME = 40
LEFT = "the account was closed"
SEAL_KEEPERS = frozenset({Role.SEAL_CUSTODIAN, Role.SEAL_PASSWORD_HOLDER, Role.VERIFICATION_HOLDER})
ALLOWED_FOR = timedelta(days=3)
"""How long an administrator's leave to register a first key anew is good."""


def of(session: Session, person: Person) -> Sequence[SecurityKey]:
    """All keys a person ever registered, newest first."""
    return session.scalars(
        select(SecurityKey).where(SecurityKey.person_id == person.id).order_by(SecurityKey.id.desc())
    ).all()


def live(person: Person) -> list[SecurityKey]:
    """The keys that let the person in."""
    return [key for key in of(session_of(person), person) if key.revoked_at is None]


def demanded(person: Person) -> bool:
    """Whether the rules demand a key of this person, so that a code proves nothing."""
    return current().rules.second_factor is SecondFactor.WEBAUTHN and person.needs_second_factor


def must_verify(person: Person) -> bool:
    """Whether a key of this person must ask for a PIN or a finger: seals aren't pressed by who found a key."""
    return bool(SEAL_KEEPERS & person.own_roles)


def has_lost_all(person: Person) -> bool:
    """Whether keys were lost or revoked and none is left: then nobody but an administrator opens the way again.

    Otherwise whoever has the password would only have to report the keys lost.
    """
    rows = of(session_of(person), person)
    gone = bool(rows) and all(key.revoked_at is not None for key in rows)
    allowed = person.keys_allowed_at is not None and now() - person.keys_allowed_at < ALLOWED_FOR
    return gone and not allowed


def register(login_session: LoginSession, credential: str, name: str) -> SecurityKey:
    """Take a key as one of the person's. Raises Invalid, AlreadyDone for a key registered before, Refused."""
    person, session = login_session.person, session_of(login_session)
    session.refresh(person, ["keys_allowed_at"], with_for_update=True)
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Invalid("Give the key a name, so that you can tell your keys apart.", field="name")
    if has_lost_all(person):
        raise Refused(
            "Your keys are lost. Your unit's administrator or the security administrator must allow a new one."
        )
    if len(live(person)) >= MOST:
        raise Refused("You have %(count)s keys already. Report one lost before you register another.", count=MOST)
    challenge = key_proofs.take_challenge(session, login_session.id, key_proofs.REGISTER)
    verified = _verified(credential, challenge, verified=must_verify(person))
    if session.scalar(select(SecurityKey.id).where(SecurityKey.credential_id == verified.credential_id)):
        raise AlreadyDone("This key is registered already.")
    key = SecurityKey(
        person=person,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
        transports=_transports(credential),
        registered_at=now(),
    )
    session.add(key)
    session.flush()
    person.keys_allowed_at = None
    record(Event.KEY_REGISTERED, actor=person, subject=key, name=name)
    return key


def rename(key: SecurityKey, person: Person, name: str) -> None:
    """Give one's key another name. Raises Invalid."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Invalid("Give the key a name, so that you can tell your keys apart.", field="name")
    if name != key.name:
        key.name = name
        record(Event.KEY_RENAMED, actor=person, subject=key, name=name)


def report_lost(key: SecurityKey, person: Person) -> None:
    """The owner has lost a key: it is worth nothing from now on. Raises AlreadyDone."""
    _end(key, person, KeyEnd.LOST, reason="")


def revoke(key: SecurityKey, administrator: Person, reason: str) -> None:
    """An administrator revokes somebody's key. Raises Invalid without a reason, AlreadyDone, Denied."""
    scope.require_guard(administrator, key.person)
    if not reason.strip():
        raise Invalid("Say why the key is revoked.", field="reason")
    _end(key, administrator, KeyEnd.REVOKED, reason=reason.strip()[:200])


def allow_new(person: Person, administrator: Person) -> None:
    """Let somebody who has lost all keys register a new first one, for three days. Raises Refused, Denied."""
    scope.require_guard(administrator, person)
    if person.id == administrator.id:
        raise Denied("Somebody else must allow this for you.")
    session_of(person).refresh(person, ["keys_allowed_at"], with_for_update=True)
    if not has_lost_all(person):
        raise AlreadyDone("This person may register a key already.")
    person.keys_allowed_at = now()
    record(Event.PERSON_KEY_ALLOWED, actor=administrator, subject=person)


def end_all(person: Person, actor: Person) -> None:
    """The person leaves: their keys are worth nothing from now on (HS8)."""
    for key in live(person):
        _end(key, actor, KeyEnd.REVOKED, reason=LEFT)


def own(person: Person, key_id: int) -> SecurityKey:
    """A key of one's own. Raises NotFound."""
    key = session_of(person).get(SecurityKey, key_id, with_for_update={"of": SecurityKey}, populate_existing=True)
    if key is None or key.person_id != person.id:
        raise NotFound("There is no such key.")
    return key


def get_for(administrator: Person, key_id: int) -> SecurityKey:
    """A key of somebody the administrator looks after. Raises NotFound."""
    key = session_of(administrator).get(
        SecurityKey, key_id, with_for_update={"of": SecurityKey}, populate_existing=True
    )
    if key is None or not scope.guards(administrator, key.person):
        raise NotFound("There is no such key.")
    return key


def _end(key: SecurityKey, actor: Person, why: KeyEnd, reason: str) -> None:
    if key.revoked_at is not None:
        raise AlreadyDone("This key was revoked already.")
    key.revoked_at, key.revoked_why = now(), why
    hooks.key_ended.call(key)
    record(Event.KEY_REVOKED, actor=actor, subject=key, why=why, reason=reason, person=key.person_id)


def _verified(credential: str, challenge: bytes, *, verified: bool) -> VerifiedRegistration:
    party = key_proofs.relying_party(current().settings)
    try:
        registered = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid("The key could not be registered. Try once more.", field="credential") from error
    if verified and not registered.user_verified:
        raise Invalid(key_proofs.UNVERIFIED, field="credential")
    return registered


def _transports(credential: str) -> str:
    named = json.loads(credential).get("response", {}).get("transports") or []
    return " ".join(str(name) for name in named if str(name).isascii())[:80] if isinstance(named, list) else ""
