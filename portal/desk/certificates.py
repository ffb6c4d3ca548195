"""Lines of certificates on the home page: what is to be decided, what ends soon, what the service owes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from sqlalchemy.orm import Session, joinedload

from portal.certificates import queries, service_queries
from portal.certificates.lifecycle import APPLICATION_LABELS, ApplicationState
from portal.certificates.models import CertificateApplication
from portal.core.clock import CITY_ZONE, now, today
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.desk.sections import APPLICATION_ABOUT, CERTIFICATE, CERTIFICATION, Line
from portal.people.models import Person


def lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Applications to decide on, certificates warned about, and for who runs the service its report and drills."""
    yield from _applications(session, person, most)
    yield from _ending(session, person, most)
    if person.may(Permission.CERTIFICATES_MANAGE):
        yield from _owed(session, person)


def _applications(session: Session, person: Person, most: int) -> Iterator[Line]:
    rows = session.scalars(
        queries.waiting_for(person)
        .options(
            joinedload(CertificateApplication.unit),
            joinedload(CertificateApplication.person),
            joinedload(CertificateApplication.seal),
        )
        .order_by(CertificateApplication.id)
        .limit(most)
    )
    for row in rows:
        yield Line(
            "certificate-applications",
            row.subject_name,
            APPLICATION_ABOUT,
            {"application_id": row.id},
            row.applied_at,
            party=row.unit.short_name,
            state=APPLICATION_LABELS[ApplicationState(row.state)],
        )


def _ending(session: Session, person: Person, most: int) -> Iterator[Line]:
    for certificate, days in session.execute(queries.ending_for(person).limit(most)):
        yield Line(
            "certificates-ending",
            certificate.name,
            CERTIFICATE,
            {"certificate_id": certificate.id},
            certificate.valid_until,
            party=certificate.unit.short_name,
            number=certificate.valid_until.date().isoformat(),
            late=days <= 7,
        )


def _owed(session: Session, person: Person) -> Iterator[Line]:
    year = service_queries.report_overdue(session, person)
    if year is not None:
        late = (today().month, today().day) > service_queries.REPORT_DUE
        yield Line("service-report", str(year), CERTIFICATION, {}, now(), number=f"{year + 1}-01-31", late=late)
    due = service_queries.drill_due(session, current().rules.drill_months)
    if due is not None and due <= today():
        at = datetime.combine(due, time(), CITY_ZONE)
        yield Line("drill-due", due.isoformat(), CERTIFICATION, {}, at, number=due.isoformat(), late=True)
