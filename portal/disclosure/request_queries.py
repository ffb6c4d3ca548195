"""Reading requests for disclosure and complaints: by the handling unit, by the office, by the secret link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import at_most
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.disclosure.lifecycle import LIVE, RUNNING, ComplaintState, RequestState
from portal.disclosure.policy import INSIDE
from portal.disclosure.queries import GONE, PAGE, R
from portal.disclosure.request_models import (
    DisclosureComplaint,
    DisclosureRequest,
    DisclosureStep,
)
from portal.disclosure.tokens import token_hash
from portal.people.models import Person, RoleAssignment
from portal.people.policy import PERMISSIONS
from portal.units.models import Unit


def requests_of(person: Person) -> Select[Any]:
    """The requests the person's unit handles."""
    return select(R).where(R.holder_id == person.unit_id)


def request_page(
    session: Session, person: Person, tab: str, before: int | None = None
) -> tuple[Sequence[DisclosureRequest], bool]:
    """A page of the unit's requests: open by deadline, or ended newest first."""
    statement = requests_of(person).options(joinedload(R.responsible), joinedload(R.first))
    if tab == "ended":
        statement = statement.where(R.state.not_in(LIVE)).order_by(R.id.desc())
        statement = statement.where(R.id < before) if before else statement
    else:
        statement = statement.where(R.state.in_(LIVE)).order_by(R.due_at, R.id)
        if before:
            place = select(R.due_at).where(R.id == before).scalar_subquery()
            statement = statement.where(or_(R.due_at > place, (R.due_at == place) & (R.id > before)))
    rows = session.scalars(statement.limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def waiting(person: Person) -> ColumnElement[int]:
    """How many requests wait for the person, for the menu."""
    if not person.may(P.DISCLOSURE_HANDLE):
        return at_most(99, requests_of(person).where(R.id < 0))
    return at_most(99, to_do(person))


def to_do(person: Person) -> Select[Any]:
    """Requests nobody has accepted yet, and those the person is responsible for and the applicant isn't to correct."""
    mine = (R.responsible_id == person.desk_id) & R.state.in_((RequestState.IN_HAND, RequestState.ANSWERED))
    return requests_of(person).where(or_(R.state == RequestState.RECEIVED, mine))


def overdue(person: Person, at: Any) -> Select[Any]:
    """The unit's requests whose time has passed, for its heads."""
    return requests_of(person).where(R.state.in_(RUNNING), R.due_at < at)


def to_consent(person: Person) -> Select[Any]:
    """Extensions that wait for the person's consent."""
    return requests_of(person).where(
        R.state == RequestState.IN_HAND,
        R.extension_asked_at.is_not(None),
        R.extended_at.is_(None),
        R.responsible_id.not_in((person.id, person.desk_id)),
    )


def get_request(session: Session, person: Person, request_id: int) -> DisclosureRequest:
    """Load and authorise: outside the unit that handles it a request doesn't exist. Raises NotFound."""
    if not any(person.may(permission) for permission in INSIDE):
        raise NotFound(GONE)
    request = session.scalars(requests_of(person).where(R.id == request_id).options(*_whole())).unique().one_or_none()
    if request is None:
        raise NotFound(GONE)
    return request


def request_by_token(session: Session, token: str) -> DisclosureRequest:
    """The request behind an applicant's link. Raises NotFound."""
    request = (
        session.scalars(select(R).where(R.token_hash == token_hash(token)).options(*_whole())).unique().one_or_none()
    )
    if request is None:
        raise NotFound("There is no such request. Check the address you kept.")
    return request


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(R.holder),
        joinedload(R.first),
        joinedload(R.responsible),
        selectinload(R.steps).joinedload(DisclosureStep.person),
    )


def colleagues(session: Session, request: DisclosureRequest) -> Sequence[Person]:
    """Who of the unit may take the request over."""
    roles = [role for role, permissions in PERMISSIONS.items() if P.DISCLOSURE_HANDLE in permissions]
    holds = exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role.in_(roles))
    return session.scalars(
        select(Person)
        .where(Person.unit_id == request.holder_id, Person.closed_at.is_(None), holds)
        .where(Person.id != request.responsible_id)
        .order_by(Person.id)
    ).all()


def get_colleague(session: Session, person_id: int) -> Person | None:
    """Somebody by number; whether they may take it over, the act decides."""
    return session.get(Person, person_id)


def complaint_by_token(session: Session, token: str) -> DisclosureComplaint:
    """The complaint behind a link. Raises NotFound."""
    found = session.scalars(
        select(DisclosureComplaint).where(DisclosureComplaint.token_hash == token_hash(token))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such complaint. Check the address you kept.")
    return found


def complaint_page(session: Session, tab: str, before: int | None = None) -> tuple[Sequence[DisclosureComplaint], bool]:
    """A page of complaints, for the office."""
    state = ComplaintState.ANSWERED if tab == "ended" else ComplaintState.RECEIVED
    made = DisclosureComplaint
    statement = select(made).where(made.state == state).options(joinedload(made.unit))
    if before:
        statement = statement.where(made.id < before)
    rows = session.scalars(statement.order_by(made.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def get_complaint(session: Session, person: Person, complaint_id: int) -> DisclosureComplaint:
    """A complaint, for the office alone. Raises NotFound."""
    complaint = session.get(DisclosureComplaint, complaint_id)
    if complaint is None or not person.may(P.DISCLOSURE_MANAGE):
        raise NotFound(GONE)
    return complaint


def board(session: Session, at: Any) -> Sequence[Any]:
    """(unit, open, overdue) of every unit that has open requests, for the office: numbers only, no applicant."""
    late = func.sum(case(((R.due_at < at) & R.state.in_(RUNNING), 1), else_=0))
    return session.execute(
        select(Unit, func.count(R.id), late)
        .join(R, R.holder_id == Unit.id)
        .where(R.state.in_(LIVE))
        .group_by(Unit.id)
        .order_by(Unit.sort_key, Unit.id)
    ).all()
