"""What certificates put on a desk: what is to be decided, what ends soon, what the service owes (K-1, K-3, K-6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from portal.certificates import queries, service_queries
from portal.certificates.lifecycle import APPLICATION_LABELS, ApplicationState
from portal.certificates.models import Certificate, CertificateApplication
from portal.certificates.service_models import CertificateFile, ContinuityDrill, FileKind
from portal.core.clock import CITY_ZONE, now, to_city, today
from portal.core.permissions import Permission
from portal.core.prepared import moment
from portal.core.runtime import current
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.seals.models import UnitSeal
from portal.units.models import Unit

DECIDE, ENDING, REPORT, DRILL = "certificate-applications", "certificates-ending", "service-report", "drill-due"
CERTIFICATE, CERTIFICATES = "certificates.show", "certificates.index"
APPLICATION, SERVICE = "certificates.application", "certification.service"
VERY_SOON_DAYS = 7
SECTIONS = (
    SectionKind(DECIDE, N_("Application about a certificate"), "certificate", Part.TODO, CERTIFICATES, 121),
    SectionKind(ENDING, N_("Certificate ends soon"), "certificate", Part.WATCH, CERTIFICATES, 161),
    SectionKind(REPORT, N_("Yearly service report to be made"), "chart-bar", Part.WATCH, SERVICE, 162, own=True),
    SectionKind(DRILL, N_("Drill of the continuity plan due"), "refresh", Part.WATCH, SERVICE, 163, own=True),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that certificates fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of certificates lies before the person."""
    if person.may(Permission.CERTIFICATES_VIEW):
        yield Pile(DECIDE, _applications(person), _application_line)
    yield Pile(ENDING, _ending(person), _ending_line)
    if person.may(Permission.CERTIFICATES_MANAGE):
        yield from _owed()


def _applications(person: Person) -> Select[Any]:
    table = CertificateApplication
    waiting = queries.waiting_for(person).join(Unit, Unit.id == table.unit_id)
    waiting = waiting.outerjoin(Person, Person.id == table.person_id).outerjoin(UnitSeal, UnitSeal.id == table.seal_id)
    columns = found(
        DECIDE,
        id=table.id,
        title=func.coalesce(Person.name, UnitSeal.name, ""),
        at=table.applied_at,
        party=Unit.short_name,
        state=table.state,
    )
    return waiting.with_only_columns(*columns, maintain_column_froms=True).order_by(table.id)


def _application_line(row: Found) -> Line:
    state, target = APPLICATION_LABELS[ApplicationState(row.state)], {"application_id": row.id}
    return Line(DECIDE, row.title, APPLICATION, target, row.at, party=row.party or "", state=state)


def _ending(person: Person) -> Select[Any]:
    ending = queries.ending_for(person).join(Unit, Unit.id == Certificate.unit_id)
    columns = found(
        ENDING,
        id=Certificate.id,
        title=Certificate.name,
        at=Certificate.changed_at,
        mark_at=Certificate.valid_until,
        party=Unit.short_name,
    )
    return ending.with_only_columns(*columns, maintain_column_froms=True)


def _ending_line(row: Found) -> Line:
    ends = row.mark_at or row.at
    late = ends - now() <= timedelta(days=VERY_SOON_DAYS)
    day = to_city(ends).date().isoformat()
    return Line(
        ENDING, row.title, CERTIFICATE, {"certificate_id": row.id}, row.at, party=row.party or "", number=day, late=late
    )


def _owed() -> Iterator[Pile]:
    """What the service owes by the calendar, once it has begun: the report of last year, and a drill every so often."""
    year, months = today().year - 1, current().rules.drill_months
    made = exists().where(
        CertificateFile.kind == FileKind.REPORT, CertificateFile.year == year, CertificateFile.made_at.is_not(None)
    )
    yield _told(
        REPORT, str(year), f"{year + 1}-01-31", _begun_before(date(year + 1, 1, 1)) & ~made, late=_report_late()
    )
    limit = service_queries.months_before(today(), months)
    drilled = exists().where(ContinuityDrill.held_on > limit)
    day = limit.isoformat()
    yield _told(DRILL, day, day, _begun_before(limit + timedelta(days=1)) & ~drilled, late=True)


def _report_late() -> bool:
    return (today().month, today().day) > service_queries.REPORT_DUE


def _begun_before(day: date) -> ColumnElement[bool]:
    return exists().where(Certificate.entered_at < datetime.combine(day, time(), CITY_ZONE))


def _told(section: str, title: str, day: str, owed: ColumnElement[bool], *, late: bool) -> Pile:
    rows = select(*found(section, id=0, title=title, at=moment())).where(owed)
    return Pile(section, rows, lambda row: Line(section, row.title, SERVICE, {}, row.at, number=day, late=late))
