"""Recognising the authorities of other places: importing their certificates, withdrawing the trust (S-7).

The seals of districts' governments come from the provincial authority; files stamped with them travel here too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import certificates
from portal.seals.trust_models import TrustedAuthority, TrustedFor

MOST_CHARACTERS, MOST_CERTIFICATES = 64 << 10, 5
LONGEST_REASON = 200
_NOT_A_CHAIN = N_("The certificates don't form one chain from a root, each issued by the one before.")


@dataclass(frozen=True)
class Trust:
    """Who is believed: `roots` about seals and time stamps, `time_roots` about time stamps alone."""

    roots: Sequence[asn1_x509.Certificate]
    time_roots: Sequence[asn1_x509.Certificate] = ()
    between: Sequence[asn1_x509.Certificate] = field(default=())
    """Certificates between a root and the seals, should a file lack them."""


def import_authority(
    session: Session, person: Person, *, chain: str, fingerprint: str, trusted_for: str, reason: str
) -> TrustedAuthority:
    """Recognise the authority whose certificates (PEM) these are, from the next verification on.

    `fingerprint` is what the authority told another way; it must be the root's SHA-256. Raises Denied, AlreadyDone,
    Invalid for whatever isn't one sound chain valid today.
    """
    _require(person)
    said = _reason(reason)
    if trusted_for not in set(TrustedFor):
        raise Invalid("Choose what the authority is recognised for.", field="trusted_for")
    root, *others = _read_chain(chain)
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
        imported_at=now(),
        imported_by=person,
    )
    session.add(authority)
    session.flush()
    record(
        Event.TRUSTED_AUTHORITY_IMPORTED,
        subject=authority,
        actor=person,
        name=authority.name,
        fingerprint=proven,
        trusted_for=trusted_for,
        reason=said,
    )
    return authority


def withdraw_authority(authority: TrustedAuthority, person: Person, reason: str) -> None:
    """Recognise the authority no more: nothing it vouches for is believed from the next verification on.

    Raises Denied, AlreadyDone, Invalid.
    """
    _require(person)
    said = _reason(reason)
    session = session_of(authority)
    session.flush()
    session.refresh(authority, ["withdrawn_at"], with_for_update={"of": TrustedAuthority})
    if authority.withdrawn_at is not None:
        raise AlreadyDone("The recognition was withdrawn already.")
    authority.withdrawn_at, authority.withdrawn_by, authority.withdrawn_reason = now(), person, said
    record(Event.TRUSTED_AUTHORITY_WITHDRAWN, subject=authority, actor=person, reason=said)


def all_of(session: Session) -> list[TrustedAuthority]:
    """Every authority ever recognised, those in force first."""
    statement = select(TrustedAuthority).options(
        joinedload(TrustedAuthority.imported_by), joinedload(TrustedAuthority.withdrawn_by)
    )
    rows = session.scalars(statement.order_by(TrustedAuthority.id.desc()))
    return sorted(rows, key=lambda row: row.withdrawn_at is not None)


def get_for(session: Session, person: Person, authority_id: int) -> TrustedAuthority:
    """Load and authorise. Raises Denied, NotFound."""
    _require(person)
    authority = session.get(TrustedAuthority, authority_id)
    if authority is None:
        raise NotFound("There is no such authority.")
    return authority


def trust_of(session: Session, root: asn1_x509.Certificate) -> Trust:
    """The own Seal CA, `root`, and all recognised authorities of other places."""
    roots = [root]
    time_roots: list[asn1_x509.Certificate] = []
    between: list[asn1_x509.Certificate] = []
    for authority in session.scalars(_live()):
        top, *others = (_asn1(one) for one in x509.load_pem_x509_certificates(authority.chain.encode()))
        (roots if authority.trusted_for == TrustedFor.SEALS else time_roots).append(top)
        between += others
    return Trust(roots, time_roots, between)


def _live() -> Select[TrustedAuthority]:
    return select(TrustedAuthority).where(TrustedAuthority.withdrawn_at.is_(None)).order_by(TrustedAuthority.id)


def _for(trusted_for: str) -> ColumnElement[bool]:
    return TrustedAuthority.trusted_for == trusted_for


def _require(person: Person) -> None:
    if not person.may(Permission.SEALS_TRUST):
        raise Denied("Only the secrecy office and the security administrator decide which authorities are recognised.")


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Invalid("Say why, in at most %(longest)s characters.", field="reason", longest=LONGEST_REASON)
    return said


def _read_chain(text: str) -> list[x509.Certificate]:
    """The certificates, the root first. Raises Invalid."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid("This is too long for a chain of certificates.", field="chain")
    if "PRIVATE KEY" in text:
        raise Invalid(
            "This holds a private key, which must never leave its owner. Paste certificates only.", field="chain"
        )
    try:
        given = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        message = N_("These aren't certificates in PEM form: text between BEGIN CERTIFICATE and END CERTIFICATE.")
        raise Invalid(message, field="chain") from error
    if len(given) > MOST_CERTIFICATES:
        raise Invalid(_NOT_A_CHAIN, field="chain")
    ordered = _in_order(given)
    for one in ordered:
        _require_authority(one, now())
    return ordered


def _in_order(given: list[x509.Certificate]) -> list[x509.Certificate]:
    """From the one that issued itself downwards. Raises Invalid unless every certificate has its place."""
    rest = list(given)
    ordered = [one for one in rest if one.subject == one.issuer]
    if len(ordered) != 1:
        raise Invalid(_NOT_A_CHAIN, field="chain")
    rest.remove(ordered[0])
    _require_issued(ordered[0], ordered[0])
    while rest:
        below = next((one for one in rest if one.issuer == ordered[-1].subject), None)
        if below is None:
            raise Invalid(_NOT_A_CHAIN, field="chain")
        _require_issued(below, ordered[-1])
        rest.remove(below)
        ordered.append(below)
    return ordered


def _require_issued(one: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise Invalid(_NOT_A_CHAIN, field="chain") from error


def _require_authority(certificate: x509.Certificate, at: datetime) -> None:
    """May issue certificates, and is valid. Raises Invalid."""
    try:
        may_issue = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        may_issue = may_issue and certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        may_issue = False
    if not may_issue:
        raise Invalid("A certificate here isn't an authority's: it may not issue any.", field="chain")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Invalid("A certificate here isn't valid today.", field="chain")


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return certificates.load(certificate.public_bytes(Encoding.DER))
