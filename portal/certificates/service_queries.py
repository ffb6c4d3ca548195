"""Reading what the service publishes and keeps."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.certificates.models import Certificate
from portal.certificates.queries import NOT_THERE
from portal.certificates.service_models import (
    Authority,
    CertificateFile,
    ContinuityDrill,
    FileKind,
    PublishedText,
    RevocationList,
    TextKind,
)
from portal.core.clock import to_city, today
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.seals.revocation_models import CeremonyList

REPORT_DUE = (1, 31)
"""《认证办法》第三十二条."""


def newest_list(session: Session, whose: Authority) -> RevocationList | None:
    """The newest revocation list of an authority."""
    statement = select(RevocationList).where(RevocationList.authority == whose)
    return session.scalars(statement.order_by(RevocationList.number.desc()).limit(1)).first()


def seal_list(session: Session) -> bytes | None:
    """The list of seals in force (DER): the newest of the key for lists, or where a device has no such key, the
    newest that a ceremony signed."""
    newest = newest_list(session, Authority.SEAL)
    if newest is not None:
        return newest.der
    kept = session.scalars(select(CeremonyList).order_by(CeremonyList.number.desc()).limit(1)).first()
    return x509.load_pem_x509_crl(kept.pem.encode()).public_bytes(Encoding.DER) if kept is not None else None


def versions(session: Session, kind: TextKind) -> Sequence[PublishedText]:
    """All versions of a text, newest first, without loading who published them one by one."""
    statement = select(PublishedText).where(PublishedText.kind == kind).options(joinedload(PublishedText.published_by))
    return session.scalars(statement.order_by(PublishedText.number.desc())).all()


def version(session: Session, kind: TextKind, number: int | None) -> PublishedText | None:
    """One version; the newest when no number is given."""
    statement = select(PublishedText).where(PublishedText.kind == kind)
    if number is not None:
        statement = statement.where(PublishedText.number == number)
    statement = statement.options(joinedload(PublishedText.published_by))
    return session.scalars(statement.order_by(PublishedText.number.desc()).limit(1)).first()


def drills(session: Session) -> Sequence[ContinuityDrill]:
    """The newest drills."""
    statement = select(ContinuityDrill).options(joinedload(ContinuityDrill.recorded_by))
    return session.scalars(
        statement.order_by(ContinuityDrill.held_on.desc(), ContinuityDrill.id.desc()).limit(20)
    ).all()


def drill_due(session: Session, months: int) -> date | None:
    """When the next drill is due: so many months after the last one, or after the service began; None before that."""
    last = session.scalar(select(ContinuityDrill.held_on).order_by(ContinuityDrill.held_on.desc()).limit(1))
    if last is None:
        began = _began(session)
        if began is None:
            return None
        last = to_city(began).date()
    month = last.month - 1 + months
    return date(last.year + month // 12, month % 12 + 1, min(last.day, 28))


def months_before(day: date, months: int) -> date:
    """The last day that lies so many months before `day`: a drill held on it or earlier is due again."""
    month = day.month - 1 - months
    year, month = day.year + month // 12, month % 12 + 1
    last = monthrange(year, month)[1]
    return date(year, month, last if day.day >= 28 else min(day.day, last))


def _began(session: Session) -> datetime | None:
    """When the first certificate was entered."""
    return session.scalar(select(Certificate.entered_at).order_by(Certificate.id).limit(1))


def files(session: Session) -> Sequence[CertificateFile]:
    """The newest files."""
    statement = select(CertificateFile).options(joinedload(CertificateFile.asked_by))
    return session.scalars(statement.order_by(CertificateFile.id.desc()).limit(15)).all()


def get_file(session: Session, file_id: int) -> CertificateFile:
    """A file. Raises NotFound."""
    found = session.get(CertificateFile, file_id)
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def report_overdue(session: Session, person: Person) -> int | None:
    """The year whose report the person must still have made: shown through January, and after while it lacks."""
    if not person.may(Permission.CERTIFICATES_MANAGE):
        return None
    year, began = today().year - 1, _began(session)
    if began is None or to_city(began).year > year:
        return None
    made = select(CertificateFile.id).where(
        CertificateFile.kind == FileKind.REPORT, CertificateFile.year == year, CertificateFile.made_at.is_not(None)
    )
    return None if session.scalar(made) is not None else year
