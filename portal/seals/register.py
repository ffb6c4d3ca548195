"""The register of all seals, for the office: by unit, class, state, and how soon the certificate ends (S-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.clock import now
from portal.core.prepared import moment
from portal.seals import queries
from portal.seals.models import SealKeeper, UnitSeal
from portal.units.models import Unit

PAGE_ROWS = 30
MOST_ROWS = 20_000
WARNINGS = (90, 30, 7)
"""Days before the end of a certificate on which the unit and the secrecy office are told, more and more urgently."""


@dataclass(frozen=True)
class Wanted:
    """What the reader looks for; `ends` are days, `before` the id the page before this one ended with."""

    unit: str = ""
    seal_class: str = ""
    state: str = ""
    ends: str = ""
    before: int | None = None

    def facts(self) -> dict[str, Any]:
        """The filters, as a paper keeps them."""
        return {"unit": self.unit, "seal_class": self.seal_class, "state": self.state, "ends": self.ends}


def page(session: Session, wanted: Wanted) -> tuple[Sequence[UnitSeal], bool]:
    """One page of the register, newest first, and whether older entries follow."""
    rows = session.scalars(_entries(wanted).limit(PAGE_ROWS + 1)).unique().all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def whole(session: Session, wanted: Wanted) -> Sequence[UnitSeal]:
    """The whole register, filtered, for a file."""
    return session.scalars(_entries(wanted).limit(MOST_ROWS)).unique().all()


def ending(days: int) -> Select[UnitSeal]:
    """Seals in use whose certificate ends within so many days, or has ended."""
    return select(UnitSeal).where(
        UnitSeal.state.in_(queries.LIVE_SEALS), UnitSeal.valid_until <= moment(-timedelta(days=days))
    )


def days_left(seal: UnitSeal) -> int:
    """Whole days until the certificate ends; negative afterwards."""
    return (seal.valid_until - now()).days


def warning(seal: UnitSeal) -> int | None:
    """The narrowest of WARNINGS the seal has come into; None while there is time, or when it isn't in use."""
    if seal.state not in queries.LIVE_SEALS:
        return None
    return min((days for days in WARNINGS if seal.valid_until <= now() + timedelta(days=days)), default=None)


def _entries(wanted: Wanted) -> Select[UnitSeal]:
    ends = int(wanted.ends) if wanted.ends.isdecimal() else None
    statement = ending(ends) if ends in WARNINGS else select(UnitSeal)
    if wanted.unit:
        name = wanted.unit
        statement = statement.join(Unit, Unit.id == UnitSeal.unit_id).where(
            or_(
                Unit.name.contains(name, autoescape=True),
                UnitSeal.name.contains(name, autoescape=True),
                Unit.code == name,
            )
        )
    if wanted.seal_class:
        statement = statement.where(UnitSeal.seal_class == wanted.seal_class)
    if wanted.state:
        statement = statement.where(UnitSeal.state == wanted.state)
    if wanted.before is not None:
        statement = statement.where(UnitSeal.id < wanted.before)
    keepers = selectinload(UnitSeal.keepers).joinedload(SealKeeper.person)
    return statement.options(joinedload(UnitSeal.unit), keepers).order_by(UnitSeal.id.desc())
