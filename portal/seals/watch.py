"""What of seals is to be watched on a desk: expiry, unusual use, losses without an application, rules not read.

Each is a SELECT, so that a desk can read several at once.
"""

from __future__ import annotations

from sqlalchemy import Select, select

from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import queries, register
from portal.seals.carrier_models import SealLoss
from portal.seals.lifecycle import SealState
from portal.seals.models import SealApplication, UnitSeal


def ending_for(person: Person) -> Select[UnitSeal]:
    """Seals whose certificate ends within 90 days: of one's unit for its head, all for the secrecy office."""
    statement = register.ending(max(register.WARNINGS)).order_by(UnitSeal.valid_until, UnitSeal.id)
    if Role.SECRECY_OFFICE in person.roles:
        return statement
    if Role.UNIT_HEAD in person.roles or person.may(Permission.SEALS_APPLY):
        return statement.where(UnitSeal.unit_id == person.unit_id)
    return statement.where(UnitSeal.id.is_(None))


def losses_for(person: Person) -> Select[SealLoss]:
    """Seals of the unit reported lost, for which nobody has applied yet; for who applies."""
    under_way = select(SealApplication.id).where(
        SealApplication.unit_id == UnitSeal.unit_id, SealApplication.state.in_(queries.UNDER_WAY)
    )
    return (
        select(SealLoss)
        .join(UnitSeal)
        .where(UnitSeal.unit_id == person.unit_id, UnitSeal.state == SealState.SUSPENDED)
        .where(SealLoss.reported_at >= UnitSeal.suspended_at, ~under_way.exists())
        .order_by(SealLoss.id)
    )
