"""What a unit lacks in people, for the register of units (LYG 三（一）)."""

from __future__ import annotations

from sqlalchemy import exists

from portal.core.text import N_
from portal.people.models import Person, RoleAssignment
from portal.people.roles import Role
from portal.units.hooks import Gap
from portal.units.models import Unit


def no_exchange_clerk() -> Gap:
    """Nobody with an open account holds the role of exchange clerk."""
    held = exists().where(
        Person.unit_id == Unit.id,
        Person.closed_at.is_(None),
        RoleAssignment.person_id == Person.id,
        RoleAssignment.role == Role.EXCHANGE_CLERK,
    )
    return Gap("exchange-clerk", N_("nobody holds the role of exchange clerk"), ~held)
