"""Reading what is offered for download."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.errors import NotFound
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.support.models import Material, MaterialVersion
from portal.support.queries import NOT_THERE, PAGE_ROWS
from portal.units.models import Unit


def title_known(session: Session, title: str) -> bool:
    """Whether something of this name is offered."""
    return session.scalar(select(Material.id).where(Material.title == title)) is not None


def listed(session: Session, category: str = "", before: int | None = None) -> tuple[Sequence[Material], bool]:
    """One page, newest first, with all versions."""
    statement = select(Material).options(selectinload(Material.versions))
    if category:
        statement = statement.where(Material.category == category)
    if before is not None:
        statement = statement.where(Material.id < before)
    rows = session.scalars(statement.order_by(Material.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def get(session: Session, material_id: int) -> Material:
    """Something offered, with its versions. Raises NotFound."""
    statement = select(Material).where(Material.id == material_id).options(selectinload(Material.versions))
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def get_version(session: Session, version_id: int) -> MaterialVersion:
    """A version, present or replaced. Raises NotFound."""
    statement = select(MaterialVersion).where(MaterialVersion.id == version_id)
    found = session.scalars(statement.options(joinedload(MaterialVersion.material))).one_or_none()
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def taken_by_unit(session: Session, material_id: int) -> Sequence[tuple[Unit, int]]:
    """How often each unit has taken it, counted from the ledger."""
    taken = (
        select(LedgerEvent.unit_id, func.count().label("times"))
        .where(
            LedgerEvent.subject_kind == "material",
            LedgerEvent.subject_id == material_id,
            LedgerEvent.kind == Event.MATERIAL_TAKEN,
        )
        .group_by(LedgerEvent.unit_id)
        .subquery()
    )
    rows = session.execute(select(Unit, taken.c.times).join(taken, taken.c.unit_id == Unit.id).order_by(Unit.sort_key))
    return [(unit, times) for unit, times in rows]
