"""Reading changes of units: what a person may see, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.people.models import Person, RoleAssignment
from portal.people.roles import Role
from portal.registration.application_models import UnitApplication
from portal.registration.change_lifecycle import OPEN, ChangeState
from portal.registration.change_models import ChangeAgreement, ChangeMember, UnitChange
from portal.registration.change_policy import OFFICE
from portal.units.hooks import ChangeKind, Disposal
from portal.units.models import Unit
from portal.units.policy import administered

PAGE_ROWS = 20
COUNT_LIMIT = 99


def visible_to(person: Person) -> Select[UnitChange]:
    """Cases of the person's unit, as the one that changes or inherits; for the office and districts those of theirs."""
    if any(person.may(permission) for permission in OFFICE) and person.unit.is_office:
        return select(UnitChange)
    mine = select(ChangeMember.change_id).where(ChangeMember.unit_id == person.unit_id)
    sees = or_(UnitChange.unit_id == person.unit_id, UnitChange.heir_id == person.unit_id, UnitChange.id.in_(mine))
    if person.may(P.REGISTRATION_REVIEW):
        district = select(Unit.id).where(administered(person, P.REGISTRATION_REVIEW))
        sees = or_(sees, UnitChange.unit_id.in_(district))
    return select(UnitChange).where(sees)


def get_for(session: Session, person: Person, change_id: int) -> UnitChange:
    """Load and authorise. Raises NotFound."""
    statement = visible_to(person).where(UnitChange.id == change_id)
    statement = statement.options(joinedload(UnitChange.unit), selectinload(UnitChange.members))
    change = session.scalars(statement).unique().one_or_none()
    if change is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return change


def lock(change: UnitChange) -> Session:
    """Read the case anew and keep its row until the transaction ends; every act begins with it."""
    session = session_of(change)
    session.flush()
    session.refresh(change, with_for_update={"of": UnitChange})
    return session


def page(session: Session, person: Person, state: str, before: int | None) -> tuple[Sequence[UnitChange], bool]:
    """One page of cases, newest first, and whether older ones follow."""
    statement = visible_to(person).options(joinedload(UnitChange.unit), joinedload(UnitChange.heir))
    if state:
        statement = statement.where(UnitChange.state == state)
    if before is not None:
        statement = statement.where(UnitChange.id < before)
    rows = session.scalars(statement.order_by(UnitChange.id.desc()).limit(PAGE_ROWS + 1)).unique().all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many cases wait for this person's decision, for the navigation."""
    turns: list[ColumnElement[bool]] = []
    if person.may(P.REGISTRATION_AGREE):
        changes = select(ChangeMember.change_id).where(ChangeMember.unit_id == person.unit_id)
        agreed = select(ChangeAgreement.change_id).where(ChangeAgreement.unit_id == person.unit_id)
        own = or_(UnitChange.unit_id == person.unit_id, UnitChange.id.in_(changes)) & UnitChange.id.not_in(agreed)
        turns.append((UnitChange.state == ChangeState.FILED) & own & (UnitChange.applicant_id != person.id))
    if person.may(P.REGISTRATION_REVIEW):
        turns.append(UnitChange.state == ChangeState.AGREED)
    if person.may(P.REGISTRATION_ENTER):
        turns.append(UnitChange.state == ChangeState.REVIEWED)
    return at_most(COUNT_LIMIT + 1, visible_to(person).where(or_(false(), *turns)).with_only_columns(UnitChange.id))


def open_change_of(session: Session, unit_ids: Sequence[int]) -> UnitChange | None:
    """A case under way in which one of the units changes."""
    member = select(ChangeMember.change_id).where(ChangeMember.unit_id.in_(unit_ids), ChangeMember.is_open)
    return session.scalars(select(UnitChange).where(UnitChange.id.in_(member))).first()


def open_of_heir(session: Session, unit_ids: Sequence[int]) -> UnitChange | None:
    """A case under way in which one of the units is the heir of others."""
    return session.scalars(
        select(UnitChange).where(
            UnitChange.heir_id.in_(unit_ids), UnitChange.state.in_(OPEN), UnitChange.kind != ChangeKind.RENAME
        )
    ).first()


def has_joined(session: Session, unit: Unit) -> bool:
    """Whether the unit came into the exchange by an application of its own (U-1)."""
    return session.scalar(select(UnitApplication.id).where(UnitApplication.unit_id == unit.id)) is not None


def receivers(session: Session, change: UnitChange) -> Sequence[Person]:
    """Who can take over open drafts: drafters of the heir, and those who stay or move there."""
    if change.heir_id is None or change.disposal != Disposal.HAND_OVER:
        return []
    staying = [person_id for member in change.members for person_id in member.staying_ids]
    there: ColumnElement[bool] = Person.id.in_(staying)
    if change.kind != ChangeKind.RENAME:
        there = or_(there, Person.unit_id == change.heir_id)
    drafts = select(RoleAssignment.person_id).where(RoleAssignment.role == Role.DRAFTER)
    return session.scalars(
        select(Person).where(there, Person.closed_at.is_(None), Person.id.in_(drafts)).order_by(Person.id)
    ).all()
