"""What the register of units shows of a unit's seals (U-7)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.seals.lifecycle import SealState
from portal.seals.models import UnitSeal
from portal.units.hooks import Fact
from portal.units.models import Unit


def seals_of(session: Session, unit: Unit) -> list[Fact]:
    """How many seals the unit has in use, and how many are suspended."""
    statement = select(UnitSeal.state, func.count()).where(UnitSeal.unit_id == unit.id).group_by(UnitSeal.state)
    counts = {row[0]: row[1] for row in session.execute(statement)}
    in_use, suspended = counts.get(SealState.IN_CUSTODY, 0), counts.get(SealState.SUSPENDED, 0)
    facts = [Fact(N_("Seals in use"), "%(count)s", {"count": in_use})]
    return [*facts, Fact(N_("Suspended seals"), "%(count)s", {"count": suspended})] if suspended else facts
