"""Reading annual reports on disclosure, and who still owes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.core.clock import today
from portal.core.errors import NotFound
from portal.disclosure.figures import within
from portal.disclosure.models import DisclosureItem, DisclosureReport
from portal.disclosure.queries import GONE, R
from portal.people.models import Person
from portal.units.models import Unit


def public_reports(session: Session) -> Sequence[DisclosureReport]:
    """Published reports, newest year first."""
    return session.scalars(
        select(DisclosureReport)
        .where(DisclosureReport.published_at.is_not(None))
        .join(DisclosureReport.unit)
        .options(contains_eager(DisclosureReport.unit).selectinload(Unit.names))
        .order_by(DisclosureReport.year.desc(), Unit.sort_key, Unit.id)
        .limit(200)
    ).all()


def public_report(session: Session, report_id: int) -> DisclosureReport:
    """A published report. Raises NotFound."""
    report = session.get(DisclosureReport, report_id)
    if report is None or report.published_at is None:
        raise NotFound(GONE)
    return report


def reports_of(session: Session, person: Person) -> Sequence[DisclosureReport]:
    """The unit's reports, newest year first."""
    return session.scalars(
        select(DisclosureReport)
        .where(DisclosureReport.unit_id == person.unit_id)
        .options(joinedload(DisclosureReport.author))
        .order_by(DisclosureReport.year.desc())
    ).all()


def get_report(session: Session, person: Person, report_id: int) -> DisclosureReport:
    """A report of the person's unit. Raises NotFound."""
    report = session.get(DisclosureReport, report_id)
    if report is None or report.unit_id != person.unit_id:
        raise NotFound(GONE)
    return report


def report_missing(person: Person, year: int) -> Select[Any]:
    """The unit, when it had something to report in the year and its report isn't public."""
    published = exists().where(
        DisclosureReport.unit_id == Unit.id,
        DisclosureReport.year == year,
        DisclosureReport.published_at.is_not(None),
    )
    something = or_(
        exists().where(DisclosureItem.unit_id == Unit.id, DisclosureItem.year == year),
        exists().where(R.holder_id == Unit.id, within(R.received_at, year)),
    )
    return select(Unit).where(Unit.id == person.unit_id, ~published, something)


def last_year() -> int:
    """The year whose report is due."""
    return today().year - 1
