"""What the worker does for certificates: keeps the register true, warns, makes files."""

from __future__ import annotations

from io import BytesIO

from sqlalchemy.orm import Session

from portal.certificates import files, register
from portal.certificates.service_models import CertificateFile, FileKind
from portal.core.clock import now
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime


@job()
def keep_register(_work: Runtime, session: Session) -> None:
    """Follow seals and people, and warn of what ends."""
    register.follow_seals(session)
    register.follow_people(session)
    register.warn(session)


def _tell(session: Session, error: PortalError, *, file_id: int) -> None:
    session.get_one(CertificateFile, file_id).error = str(error)


def _make(work: Runtime, session: Session, *, file_id: int) -> str:
    asked = session.get_one(CertificateFile, file_id)
    if asked.kind == FileKind.REGISTER:
        content = files.register(session, work.rules.certificate_retention_years)
    elif asked.kind == FileKind.HANDOVER:
        content = files.handover(work, session)
    else:
        assert asked.year is not None  # a constraint of the table
        content = files.report(session, asked.year)
    return work.store.put(BytesIO(content)).digest


@job(on_failure=_tell, prepare=_make)
def make_file(_work: Runtime, session: Session, digest: str, *, file_id: int) -> None:
    """Keep a file that is made."""
    asked = session.get_one(CertificateFile, file_id, with_for_update={"of": CertificateFile}, populate_existing=True)
    if asked.made_at is None:
        asked.digest, asked.made_at = digest, now()
