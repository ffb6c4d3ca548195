"""What the worker does for government information."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.briefs import export
from portal.briefs.models import BriefExport
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime


def _tell(session: Session, error: PortalError, *, export_id: int) -> None:
    session.get_one(BriefExport, export_id).error = str(error)


def _made(work: Runtime, session: Session, *, export_id: int) -> str:
    return work.store.put(export.workbook(session, session.get_one(BriefExport, export_id).month)).digest


@job(on_failure=_tell, prepare=_made)
def make_table(_work: Runtime, session: Session, digest: str, *, export_id: int) -> None:
    """Keep the workbook of a ranking somebody asked for."""
    row = session.get_one(BriefExport, export_id)
    if row.digest is None:
        row.digest = digest
