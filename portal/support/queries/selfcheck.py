"""Reading self-checks: a unit its own computers, the office all units."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.support.models import SelfCheck
from portal.support.queries import PAGE_ROWS


def of_computer(session: Session, unit_id: int, computer: str) -> SelfCheck | None:
    """The record of one computer."""
    statement = select(SelfCheck).where(SelfCheck.unit_id == unit_id, SelfCheck.computer == computer)
    return session.scalars(statement).one_or_none()


def listed(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[SelfCheck], bool]:
    """One page of computers, the newly entered first: of all units for the office, of the own one for others."""
    statement = select(SelfCheck).options(joinedload(SelfCheck.unit), joinedload(SelfCheck.person))
    if not person.may(P.SUPPORT_MANAGE):
        statement = statement.where(SelfCheck.unit_id == person.unit_id)
    if before is not None:
        statement = statement.where(SelfCheck.id < before)
    rows = session.scalars(statement.order_by(SelfCheck.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS
