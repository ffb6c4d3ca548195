"""Acts on units."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.units.models import Tier, Unit, UnitKind


def register_unit(
    session: Session,
    *,
    code: str,
    name: str,
    short_name: str,
    kind: UnitKind,
    tier: Tier,
    document_code: str,
    red_head: str,
    parent: Unit | None = None,
    sort_key: int = 0,
    is_office: bool = False,
) -> Unit:
    """Enter a unit into the register (GZ8). Raises IntegrityError for a code or name that is taken."""
    unit = Unit(
        code=code,
        name=name,
        short_name=short_name,
        kind=kind,
        tier=tier,
        parent=parent,
        sort_key=sort_key,
        document_code=document_code,
        red_head=red_head,
        is_office=is_office,
        joined_at=now(),
    )
    session.add(unit)
    session.flush()
    unit.district_id = unit.id if unit.is_district_office else (parent.district_id if parent else None)
    record(Event.UNIT_REGISTERED, subject=unit, unit_id=unit.id, code=code, name=name)
    return unit
