"""Reading applications: who sees which, whose turn it is (U-6)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.registration.application_lifecycle import WAITING, JoinAct, JoinState
from portal.registration.application_models import UnitApplication
from portal.units.models import Tier, Unit, UnitKind
from portal.units.policy import Scope, scope_of

PAGE_ROWS = 20
COUNT_LIMIT = 99
A, S = UnitApplication, JoinState


class Tab(StrEnum):
    """The parts of the reviewers' list."""

    WAITING = "waiting"
    UNDER_WAY = "under-way"
    FILINGS = "filings"
    REGISTERED = "registered"
    ENDED = "ended"


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first, and whether older rows follow."""

    rows: Sequence[UnitApplication]
    more: bool


def token_hash(token: str) -> str:
    """How the token of an applicant's link is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str) -> UnitApplication:
    """The application behind an applicant's link. Raises NotFound."""
    found = session.scalars(_whole().where(A.token_hash == token_hash(token))).one_or_none()
    if found is None:
        raise NotFound("There is no such application. Check the link you kept.")
    return found


def get_for(session: Session, person: Person, application_id: int) -> UnitApplication:
    """The application, if it is the person's to see. Raises NotFound."""
    found = session.scalars(_whole().where(A.id == application_id, _seen_by(person))).one_or_none()
    if found is None:
        raise NotFound("There is no such application.")
    return found


def lock(application: UnitApplication) -> Session:
    """Read the application anew and keep its row until the transaction ends; every act on it begins with that."""
    session = session_of(application)
    session.flush()
    session.refresh(application, with_for_update={"of": UnitApplication})
    session.expire(application, ["files"])
    return session


def listed(session: Session, person: Person, tab: Tab, before: int | None = None) -> Page:
    """One page of a part of the list, by keyset."""
    statement = select(A).where(_seen_by(person), _in_tab(person, tab)).options(joinedload(A.district))
    if before is not None:
        statement = statement.where(A.id < before)
    rows = session.scalars(statement.order_by(A.id.desc()).limit(PAGE_ROWS + 1)).all()
    return Page(rows[:PAGE_ROWS], len(rows) > PAGE_ROWS)


def waiting_for(person: Person) -> Select[Any]:
    """Applications whose next decision is the person's."""
    return select(A).where(_my_turn(person))


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many wait for the person, for the navigation; counted up to one above COUNT_LIMIT."""
    return at_most(COUNT_LIMIT + 1, waiting_for(person).with_only_columns(A.id))


def decision_of(application: UnitApplication, person: Person) -> JoinAct | None:
    """The decision that waits for this person: a district agrees and files, the municipal office enters (EE6)."""
    state = application.state
    citys = state == S.FILED or (state == S.SUBMITTED and application.district_id is None)
    if citys and person.may(Permission.REGISTRATION_ENTER):
        return JoinAct.REGISTER
    if _is_of_district(person) and state == S.SUBMITTED and application.district_id == person.unit_id:
        return JoinAct.FILE
    return None


def districts(session: Session) -> Sequence[Unit]:
    """The district governments in exchange, the only units an outsider is shown."""
    return session.scalars(
        select(Unit)
        .where(Unit.tier == Tier.DISTRICT, Unit.kind == UnitKind.GOVERNMENT, Unit.left_at.is_(None))
        .order_by(Unit.sort_key, Unit.id)
    ).all()


def rival_of(session: Session, application: UnitApplication) -> UnitApplication | None:
    """Another application under examination for the same code or name, if any."""
    same = or_(A.code == application.code, A.name == application.name)
    return session.scalars(select(A).where(same, A.state.in_(WAITING), A.id != application.id).limit(1)).first()


def _whole() -> Select[UnitApplication]:
    return select(A).options(selectinload(A.files), joinedload(A.district), joinedload(A.unit))


def _is_of_district(person: Person) -> bool:
    return scope_of(person, Permission.REGISTRATION_REVIEW) is Scope.DISTRICT


def _seen_by(person: Person) -> ColumnElement[bool]:
    """The office sees the whole city's, a district its own; what was never submitted is the applicant's alone."""
    if person.may(Permission.REGISTRATION_ENTER):
        return A.submitted_at.is_not(None)
    if _is_of_district(person):
        return and_(A.submitted_at.is_not(None), A.district_id == person.unit_id)
    return false()


def _my_turn(person: Person) -> ColumnElement[bool]:
    mine: list[ColumnElement[bool]] = []
    if person.may(Permission.REGISTRATION_ENTER):
        mine += [A.state == S.FILED, and_(A.state == S.SUBMITTED, A.district_id.is_(None))]
    if _is_of_district(person):
        mine.append(and_(A.state == S.SUBMITTED, A.district_id == person.unit_id))
    return or_(false(), *mine)


def _in_tab(person: Person, tab: Tab) -> ColumnElement[bool]:
    if tab is Tab.WAITING:
        return _my_turn(person)
    if tab is Tab.FILINGS:
        return and_(A.district_id.is_not(None), A.state.in_((S.FILED, S.REGISTERED)))
    states = {
        Tab.UNDER_WAY: (S.SUBMITTED, S.FILED, S.RETURNED),
        Tab.REGISTERED: (S.REGISTERED,),
        Tab.ENDED: (S.REFUSED, S.WITHDRAWN),
    }
    return A.state.in_(states[tab])
