"""Acts of the certification service: publishing rules, drills, asking for files (K-3, K-6)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.certificates import policy, words
from portal.certificates.service_models import (
    CertificateFile,
    ContinuityDrill,
    FileKind,
    PublishedText,
    TextKind,
)
from portal.core.clock import now, today
from portal.core.errors import AlreadyDone, Invalid
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

FILE_JOB = "portal.certificates.jobs.make_file"
LONGEST_RULES = 100_000
FIRST_YEAR = 2020


def publish(
    session: Session, officer: Person, *, kind: TextKind, title: str, text: str, change: str, service_kept: bool
) -> PublishedText:
    """Publish a version; from the second on it says what got better, and its publisher confirms that the service isn't
    lowered (《认证办法》第二十六条). Raises Invalid naming the field, AlreadyDone for the same text again."""
    policy.require(officer, Permission.CERTIFICATES_MANAGE)
    title, text = words.line(title, "title", 120), words.text(text, "text", LONGEST_RULES)
    _one_at_a_time(session, officer)
    number = (session.scalar(select(func.max(PublishedText.number)).where(PublishedText.kind == kind)) or 0) + 1
    if number > 1:
        change = words.text(change, "change", 2000)
        if not service_kept:
            raise Invalid("Confirm that the change doesn't lower the service.", field="service_kept")
        before = session.scalars(
            select(PublishedText).where(PublishedText.kind == kind, PublishedText.number == number - 1)
        ).one()
        if before.text == text:
            raise AlreadyDone("This very text is published already.")
    made = PublishedText(
        kind=kind, number=number, title=title, text=text, change=change.strip() if number > 1 else "",
        service_kept=service_kept, published_at=now(), published_by_id=officer.id,
    )  # fmt: skip
    session.add(made)
    record(
        Event.PUBLISHED_TEXT_PUBLISHED, subject=made, actor=officer, what=kind.value, number=number, change=made.change
    )
    return made


def record_drill(
    session: Session, officer: Person, *, held_on: date, scenario: str, participants: str, result: str, lessons: str
) -> ContinuityDrill:
    """Record a drill. Raises Invalid for a day to come, AlreadyDone for the same drill again."""
    policy.require(officer, Permission.CERTIFICATES_MANAGE)
    if held_on > today():
        raise Invalid("This day is still to come.", field="held_on")
    scenario = words.line(scenario, "scenario", 120)
    _one_at_a_time(session, officer)
    same = select(ContinuityDrill.id).where(ContinuityDrill.held_on == held_on, ContinuityDrill.scenario == scenario)
    if session.scalar(same) is not None:
        raise AlreadyDone("This drill is recorded already.")
    drill = ContinuityDrill(
        held_on=held_on,
        scenario=scenario,
        participants=words.text(participants, "participants"),
        result=words.text(result, "result"),
        lessons=words.text(lessons, "lessons"),
        recorded_at=now(),
        recorded_by_id=officer.id,
    )
    session.add(drill)
    record(
        Event.CONTINUITY_DRILL_RECORDED, subject=drill, actor=officer, scenario=scenario, held_on=held_on.isoformat()
    )
    return drill


def ask_file(session: Session, officer: Person, *, kind: str, year: int | None = None) -> CertificateFile:
    """Have the register, the year's report or the hand-over package made. Raises Invalid, AlreadyDone while one is."""
    policy.require(officer, Permission.CERTIFICATES_MANAGE)
    if kind not in set(FileKind):
        raise Invalid("Choose what is to be made.", field="kind")
    if kind == FileKind.REPORT:
        if year is None or not FIRST_YEAR <= year <= today().year:
            raise Invalid("Enter the year of the report.", field="year")
    else:
        year = None
    _one_at_a_time(session, officer)
    waiting = select(CertificateFile.id).where(
        CertificateFile.kind == kind, CertificateFile.made_at.is_(None), CertificateFile.error.is_(None)
    )
    if session.scalar(waiting) is not None:
        raise AlreadyDone("This is being made already.")
    file = CertificateFile(kind=kind, year=year, asked_at=now(), asked_by_id=officer.id)
    session.add(file)
    session.flush()
    record(Event.CERTIFICATE_FILE_ASKED, subject=file, actor=officer, what=kind, year=year)
    enqueue(session, Queue.WORK, FILE_JOB, file_id=file.id)
    return file


def _one_at_a_time(session: Session, officer: Person) -> None:
    """Of two new things at once the second waits, and then finds the first."""
    session.refresh(officer.unit, with_for_update={"key_share": True, "of": Unit})
