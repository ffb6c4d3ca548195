"""Annual reports 年度报告 (条例第四十九、五十条): written from the figures, set by the worker, published by a head."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import gate
from portal.core.clock import now, to_city, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission as P
from portal.core.releasing import release
from portal.disclosure import figures
from portal.disclosure.models import DisclosureReport
from portal.disclosure.operations.requests import required
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

REPORT_JOB = "portal.disclosure.jobs.make_report"
LONGEST_REPORT = 10_000
FIRST_YEAR = 2000


def due_on(year: int) -> date:
    """Until when the report of a year must be public."""
    return date(year + 1, 1, 31)


def write_report(session: Session, person: Person, year: int, text: str) -> DisclosureReport:
    """Write the unit's report of a year, or write it anew before it is published; the worker sets it.

    Raises Denied, Invalid, Refused.
    """
    if not person.may(P.DISCLOSURE_HANDLE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    if not FIRST_YEAR <= year <= today().year:
        raise Invalid("There is no report of this year yet.", field="year")
    text = required(text, "text", LONGEST_REPORT)
    gate.require_clean({"年度报告": text}, urgent_allowed=True)
    # The unit's row is the lock: two who write at once make one report.
    unit = session.scalars(select(Unit).where(Unit.id == person.unit_id).with_for_update(of=Unit)).one()
    report = session.scalars(
        select(DisclosureReport).where(DisclosureReport.unit_id == unit.id, DisclosureReport.year == year)
    ).one_or_none()
    counted = figures.of_year(session, unit, year)
    if report is None:
        report = DisclosureReport(
            unit_id=unit.id, year=year, version=0, text=text, figures=counted, author_id=person.id, at=now()
        )
        session.add(report)
    elif report.published_at is not None:
        raise Refused("This report is published; it doesn't change any more.")
    release(session, [report.digest])
    report.text, report.figures, report.digest = text, counted, None
    report.version, report.author_id, report.at = report.version + 1, person.id, now()
    session.flush()
    record(Event.DISCLOSURE_REPORT_WRITTEN, subject=report, actor=person, year=year, version=report.version)
    enqueue(session, Queue.WORK, REPORT_JOB, report_id=report.id)
    return report


def publish_report(report: DisclosureReport, leader: Person) -> None:
    """A head of the unit publishes it, never its author.

    Raises Denied, Refused for figures counted before the year was over, AlreadyDone.
    """
    session_of(report).refresh(report, with_for_update={"of": DisclosureReport})
    if report.published_at is not None:
        raise AlreadyDone("This was published already.")
    if not may_publish(report, leader):
        raise Denied("A head of the unit publishes it, not its author.")
    if report.digest is None:
        raise Refused("Its pages aren't made yet. Look again in a moment.")
    if report.year >= today().year:
        raise Refused("The year isn't over.")
    if report.at < figures.begins(report.year + 1):
        day = to_city(report.at).date().isoformat()
        raise Refused("Its figures are those of %(day)s, before the year was over. Write it anew first.", day=day)
    report.published_at, report.published_by_id = now(), leader.id
    record(Event.DISCLOSURE_REPORT_PUBLISHED, subject=report, actor=leader, year=report.year)


def may_publish(report: DisclosureReport, person: Person) -> bool:
    """A head of the unit, never the author (M-1)."""
    return (
        report.published_at is None
        and report.unit_id == person.unit_id
        and person.may(P.DISCLOSURE_CONSENT)
        and report.author_id not in (person.id, person.desk_id)
    )
