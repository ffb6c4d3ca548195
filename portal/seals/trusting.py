"""Recognising the authorities of other places: importing their certificates, withdrawing the trust (S-7).

The seals of districts' governments come from the provincial authority; files stamped with them travel here too. One
list says whose files are believed and whose certificates may be brought in for seals made here (decision 26).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal.core.clock import now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Unavailable
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import certificates, chains
from portal.seals.revocations import Knowledge, known_in
from portal.seals.trust_models import TrustedAuthority, TrustedFor

LONGEST_REASON = 200
LONGEST_POLICIES = 300
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
NOT_YOURS = N_("Only the secrecy office and the security administrator decide which authorities are recognised.")


@dataclass(frozen=True)
class Trust:
    """Who is believed: `roots` about seals and time stamps, `time_roots` about time stamps alone.

    `former` are believed about seals used before the moment beside them, never about a time.
    """

    roots: Sequence[asn1_x509.Certificate]
    time_roots: Sequence[asn1_x509.Certificate] = ()
    former: Sequence[tuple[asn1_x509.Certificate, datetime]] = ()
    between: Sequence[asn1_x509.Certificate] = field(default=())
    """Certificates between a root and the seals, should a file lack them."""
    policies: Mapping[bytes, frozenset[str]] = field(default_factory=dict)
    """Under which each root (DER) certifies seals; empty where that wasn't stated. The own CA certifies no others."""
    fates: Knowledge = field(default=lambda _certificate: None)
    """What is known of a seal besides its file."""


def import_authority(
    session: Session, person: Person, *, chain: str, fingerprint: str, trusted_for: str, reason: str, policies: str = ""
) -> TrustedAuthority:
    """Recognise the authority whose certificates (PEM) these are, from the next verification on.

    `fingerprint` is what the authority told another way; it must be the root's SHA-256. `policies` are the numbers
    under which it certifies seals: what it certifies besides is no seal. Raises Denied, AlreadyDone, Invalid for
    whatever isn't one sound chain valid today.
    """
    _require(person)
    said = _reason(reason)
    if trusted_for not in set(TrustedFor):
        raise Invalid("Choose what the authority is recognised for.", field="trusted_for")
    stated = _policies(policies) if trusted_for == TrustedFor.SEALS else ""
    root, *others = chains.read(chain, now())
    proven = root.fingerprint(hashes.SHA256()).hex()
    if re.sub(r"[\s:]", "", fingerprint).lower() != proven:
        raise Invalid(
            "This isn't the fingerprint of the root certificate. Ask the authority for it another way and compare.",
            field="fingerprint",
        )
    if session.scalars(_live().where(TrustedAuthority.fingerprint == proven, _for(trusted_for))).first():
        raise AlreadyDone("This authority is recognised already.")
    authority = TrustedAuthority(
        name=certificates.describe(_asn1(root)).name[:120],
        trusted_for=trusted_for,
        chain="".join(one.public_bytes(Encoding.PEM).decode() for one in (root, *others)),
        fingerprint=proven,
        valid_until=root.not_valid_after_utc,
        reason=said,
        seal_policies=stated,
        imported_at=now(),
        imported_by=person,
    )
    try:
        with session.begin_nested():  # of two at the same moment the index lets one through
            session.add(authority)
    except IntegrityError as error:
        raise AlreadyDone("This authority is recognised already.") from error
    record(
        Event.TRUSTED_AUTHORITY_IMPORTED,
        subject=authority,
        actor=person,
        name=authority.name,
        fingerprint=proven,
        trusted_for=trusted_for,
        policies=stated,
        reason=said,
    )
    return authority


def withdraw_authority(authority: TrustedAuthority, person: Person, reason: str, *, past_stands: bool = False) -> None:
    """Recognise the authority no more: nothing of it is brought in and nothing it does from now on is believed.

    `past_stands`: seals used before stay good where an authority still recognised proves the time; its own word about a
    time is taken no more. Otherwise nothing it ever vouched for is believed. Raises Denied, AlreadyDone, Invalid.
    """
    _require(person)
    said = _reason(reason)
    session = session_of(authority)
    session.flush()
    session.refresh(authority, ["withdrawn_at"], with_for_update={"of": TrustedAuthority})
    if authority.withdrawn_at is not None:
        raise AlreadyDone("The recognition was withdrawn already.")
    authority.past_stands = past_stands and authority.trusted_for == TrustedFor.SEALS
    authority.withdrawn_at, authority.withdrawn_by, authority.withdrawn_reason = now(), person, said
    record(
        Event.TRUSTED_AUTHORITY_WITHDRAWN,
        subject=authority,
        actor=person,
        reason=said,
        past_stands=authority.past_stands,
    )


def all_of(session: Session) -> list[TrustedAuthority]:
    """Every authority ever recognised, those in force first."""
    statement = select(TrustedAuthority).options(
        joinedload(TrustedAuthority.imported_by), joinedload(TrustedAuthority.withdrawn_by)
    )
    rows = session.scalars(statement.order_by(TrustedAuthority.id.desc()))
    return sorted(rows, key=lambda row: row.withdrawn_at is not None)


def in_force(session: Session) -> Sequence[TrustedAuthority]:
    """Those recognised today."""
    return session.scalars(_live()).all()


def get_for(session: Session, person: Person, authority_id: int) -> TrustedAuthority:
    """Load and authorise. Raises Denied, NotFound."""
    if not may_read(person):
        raise Denied(NOT_YOURS)
    authority = session.get(TrustedAuthority, authority_id)
    if authority is None:
        raise NotFound("There is no such authority.")
    return authority


def may_read(person: Person) -> bool:
    """Whoever decides reads the list, and the certification service, which works with it."""
    return person.may(Permission.SEALS_TRUST) or person.may(Permission.CERTIFICATES_MANAGE)


def own_root(file: Path) -> asn1_x509.Certificate:
    """The Seal CA everybody trusts. Raises Unavailable before the device has been set up."""
    try:
        return certificates.load(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Unavailable("The certificate of the Seal CA is missing. Tell the information centre.") from error


def trust_of(session: Session, root: asn1_x509.Certificate) -> Trust:
    """The own Seal CA, `root`, and all recognised authorities of other places."""
    roots = [root]
    time_roots: list[asn1_x509.Certificate] = []
    former: list[tuple[asn1_x509.Certificate, datetime]] = []
    between: list[asn1_x509.Certificate] = []
    policies: dict[bytes, frozenset[str]] = {}
    for authority in session.scalars(_believed()):
        top, *others = (_asn1(one) for one in certificates_of(authority))
        if authority.withdrawn_at is not None:
            former.append((top, authority.withdrawn_at))
        else:
            (roots if authority.trusted_for == TrustedFor.SEALS else time_roots).append(top)
        between += others
        if authority.trusted_for == TrustedFor.SEALS:
            policies[top.dump()] = frozenset(authority.seal_policies.split())
    return Trust(roots, time_roots, former, between, policies, known_in(session))


def issuers(session: Session) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Roots that certificates brought in for seals must lead to, and what of theirs may lie between."""
    roots: list[x509.Certificate] = []
    between: list[x509.Certificate] = []
    for authority in session.scalars(_live().where(_for(TrustedFor.SEALS))):
        top, *others = certificates_of(authority)
        roots.append(top)
        between += others
    return roots, between


def issuers_on(session: Session, day: date) -> list[x509.Certificate]:
    """Whoever could issue certificates of seals that are believed about something of that day."""
    rows = session.scalars(_believed().where(_for(TrustedFor.SEALS)))
    believed = [row for row in rows if row.withdrawn_at is None or day <= to_city(row.withdrawn_at).date()]
    return [one for row in believed for one in certificates_of(row)]


def certificates_of(authority: TrustedAuthority) -> list[x509.Certificate]:
    """Its chain, the root first."""
    return x509.load_pem_x509_certificates(authority.chain.encode())


def _believed() -> Select[TrustedAuthority]:
    standing = or_(TrustedAuthority.withdrawn_at.is_(None), TrustedAuthority.past_stands)
    return select(TrustedAuthority).where(standing).order_by(TrustedAuthority.id)


def _live() -> Select[TrustedAuthority]:
    return select(TrustedAuthority).where(TrustedAuthority.withdrawn_at.is_(None)).order_by(TrustedAuthority.id)


def _for(trusted_for: str) -> ColumnElement[bool]:
    return TrustedAuthority.trusted_for == trusted_for


def _require(person: Person) -> None:
    if not person.may(Permission.SEALS_TRUST):
        raise Denied(NOT_YOURS)


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Invalid("Say why, in at most %(longest)s characters.", field="reason", longest=LONGEST_REASON)
    return said


def _policies(text: str) -> str:
    """Numbers of policies with spaces between."""
    stated = " ".join(re.split(r"[\s,;，、；]+", text.strip()))
    if len(stated) > LONGEST_POLICIES or not all(_OID.fullmatch(one) for one in stated.split()):
        raise Invalid("Numbers of policies look like 1.2.156.10260.4.1, with spaces between.", field="policies")
    return stated


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return certificates.load(certificate.public_bytes(Encoding.DER))
