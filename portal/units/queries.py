"""Reading units."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.units.models import Unit


def all_units(session: Session) -> Sequence[Unit]:
    """Every unit in exchange, city first, each district followed by its own (for the address picker)."""
    return session.scalars(select(Unit).where(Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)).all()


def by_ids(session: Session, ids: Sequence[int]) -> dict[int, Unit]:
    """Units in exchange by id."""
    rows = session.scalars(select(Unit).where(Unit.id.in_(ids), Unit.left_at.is_(None)))
    return {unit.id: unit for unit in rows}


def by_code(session: Session, code: str) -> Unit:
    """The unit with an organisation code. Raises NotFound."""
    unit = session.scalars(select(Unit).where(Unit.code == code)).one_or_none()
    if unit is None:
        raise NotFound("There is no such unit.")
    return unit


def office(session: Session) -> Unit:
    """The municipal government office. Raises NotFound before one is registered."""
    unit = session.scalars(select(Unit).where(Unit.is_office)).one_or_none()
    if unit is None:
        raise NotFound("There is no such unit.")
    return unit
