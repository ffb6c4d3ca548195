"""Reading requests for comments: the office all of them, a unit those it is asked and its own answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.support.models import Consultation, ConsultationUnit, SupportFile
from portal.support.queries import NOT_THERE, PAGE_ROWS
from portal.units.models import Unit


def key_known(session: Session, key: str) -> bool:
    """Whether one with this key was published."""
    return session.scalar(select(Consultation.id).where(Consultation.request_key == key)) is not None


def visible_to(person: Person) -> Select[Consultation]:
    """The office sees all, the others those their unit is asked."""
    if person.may(P.SUPPORT_MANAGE):
        return select(Consultation)
    asked = select(ConsultationUnit.consultation_id).where(ConsultationUnit.unit_id == person.unit_id)
    return select(Consultation).where(Consultation.id.in_(asked))


def get_for(session: Session, person: Person, consultation_id: int) -> Consultation:
    """Load and authorise. Raises NotFound."""
    statement = visible_to(person).where(Consultation.id == consultation_id)
    found = session.scalars(statement.options(selectinload(Consultation.files))).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def asked_of(session: Session, person: Person, consultation_id: int) -> ConsultationUnit | None:
    """The person's own unit's line, with its answer."""
    return session.scalars(
        select(ConsultationUnit)
        .where(ConsultationUnit.consultation_id == consultation_id, ConsultationUnit.unit_id == person.unit_id)
        .options(joinedload(ConsultationUnit.consultation), selectinload(ConsultationUnit.files))
    ).one_or_none()


def get_asked(session: Session, person: Person, consultation_id: int) -> ConsultationUnit:
    """The same, where there must be one. Raises NotFound."""
    found = asked_of(session, person, consultation_id)
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def listed(
    session: Session, person: Person, before: int | None = None
) -> tuple[Sequence[tuple[Consultation, ConsultationUnit | None]], bool]:
    """One page, newest first, each with the own unit's line."""
    own = (ConsultationUnit.consultation_id == Consultation.id) & (ConsultationUnit.unit_id == person.unit_id)
    statement = visible_to(person).outerjoin(ConsultationUnit, own).add_columns(ConsultationUnit)
    if before is not None:
        statement = statement.where(Consultation.id < before)
    rows = session.execute(statement.order_by(Consultation.id.desc()).limit(PAGE_ROWS + 1)).all()
    return [(row[0], row[1]) for row in rows[:PAGE_ROWS]], len(rows) > PAGE_ROWS


def counts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many are asked and how many have answered, by consultation."""
    rows = session.execute(
        select(ConsultationUnit.consultation_id, func.count(), func.count(ConsultationUnit.answered_at))
        .where(ConsultationUnit.consultation_id.in_(ids))
        .group_by(ConsultationUnit.consultation_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def answer_count(session: Session, consultation_id: int) -> int:
    """How many have answered."""
    return counts(session, [consultation_id]).get(consultation_id, (0, 0))[1]


def answers(session: Session, consultation: Consultation) -> Sequence[ConsultationUnit]:
    """Everybody asked, in the order of the register; for the office alone."""
    return session.scalars(
        select(ConsultationUnit)
        .join(ConsultationUnit.unit)
        .where(ConsultationUnit.consultation_id == consultation.id)
        .options(
            contains_eager(ConsultationUnit.unit),
            joinedload(ConsultationUnit.answered_by),
            selectinload(ConsultationUnit.files),
        )
        .order_by(Unit.sort_key, Unit.id)
    ).all()


def get_file(session: Session, person: Person, consultation_id: int, file_id: int) -> SupportFile:
    """A file of the request, or of an answer: the own one, for the office any. Raises NotFound."""
    consultation = get_for(session, person, consultation_id)
    statement = select(SupportFile).outerjoin(ConsultationUnit, ConsultationUnit.id == SupportFile.answer_id)
    own = ConsultationUnit.consultation_id == consultation.id
    if not person.may(P.SUPPORT_MANAGE):
        own = own & (ConsultationUnit.unit_id == person.unit_id)
    found = session.scalars(
        statement.where(SupportFile.id == file_id, (SupportFile.consultation_id == consultation.id) | own)
    ).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def to_answer(person: Person) -> Select[ConsultationUnit]:
    """What the person's unit hasn't answered yet."""
    return (
        select(ConsultationUnit)
        .join(ConsultationUnit.consultation)
        .options(contains_eager(ConsultationUnit.consultation).joinedload(Consultation.published_by))
        .where(
            ConsultationUnit.unit_id == person.unit_id,
            ConsultationUnit.answered_at.is_(None),
            Consultation.concluded_at.is_(None),
        )
    )
