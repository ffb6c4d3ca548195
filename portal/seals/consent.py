"""Consenting to a stamping (S-6): what a keeper's hardware key signs, and what is kept of its answer.

The key signs SHA-256 over everything the consent is for: the file's digest, the seal and its custody record, whose
document, what for, where the seal goes, which attempt, who consents, and a nonce the server made, which says when. The
answer is kept whole, so that the seal server can check it by itself against the public key in the signed record; it
recomputes the challenge from what it stamps.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes

from portal.core.db import session_of
from portal.core.errors import Invalid, Refused
from portal.core.runtime import current
from portal.core.text import N_
from portal.people import key_proofs, keys, reauthentication, second_factor
from portal.people.access_models import SecurityKey
from portal.people.key_proofs import KeyAnswer
from portal.people.models import LoginSession, Person
from portal.seals import custody
from portal.seals.custody import Custody
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampApproval, StampRequest

_DOMAIN = b"gongwen consent to stamp, version 3\0"
LONGEST_PURPOSE = 300
NONE_ON_RECORD = N_("None of your hardware keys is in the custody record. A ceremony must renew it.")


@dataclass(frozen=True)
class Matter:
    """One attempt to stamp one file with one seal. `seal` and `digest` are SHA-256, hex: certificate and file.

    `place`, `straddling`: where the seal goes, as in `StampRequest`.
    """

    seal: str
    reference: str
    purpose: str
    digest: str
    attempt: int
    place: int = 1
    straddling: bool = False
    sequence: int = 0
    """Of the custody record under which is consented."""

    @property
    def identity(self) -> str:
        """SHA-256 (hex) of it: the same for each consent under whatever record, and for no other stamping."""
        facts = asdict(self)
        del facts["sequence"]
        return sha256(_canonical(facts)).hexdigest()

    def challenge(self, person_id: int, nonce: bytes) -> bytes:
        """What this keeper's key signs."""
        return sha256(_DOMAIN + _canonical({**asdict(self), "keeper": person_id, "nonce": nonce.hex()})).digest()


@dataclass(frozen=True)
class Answer:
    """What a hardware key answered, in parts, and the nonce it was asked with."""

    nonce: bytes
    credential_id: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True)
class Consent:
    """A consent proved: by a code or by a key (`factor`)."""

    factor: str
    answer: Answer | None = None


def matter(
    session: Session,
    seal: UnitSeal,
    *,
    reference: str,
    purpose: str,
    digest: str,
    place: int = 1,
    straddling: bool = False,
) -> Matter:
    """What is consented to by whoever asks for a stamp now."""
    attempts = session.scalar(
        select(func.max(StampRequest.attempt)).where(StampRequest.reference == reference, StampRequest.digest == digest)
    )
    kept, attempt = custody.of(seal), (attempts or 0) + 1
    what = (reference, purpose[:LONGEST_PURPOSE], digest, attempt, place, straddling)
    return Matter(kept.certificate_sha256, *what, kept.sequence)


def matter_of(request: StampRequest, checked: Custody | None = None) -> Matter:
    """What further keepers consent to; the seal server names the custody whose record it has checked."""
    kept = checked or custody.of(request.seal)
    what = (request.reference, request.purpose, request.digest, request.attempt, request.place, request.straddling)
    return Matter(kept.certificate_sha256, *what, kept.sequence)


def asked_at(nonce: bytes) -> datetime:
    """When a keeper's key was asked, as the nonce says that it signed; long ago for one that says nothing."""
    return key_proofs.made_at(nonce)


def ways(person: Person, seal: UnitSeal) -> list[str]:
    """How the person can consent: a keeper whose keys are on record by one of them alone; nothing when all are lost.

    Nothing either where the rules demand keys and the record names none of theirs.
    """
    keeper = custody.of(seal).keepers.get(person.id)
    if keeper is None or not keeper.keys:
        return [] if _is_keyless(keeper) else reauthentication.ways(person)
    return [second_factor.KEY_FACTOR] if _on_record(person, keeper) else []


def ask(login_session: LoginSession, seal: UnitSeal, what: Matter) -> dict[str, Any]:
    """What the browser hands to a key. Raises Invalid, Refused; Refused too when no key on record is left."""
    person = login_session.person
    keeper = custody.of(seal).keepers.get(person.id)
    usable = _on_record(person, keeper) if keeper is not None and keeper.keys else keys.live(person)
    if not usable or _is_keyless(keeper):
        raise Refused(NONE_ON_RECORD)
    return key_proofs.ask(login_session, purpose_of(what.digest), usable, _bound(person, what), verified=True)


def prove(person: Person, proof: second_factor.Proof, seal: UnitSeal, what: Matter) -> Consent:
    """Take a code or a key's answer as consent to exactly this.

    Raises Invalid as `second_factor.prove` does, and where the custody record names hardware keys of this keeper and
    the proof is by none of them; Refused where the rules demand keys and it names none.
    """
    keeper = custody.of(seal).keepers.get(person.id)
    if _is_keyless(keeper):
        raise Refused(NONE_ON_RECORD)
    if not isinstance(proof, KeyAnswer):
        if keeper is not None and keeper.keys:
            raise Invalid(
                "Use your hardware key: the custody record of this seal names it, so a code is not enough.",
                field="code",
            )
        return Consent(second_factor.prove(person, proof, purpose_of(what.digest)))
    nonce = key_proofs.take_challenge(session_of(person), proof.login_session_id, purpose_of(what.digest))
    key = key_proofs.check_answer(person, proof, _bound(person, what)(nonce), verified=True)
    if keeper is not None and keeper.keys and keeper.key(key.credential_id) is None:
        raise Invalid(
            "This key was registered after the ceremony. Use one that the custody record names.", field=key_proofs.FIELD
        )
    return Consent(second_factor.KEY_FACTOR, parts(proof.credential, nonce))


def keep(request: StampRequest, person: Person, given: Consent, at: Any) -> None:
    """Keep a consent with its request."""
    answer = asdict(given.answer) if given.answer else {}
    request.approvals.append(StampApproval(person=person, digest=request.digest, factor=given.factor, at=at, **answer))


def purpose_of(digest: str) -> str:
    """What a keeper's hardware key answers for: stamping exactly this file."""
    return f"stamp:{digest}"


def parts(credential: str, nonce: bytes) -> Answer:
    """A key's answer, as the browser wrote it (JSON), in the parts that are kept."""
    content = json.loads(credential)
    response = content["response"]
    return Answer(
        nonce=nonce,
        credential_id=base64url_to_bytes(content["rawId"]),
        authenticator_data=base64url_to_bytes(response["authenticatorData"]),
        client_data=base64url_to_bytes(response["clientDataJSON"]),
        signature=base64url_to_bytes(response["signature"]),
    )


def _bound(person: Person, what: Matter) -> Callable[[bytes], bytes]:
    return lambda nonce: what.challenge(person.id, nonce)


def _is_keyless(keeper: custody.Keeper | None) -> bool:
    """Whether the rules demand a key on record that this keeper hasn't got: an older record may name none."""
    return keeper is not None and not keeper.keys and custody.demands_keys(current().rules)


def _on_record(person: Person, keeper: custody.Keeper) -> list[SecurityKey]:
    return [key for key in keys.live(person) if keeper.key(key.credential_id)]


def _canonical(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
