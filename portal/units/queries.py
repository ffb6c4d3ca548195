"""Reading units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from portal.core.errors import NotFound
from portal.units.models import Mode, TransmissionScope, Unit, UnitName

SCOPE_ROWS = 200


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


def short_name_at(unit: type[Unit], at: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """`Unit.short_name_at` as a column: the short name of a Unit in the statement on the day of `at`."""
    former = (
        select(UnitName.short_name)
        .where(UnitName.unit_id == unit.id, UnitName.until > at)
        .order_by(UnitName.until)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(case((at < unit.renamed_at, former)), unit.short_name)


def office(session: Session) -> Unit:
    """The municipal government office. Raises NotFound before one is registered."""
    unit = session.scalars(select(Unit).where(Unit.is_office)).one_or_none()
    if unit is None:
        raise NotFound("There is no such unit.")
    return unit


def find(session: Session, text: str, limit: int) -> Sequence[Unit]:
    """Units in exchange by any of their names or codes, in the order of the register; the first ones without a text."""
    statement = select(Unit).where(Unit.left_at.is_(None))
    statement = statement.where(mentions(text)) if text else statement
    return session.scalars(statement.order_by(Unit.sort_key, Unit.id).limit(limit)).all()


def of_district(session: Session, district_id: int | None) -> Sequence[Unit]:
    """All units in exchange of a district, or the city's own."""
    inside = Unit.district_id.is_(None) if district_id is None else Unit.district_id == district_id
    return session.scalars(select(Unit).where(inside, Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)).all()


def not_electronic(session: Session) -> Sequence[TransmissionScope]:
    """The scopes of units in exchange that are, or were last, anything but electronic, in the order of the register."""
    other = or_(TransmissionScope.mode != Mode.ELECTRONIC, TransmissionScope.before != Mode.ELECTRONIC)
    statement = select(TransmissionScope).join(TransmissionScope.unit).options(contains_eager(TransmissionScope.unit))
    statement = statement.where(other, Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)
    return session.scalars(statement.limit(SCOPE_ROWS)).all()


def mentions(text: str) -> ColumnElement[bool]:
    """In the present or a former name, the short name, the code or the 机关代字."""
    columns = (Unit.name, Unit.short_name, Unit.code, Unit.document_code)
    former = exists().where(
        UnitName.unit_id == Unit.id,
        or_(UnitName.name.contains(text, autoescape=True), UnitName.short_name.contains(text, autoescape=True)),
    )
    return or_(*(column.contains(text, autoescape=True) for column in columns), former)


def named(session: Session, text: str) -> Unit | None:
    """The one unit in exchange with this name, short name or code; None for nothing or more than one."""
    text = text.strip()
    same = or_(Unit.name == text, Unit.short_name == text, Unit.code == text)
    units = session.scalars(select(Unit).where(same, Unit.left_at.is_(None)).limit(2)).all()
    return units[0] if len(units) == 1 else None
