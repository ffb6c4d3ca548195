"""What the worker does for applications: the form to be signed and sealed 《业务申请表》."""

from __future__ import annotations

import io
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.clock import now
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.registration import applications
from portal.registration.application_models import UnitApplication
from portal.registration.application_texts import evidence_lines, kind_in_chinese, superior_in_chinese


@dataclass(frozen=True)
class Made:
    """A form in the store, and of which version of the application."""

    digest: str
    version: int


def _draw(work: Runtime, session: Session, *, application_id: int) -> Made | None:
    application = session.get(UnitApplication, application_id)
    if application is None or application.form_digest is not None:
        return None
    pdf = paper.render(
        "unit_application.html",
        application=application,
        city=work.settings.city_name,
        system=work.settings.system_name,
        kind=kind_in_chinese(application),
        superior=superior_in_chinese(application, work.settings.city_name),
        evidence=evidence_lines(application),
        printed_at=now(),
    )
    return Made(work.store.put(io.BytesIO(pdf)).digest, application.version)


def _tell(session: Session, error: PortalError, *, application_id: int) -> None:
    application = session.get(UnitApplication, application_id)
    if application is not None:
        applications.take_form_failure(application, error)


@job(on_failure=_tell, prepare=_draw)
def make_form(work: Runtime, session: Session, made: Made | None, *, application_id: int) -> None:
    """Keep the form as it stands; what was changed while it was drawn has promised a form of its own."""
    application = session.get(UnitApplication, application_id)
    if application is not None and made is not None:
        applications.take_form(application, made.version, made.digest)


@job()
def forget_old(work: Runtime, session: Session) -> None:
    """Remove applications nobody handed in for long, and let their files go."""
    applications.forget_old(session)
