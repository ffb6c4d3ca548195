"""Reading certificates and applications; what a person may see of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.certificates import policy
from portal.certificates.lifecycle import LIVE, UNDER_WAY, ApplicationState
from portal.certificates.models import (
    Carrier,
    Certificate,
    CertificateApplication,
    CertificateDecision,
    ExpiryWarning,
    SubjectKind,
)
from portal.core.clock import now
from portal.core.db import at_most
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.prepared import moment
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.lifecycle import SealState
from portal.seals.models import SealKeeper, UnitSeal

NOT_THERE = "There is no such page, or it is not yours to see."
PAGE_ROWS = 20
COUNT_LIMIT = 99
SOON = timedelta(days=90)
TABS = ("live", "ending", "ended")


def _sees(person: Person, unit: ColumnElement[int], owner: ColumnElement[int | None]) -> ColumnElement[bool]:
    if policy.oversees(person):
        return true()
    if person.may(Permission.CERTIFICATES_VIEW):
        return or_(unit == person.unit_id, owner == person.id)
    return owner == person.id


def visible_certificates(person: Person) -> Select[Certificate]:
    """One's own, those of one's unit for who works with them, all for the offices that approve."""
    return select(Certificate).where(_sees(person, Certificate.unit_id.expression, Certificate.person_id.expression))


def visible_applications(person: Person) -> Select[CertificateApplication]:
    """The same of applications."""
    table = CertificateApplication
    return select(table).where(_sees(person, table.unit_id.expression, table.person_id.expression))


def get_certificate(session: Session, person: Person, certificate_id: int) -> Certificate:
    """Load and authorise. Raises NotFound."""
    found = session.scalars(
        visible_certificates(person)
        .where(Certificate.id == certificate_id)
        .options(joinedload(Certificate.unit), selectinload(Certificate.carriers).joinedload(Carrier.person))
    ).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def get_application(session: Session, person: Person, application_id: int) -> CertificateApplication:
    """Load and authorise. Raises NotFound."""
    found = session.scalars(
        visible_applications(person)
        .where(CertificateApplication.id == application_id)
        .options(
            joinedload(CertificateApplication.unit),
            joinedload(CertificateApplication.applicant),
            selectinload(CertificateApplication.decisions).joinedload(CertificateDecision.person),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def listed(
    session: Session, person: Person, tab: str = "live", q: str = "", before: int | None = None
) -> tuple[Sequence[Certificate], bool]:
    """One page of the register, newest first."""
    statement = visible_certificates(person).options(joinedload(Certificate.unit))
    live = (Certificate.state.in_(LIVE), Certificate.valid_until > now())
    if tab == "ended":
        statement = statement.where(or_(Certificate.state.not_in(LIVE), Certificate.valid_until <= now()))
    else:
        statement = statement.where(*live)
    if tab == "ending":
        statement = statement.where(Certificate.valid_until <= now() + SOON)
    if q:
        wanted = q.strip()
        statement = statement.where(
            or_(Certificate.name.contains(wanted, autoescape=True), Certificate.serial == wanted.upper())
        )
    if before is not None:
        statement = statement.where(Certificate.id < before)
    rows = session.scalars(statement.order_by(Certificate.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def applications(
    session: Session, person: Person, before: int | None = None
) -> tuple[Sequence[CertificateApplication], bool]:
    """One page of applications, newest first."""
    statement = visible_applications(person).options(
        joinedload(CertificateApplication.unit),
        joinedload(CertificateApplication.person),
        joinedload(CertificateApplication.seal),
    )
    if before is not None:
        statement = statement.where(CertificateApplication.id < before)
    rows = session.scalars(statement.order_by(CertificateApplication.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def waiting_for(person: Person) -> Select[CertificateApplication]:
    """Applications whose next decision is this person's."""
    table = CertificateApplication
    mine: list[ColumnElement[bool]] = []
    if person.acting is None and Role.UNIT_HEAD in person.own_roles:
        mine.append((table.state == ApplicationState.APPLIED) & (table.unit_id == person.unit_id))
    if person.acting is None:
        for subject, role in policy.APPROVERS.items():
            if role in person.own_roles:
                mine.append((table.state == ApplicationState.AGREED) & (table.subject_kind == subject))
                if subject is SubjectKind.SEAL:  # the other authority's certificate is to be brought in
                    mine.append((table.state == ApplicationState.APPROVED) & (table.subject_kind == subject))
    decided = select(CertificateDecision.id).where(
        CertificateDecision.application_id == table.id, CertificateDecision.person_id == person.id
    )
    return select(table).where(
        or_(*mine) if mine else table.id.is_(None),
        table.applicant_id != person.id,
        or_(table.state == ApplicationState.APPROVED, ~decided.exists()),
    )


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many wait for the person, up to a limit."""
    return at_most(COUNT_LIMIT, waiting_for(person).with_only_columns(CertificateApplication.id))


def ending_for(person: Person) -> Select[Certificate, int]:
    """Certificates warned about that are this person's to care for, with the nearest warning."""
    nearest = (
        select(func.min(ExpiryWarning.days)).where(ExpiryWarning.certificate_id == Certificate.id).scalar_subquery()
    )
    kept = select(SealKeeper.seal_id).where(SealKeeper.person_id == person.id)
    mine = [Certificate.person_id == person.id, Certificate.seal_id.in_(kept)]
    for subject, role in policy.APPROVERS.items():
        if role in person.own_roles:
            # Of the end of a seal made here the office is told with the seal.
            mine.append((Certificate.subject_kind == subject) & (Certificate.seal_id.is_(None) | Certificate.external))
    return (
        select(Certificate, nearest)
        .where(Certificate.state.in_(LIVE), Certificate.valid_until > moment(), nearest.is_not(None), or_(*mine))
        .options(joinedload(Certificate.unit))
        .order_by(Certificate.valid_until)
    )


def live_of(session: Session, person: Person) -> Certificate | None:
    """The one certificate a person has (HS9)."""
    return session.scalars(select_live(person)).one_or_none()


def select_live(person: Person) -> Select[Certificate]:
    """The same, still to be asked."""
    return select(Certificate).where(
        Certificate.person_id == person.id,
        Certificate.subject_kind == SubjectKind.PERSON,
        Certificate.state.in_(LIVE),
    )


def all_of(session: Session, person: Person) -> Sequence[Certificate]:
    """Every certificate a person ever had, newest first."""
    statement = select(Certificate).where(Certificate.person_id == person.id).order_by(Certificate.id.desc())
    return session.scalars(statement).all()


def applications_of(session: Session, person: Person) -> Sequence[CertificateApplication]:
    """The newest applications for a person's own certificate."""
    table = CertificateApplication
    return session.scalars(select(table).where(table.person_id == person.id).order_by(table.id.desc()).limit(10)).all()


def under_way(session: Session, *, person: Person | None = None, seal: UnitSeal | None = None) -> int | None:
    """The id of the application under way for a person or a seal."""
    table = CertificateApplication
    owner = table.person_id == person.id if person else table.seal_id == (seal.id if seal else None)
    return session.scalar(select(table.id).where(owner, table.state.in_(UNDER_WAY)))


def of_seal(session: Session, seal_id: int) -> Sequence[Certificate]:
    """Certificates of one seal, newest first."""
    statement = select(Certificate).where(Certificate.seal_id == seal_id).order_by(Certificate.id.desc())
    return session.scalars(statement).all()


def unit_seals(session: Session, person: Person) -> Sequence[UnitSeal]:
    """Seals of the unit that something can be applied for."""
    statement = select(UnitSeal).where(
        UnitSeal.unit_id == person.unit_id, UnitSeal.state.in_((SealState.IN_CUSTODY, SealState.SUSPENDED))
    )
    return session.scalars(statement.order_by(UnitSeal.id)).all()


def by_serial(session: Session, serial: str) -> Sequence[Certificate]:
    """Certificates with this number: of different issuers, hence possibly several."""
    return session.scalars(select(Certificate).where(Certificate.serial == serial).limit(5)).all()


def get_carrier(session: Session, carrier_id: int) -> Carrier:
    """A carrier. Raises NotFound."""
    found = session.get(Carrier, carrier_id)
    if found is None:
        raise NotFound(NOT_THERE)
    return found
