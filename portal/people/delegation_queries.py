"""Reading delegations: which run, who sees them, who may end them (A-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.core.clock import now, to_city
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Delegation, Person

PAST_SHOWN = 20


def is_live(delegation: Delegation) -> bool:
    """Whether it runs now or will."""
    return delegation.ended_at is None and now() < delegation.ends_at


def is_running(delegation: Delegation) -> bool:
    """Whether its period has begun and isn't over, and it still carries a role."""
    return is_live(delegation) and delegation.starts_at <= now() and bool(delegation.roles)


def last_day(delegation: Delegation) -> date:
    """The last day of its period, in the city."""
    return to_city(delegation.ends_at).date() - timedelta(days=1)


def may_end(delegation: Delegation, person: Person) -> bool:
    """Whether the person may end it."""
    return is_live(delegation) and authority(delegation, person) is not None


def get_for(session: Session, person: Person, delegation_id: int) -> Delegation:
    """Load and authorise: the people concerned, the head and the administrator of the unit. Raises NotFound."""
    delegation = session.get(Delegation, delegation_id)
    if delegation is None or not (_concerns(delegation, person) or _oversees(person, delegation.unit_id)):
        raise NotFound("There is no such page, or it is not yours to see.")
    return delegation


def named_by_person(session: Session, person: Person) -> Sequence[Delegation]:
    """Who acts, will act or lately acted for the person, newest first."""
    return _listed(session, Delegation.principal_id == person.id)


def given_to(session: Session, person: Person) -> Sequence[Delegation]:
    """For whom the person may act now or later, the first to begin first."""
    wanted = select(Delegation).where(Delegation.delegate_id == person.id, *live()).options(*people_of())
    return session.scalars(wanted.order_by(Delegation.starts_at, Delegation.id)).all()


def of_unit(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Delegation], bool]:
    """One page of the unit's delegations, newest first, and whether older ones follow."""
    condition = Delegation.unit_id == person.unit_id
    if before is not None:
        condition = condition & (Delegation.id < before)
    rows = _listed(session, condition, PAST_SHOWN + 1)
    return rows[:PAST_SHOWN], len(rows) > PAST_SHOWN


def authority(delegation: Delegation, person: Person) -> str | None:
    """In what capacity the person may end it; acting persons end nothing but what is given to them."""
    if person.id == delegation.delegate_id:
        return "delegate"
    if person.acting is not None:
        return None
    if person.id == delegation.principal_id:
        return "principal"
    return "head" if person.unit_id == delegation.unit_id and person.may(Permission.PEOPLE_DELEGATE) else None


def _concerns(delegation: Delegation, person: Person) -> bool:
    return person.id in (delegation.principal_id, delegation.delegate_id)


def _oversees(person: Person, unit_id: int) -> bool:
    watches = person.may(Permission.PEOPLE_DELEGATE) or person.may(Permission.PEOPLE_ADMINISTER)
    return watches and person.unit_id == unit_id


def live() -> tuple[ColumnElement[bool], ...]:
    """The conditions for delegations that run or will."""
    return Delegation.ended_at.is_(None), Delegation.ends_at > now()


def people_of() -> tuple[ExecutableOption, ...]:
    """Load the three people with the row."""
    return joinedload(Delegation.principal), joinedload(Delegation.delegate), joinedload(Delegation.named_by)


def _listed(session: Session, condition: ColumnElement[bool], limit: int = PAST_SHOWN) -> Sequence[Delegation]:
    wanted = select(Delegation).where(condition).options(*people_of())
    return session.scalars(wanted.order_by(Delegation.id.desc()).limit(limit)).unique().all()
