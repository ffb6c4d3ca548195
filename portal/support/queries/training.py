"""Reading training sessions: those of the city for all, a district's for its own units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.core.errors import NotFound
from portal.core.prepared import moment
from portal.people.models import Person
from portal.support.models import Enrolment, Training
from portal.support.queries import NOT_THERE, PAGE_ROWS
from portal.units.models import Unit

CLOSING = timedelta(days=7)
"""How long before it closes an enrolment stands on the desk."""


def key_known(session: Session, key: str) -> bool:
    """Whether one with this key was announced."""
    return session.scalar(select(Training.id).where(Training.request_key == key)) is not None


def visible_to(person: Person) -> Select[Training]:
    """The city's sessions, and those of the person's district."""
    own = Training.district_id == person.unit.district_id
    return select(Training).where(or_(Training.district_id.is_(None), own))


def get_for(session: Session, person: Person, training_id: int) -> Training:
    """Load and authorise. Raises NotFound."""
    statement = visible_to(person).where(Training.id == training_id)
    found = session.scalars(
        statement.options(joinedload(Training.organiser), joinedload(Training.district))
    ).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def listed(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Training], bool]:
    """One page, newest first."""
    statement = visible_to(person).options(joinedload(Training.district))
    if before is not None:
        statement = statement.where(Training.id < before)
    rows = session.scalars(statement.order_by(Training.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def taken_places(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many places are taken, by session."""
    rows = session.execute(
        select(Enrolment.training_id, func.count(Enrolment.seat))
        .where(Enrolment.training_id.in_(ids))
        .group_by(Enrolment.training_id)
    )
    return {row[0]: row[1] for row in rows}


def mine(session: Session, person: Person, ids: Sequence[int]) -> dict[int, Enrolment]:
    """The person's own enrolments, by session."""
    statement = select(Enrolment).where(
        Enrolment.person_id == person.id, Enrolment.training_id.in_(ids), Enrolment.left_at.is_(None)
    )
    return {row.training_id: row for row in session.scalars(statement)}


def enrolment_of(session: Session, training_id: int, person_id: int) -> Enrolment | None:
    """A person's enrolment, also one given back."""
    return session.scalars(
        select(Enrolment).where(Enrolment.training_id == training_id, Enrolment.person_id == person_id)
    ).one_or_none()


def seated(session: Session, training_id: int) -> Sequence[Enrolment]:
    """Who has a place, by place."""
    statement = select(Enrolment).where(Enrolment.training_id == training_id, Enrolment.seat.is_not(None))
    return session.scalars(statement.order_by(Enrolment.seat)).all()


def waiting(session: Session, training_id: int) -> Sequence[Enrolment]:
    """Who waits for a place, the first on top."""
    statement = select(Enrolment).where(
        Enrolment.training_id == training_id, Enrolment.seat.is_(None), Enrolment.left_at.is_(None)
    )
    return session.scalars(statement.order_by(Enrolment.enrolled_at, Enrolment.id)).all()


def enrolled(session: Session, training: Training, unit_id: int | None = None) -> Sequence[Enrolment]:
    """Everybody enrolled, those with a place first; of one unit if named."""
    statement = (
        select(Enrolment)
        .where(Enrolment.training_id == training.id, Enrolment.left_at.is_(None))
        .options(joinedload(Enrolment.person), joinedload(Enrolment.unit))
        .order_by(Enrolment.seat.is_(None), Enrolment.seat, Enrolment.enrolled_at, Enrolment.id)
    )
    if unit_id is not None:
        statement = statement.where(Enrolment.unit_id == unit_id)
    return session.scalars(statement).all()


def record_of(session: Session, unit: Unit, before: int | None = None) -> tuple[Sequence[Enrolment], bool]:
    """Who of a unit attended what, newest first."""
    statement = (
        select(Enrolment)
        .where(Enrolment.unit_id == unit.id, Enrolment.attended.is_not(None))
        .options(joinedload(Enrolment.person), joinedload(Enrolment.training))
    )
    if before is not None:
        statement = statement.where(Enrolment.id < before)
    rows = session.scalars(statement.order_by(Enrolment.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def closing_for(person: Person) -> Select[Training]:
    """Sessions whose enrolment closes soon and in which the person isn't enrolled."""
    known = select(Enrolment.training_id).where(Enrolment.person_id == person.id, Enrolment.left_at.is_(None))
    return visible_to(person).where(
        Training.enrol_until > moment(),
        Training.enrol_until < moment(-CLOSING),
        Training.cancelled_at.is_(None),
        Training.id.not_in(known),
    )
