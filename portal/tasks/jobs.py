"""What the worker does for requests: reminders and workbooks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.tasks import export, reminders
from portal.tasks.models import TaskExport
from portal.tasks.queries import Filter


@job()
def remind(_work: Runtime, session: Session) -> None:
    """Note limits that are near and limits that have passed."""
    reminders.remind(session)


def _tell(session: Session, error: PortalError, *, export_id: int) -> None:
    session.get_one(TaskExport, export_id).error = str(error)


def _made(work: Runtime, session: Session, *, export_id: int) -> str:
    asked = session.get_one(TaskExport, export_id)
    wanted = Filter(**{"side": "", **asked.wanted, "leaders": bool(asked.wanted.get("leaders"))})
    return work.store.put(export.workbook(session, asked.asked_by, wanted)).digest


@job(on_failure=_tell, prepare=_made)
def make_workbook(_work: Runtime, session: Session, digest: str, *, export_id: int) -> None:
    """Keep the workbook somebody asked for."""
    row = session.get_one(TaskExport, export_id)
    if row.digest is None:
        row.digest = digest
