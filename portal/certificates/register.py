"""Keeping the register true: seals and people enter and leave it with their lives; who must be warned (K-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cryptography import x509
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.certificates import operations
from portal.certificates.lifecycle import CERTIFICATE, LIVE, CertificateAct, CertificateState
from portal.certificates.models import Certificate, ExpiryWarning, SubjectKind
from portal.core.clock import now
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals.lifecycle import SealState
from portal.seals.models import UnitSeal

WARN_DAYS = (7, 30, 90)
AT_ONCE = 200


def follow_seals(session: Session) -> None:
    """Enter seals that aren't in the register yet; move those whose seal moved. Seals know nothing of the register."""
    known = select(Certificate.seal_id).where(Certificate.seal_id.is_not(None), Certificate.external.is_(False))
    for seal in session.scalars(select(UnitSeal).where(UnitSeal.id.not_in(known)).limit(AT_ONCE)):
        _enter(session, seal)
    session.flush()
    for certificate, seal in _parted(session):
        _follow(certificate, seal)


def _enter(session: Session, seal: UnitSeal) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    except ValueError:
        return
    row = operations.entry(certificate, unit_id=seal.unit_id, seal_id=seal.id)
    session.add(row)
    record(Event.CERTIFICATE_ENTERED, subject=row, unit_id=row.unit_id, serial=row.serial)


def _parted(session: Session) -> Iterator[tuple[Certificate, UnitSeal]]:
    """Live lines whose seal is in another state."""
    rows = session.execute(
        select(Certificate, UnitSeal)
        .join(UnitSeal, UnitSeal.id == Certificate.seal_id)
        .where(
            Certificate.external.is_(False),
            Certificate.state.in_(LIVE),
            or_(
                (Certificate.state == CertificateState.VALID) & (UnitSeal.state != SealState.IN_CUSTODY),
                (Certificate.state == CertificateState.HELD) & (UnitSeal.state != SealState.SUSPENDED),
            ),
        )
        .order_by(Certificate.id)
        .limit(AT_ONCE)
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    )
    yield from rows


def _follow(certificate: Certificate, seal: UnitSeal) -> None:
    if seal.state == SealState.SUSPENDED:
        certificate.state = CERTIFICATE.advance(certificate.state, CertificateAct.HOLD)
        certificate.held_at = seal.suspended_at or now()
        certificate.changed_at = now()
        record(Event.CERTIFICATE_HELD, subject=certificate, unit_id=certificate.unit_id)
    elif seal.state == SealState.IN_CUSTODY:
        operations.recover(certificate, None)
    else:
        operations.revoke(certificate, None, seal.revoked_reason or "cessation_of_operation", "seal")
        certificate.revoked_at = seal.revoked_at or certificate.revoked_at


def follow_people(session: Session) -> None:
    """Who left or moved has a certificate that says what isn't so any more: it ends that day (HS8(4), A-7)."""
    rows = session.execute(
        select(Certificate, Person)
        .join(Person, Person.id == Certificate.person_id)
        .where(
            Certificate.subject_kind == SubjectKind.PERSON,
            Certificate.state.in_(LIVE),
            or_(Person.closed_at.is_not(None), Person.unit_id != Certificate.unit_id),
        )
        .order_by(Certificate.id)
        .limit(AT_ONCE)
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    )
    for certificate, person in rows:
        gone = person.closed_at is not None
        reason = "cessation_of_operation" if gone else "affiliation_changed"
        operations.revoke(certificate, None, reason, "left" if gone else "moved")


def warn(session: Session) -> None:
    """Warn 90, 30 and 7 days before a certificate ends, each once."""
    at = now()
    given = {
        (row.certificate_id, row.days)
        for row in session.scalars(
            select(ExpiryWarning)
            .join(Certificate, Certificate.id == ExpiryWarning.certificate_id)
            .where(Certificate.valid_until > at, Certificate.valid_until <= at + timedelta(days=max(WARN_DAYS)))
        )
    }
    ending = session.scalars(
        select(Certificate).where(
            Certificate.state.in_(LIVE),
            Certificate.valid_until > at,
            Certificate.valid_until <= at + timedelta(days=max(WARN_DAYS)),
        )
    )
    for certificate in ending:
        days = next(step for step in WARN_DAYS if certificate.valid_until <= at + timedelta(days=step))
        if (certificate.id, days) not in given:
            session.add(ExpiryWarning(certificate_id=certificate.id, days=days, at=at))
            record(Event.CERTIFICATE_EXPIRY_WARNED, subject=certificate, unit_id=certificate.unit_id, days=days)
