"""Keepers with hardware keys in software: registering, consenting, and seals whose custody record names the keys."""

from __future__ import annotations

import io

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import parse_registration_credential_json
from webauthn.helpers.parse_attestation_object import parse_attestation_object

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.people.access_models import SecurityKey
from portal.people.key_proofs import KeyAnswer
from portal.people.models import LoginSession, Person
from portal.seals import consent, operations
from portal.seals.consent import Consent
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampRequest
from tests.people.software_key import SoftwareKey
from tests.seals.ceremony import sign_in
from tests.seals.samples import frozen_bytes

REFERENCE, PURPOSE = "test:1", "南财发〔2026〕1号 通知"


def give_key(session: Session, person: Person, name: str = "蓝色密钥盘") -> SoftwareKey:
    """A key registered to the person."""
    key = SoftwareKey()
    made = parse_registration_credential_json(key.create({"challenge": ""}))
    data = parse_attestation_object(made.response.attestation_object).auth_data.attested_credential_data
    assert data is not None
    session.add(
        SecurityKey(
            person_id=person.id,
            credential_id=data.credential_id,
            public_key=data.credential_public_key,
            sign_count=0,
            name=name,
            registered_at=now(),
        )
    )
    session.flush()
    session.expire(person)
    return key


def frozen_digest(runtime: Runtime) -> str:
    """A file that can be stamped, in the store."""
    return runtime.store.put(io.BytesIO(frozen_bytes())).digest


def consent_by(session: Session, seal: UnitSeal, person: Person, key: SoftwareKey, what: consent.Matter) -> Consent:
    """The person's consent by key, as the pages take it."""
    login = session.get_one(LoginSession, sign_in(session, person))
    answer = key.get(consent.ask(login, seal, what))
    return consent.prove(person, KeyAnswer(answer, login.id), seal, what)


def ask_by_key(
    runtime: Runtime, session: Session, seal: UnitSeal, person: Person, key: SoftwareKey, reference: str = REFERENCE
) -> StampRequest:
    """An honest request, the asker's consent given by key; not committed."""
    digest = frozen_digest(runtime)
    what = consent.matter(session, seal, reference=reference, purpose=PURPOSE, digest=digest)
    return operations.ask_stamp(
        session,
        seal=seal,
        custodian=person,
        reference=reference,
        purpose=PURPOSE,
        digest=digest,
        given=consent_by(session, seal, person, key, what),
    )


def only_key(session: Session, person: Person) -> SecurityKey:
    """The row of the person's key."""
    return session.scalars(select(SecurityKey).where(SecurityKey.person_id == person.id)).one()
