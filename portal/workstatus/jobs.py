"""What the worker does for work status: announce and remind, and make files of the board."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.workstatus import duties, sheets
from portal.workstatus.models import WorkExport


@job()
def keep_duties(work: Runtime, session: Session) -> None:
    """Announce what units owe now and remind those that still owe it; each once."""
    duties.announce(session, work.rules)
    duties.remind(session, work.rules)


def _tell(session: Session, error: PortalError, *, export_id: int) -> None:
    session.get_one(WorkExport, export_id).error = str(error)


def _made(work: Runtime, session: Session, *, export_id: int) -> str:
    export = session.get_one(WorkExport, export_id)
    return work.store.put(sheets.MAKERS[export.form](session, export.year)).digest


@job(on_failure=_tell, prepare=_made)
def make_export(_work: Runtime, session: Session, digest: str, *, export_id: int) -> None:
    """Keep the file somebody asked for."""
    row = session.get_one(WorkExport, export_id)
    if row.digest is None:
        row.digest = digest
