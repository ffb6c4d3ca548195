"""What the worker does for the register."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.units import export
from portal.units.models import RegisterExport


def _tell(session: Session, error: PortalError, *, export_id: int) -> None:
    session.get_one(RegisterExport, export_id).error = str(error)


def _made(work: Runtime, session: Session, *, export_id: int) -> str:
    return work.store.put(export.workbook(session)).digest


@job(on_failure=_tell, prepare=_made)
def make_register(_work: Runtime, session: Session, digest: str, *, export_id: int) -> None:
    """Keep the workbook somebody asked for."""
    row = session.get_one(RegisterExport, export_id)
    if row.digest is None:
        row.digest = digest
