"""Files about seals for one person: asked for on a page, made by a worker, fetched when ready."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Denied, NotFound, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals.models import SealApplication, UnitSeal
from portal.seals.paper_models import Format, Paper, SealPaper

JOB = "portal.seals.paper_jobs.make"
SAME = timedelta(minutes=1)
"""Whoever asks for the same within this time gets the one that is being made."""
MEDIA_TYPES = {
    Format.PDF: "application/pdf",
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def ask_form(session: Session, person: Person, application: SealApplication) -> SealPaper:
    """The printable form of an application the person sees, with places for signatures (LYS 7)."""
    return _ask(session, person, Paper.FORM, Format.PDF, application_id=application.id)


def ask_uses(session: Session, person: Person, seal: UnitSeal, kind: Format, wanted: Mapping[str, Any]) -> SealPaper:
    """The use book of a seal the person sees."""
    return _ask(session, person, Paper.USES, kind, seal_id=seal.id, wanted=wanted)


def ask_register(session: Session, person: Person, kind: Format, wanted: Mapping[str, Any]) -> SealPaper:
    """The register of all seals. Raises Denied for anybody but the office."""
    if not person.may(Permission.SEALS_REGISTER):
        raise Denied("The register of all seals is the office's.")
    return _ask(session, person, Paper.REGISTER, kind, wanted=wanted)


def get(session: Session, person: Person, paper_id: int) -> SealPaper:
    """A paper of the person's own. Raises NotFound."""
    paper = session.get(SealPaper, paper_id)
    if paper is None or paper.asked_by_id != person.id:
        raise NotFound("There is no such file.")
    return paper


def name_of(paper: SealPaper) -> str:
    """The name of its file."""
    stem = {Paper.FORM: f"印章业务申请单-{paper.application_id}", Paper.USES: f"用印登记簿-{paper.seal_id}"}
    return f"{stem.get(Paper(paper.what), '印章登记簿')}.{paper.format}"


def file_of(paper: SealPaper) -> tuple[str, str, str]:
    """Digest, media type and name. Raises Refused before it is made."""
    if paper.digest is None:
        raise Refused("The file is not made yet.")
    return paper.digest, MEDIA_TYPES[Format(paper.format)], name_of(paper)


def _ask(
    session: Session,
    person: Person,
    what: Paper,
    kind: Format,
    *,
    application_id: int | None = None,
    seal_id: int | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> SealPaper:
    facts = dict(wanted or {})
    for known in session.scalars(
        select(SealPaper).where(SealPaper.asked_by_id == person.id, SealPaper.asked_at > now() - SAME)
    ):
        same = (known.what, known.format, known.application_id, known.seal_id, known.wanted)
        if same == (what, kind, application_id, seal_id, facts) and known.digest is None and known.error is None:
            return known
    paper = SealPaper(
        what=what,
        format=kind,
        application_id=application_id,
        seal_id=seal_id,
        wanted=facts,
        asked_by_id=person.id,
        asked_at=now(),
    )
    session.add(paper)
    session.flush()
    record(Event.SEAL_PAPER_ASKED, subject=paper, actor=person, what=what, format=kind)
    enqueue(session, Queue.WORK, JOB, paper_id=paper.id)
    return paper
