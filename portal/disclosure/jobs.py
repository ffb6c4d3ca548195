"""What the worker does for disclosure: the pages of annual reports, and forgetting whose requests ended long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import texts
from portal.core import paper
from portal.core.clock import today
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.disclosure.models import DisclosureReport
from portal.disclosure.request_models import DisclosureComplaint, DisclosureRequest

FORGOTTEN_AT_ONCE = 200
HolderT = TypeVar("HolderT", DisclosureRequest, DisclosureComplaint)
# Paper is Chinese whatever its reader's pages are in.
ANSWERS = {
    "given": "予以公开", "partly": "部分公开", "public": "已主动公开，告知获取方式", "refused": "不予公开",
    "not-held": "本机关不掌握", "other-organ": "不属于本机关负责公开", "repeated": "重复申请",
}  # fmt: skip
APPLICANTS = {"citizen": "自然人", "company": "法人", "other": "其他组织"}


@dataclass(frozen=True)
class Made:
    """A report in the store, and of which version."""

    digest: str
    version: int


def _draw(work: Runtime, session: Session, *, report_id: int) -> Made | None:
    report = session.get(DisclosureReport, report_id)
    if report is None or report.digest is not None:
        return None
    pdf = paper.render(
        "disclosure_report.html",
        report=report,
        unit=report.unit.name_at(report.at),
        city=report.unit.is_office,
        figures=report.figures,
        body=texts.html(report.text),
        answers=ANSWERS,
        applicants=APPLICANTS,
    )
    return Made(work.store.put(BytesIO(pdf)).digest, report.version)


@job(prepare=_draw)
def make_report(_work: Runtime, session: Session, made: Made | None, *, report_id: int) -> None:
    """Keep the pages of a report as it stands; what was written meanwhile has promised pages of its own."""
    report = session.get(DisclosureReport, report_id, with_for_update={"of": DisclosureReport}, populate_existing=True)
    if report is not None and made is not None and made.version == report.version:
        report.digest = made.digest


@job()
def forget_applicants(_work: Runtime, session: Session) -> None:
    """Remove the personal data of those whose request or complaint ended as long ago as the rule says."""
    for request in _over(session, DisclosureRequest):
        request.personal, request.personal_until = None, None
    for complaint in _over(session, DisclosureComplaint):
        complaint.personal, complaint.personal_until = None, None


def _over(session: Session, model: type[HolderT]) -> Sequence[HolderT]:
    statement = (
        select(model)
        .where(model.personal_until < today())
        .order_by(model.id)
        .limit(FORGOTTEN_AT_ONCE)
        .with_for_update(skip_locked=True, of=model)
    )
    return session.scalars(statement).all()
