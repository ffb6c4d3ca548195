"""Delegation 代理 (A-6, GZ17): who is named to act for whom, how long and in which roles, and how that ends."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, now, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.people import login
from portal.people.delegation_queries import authority, is_live, live, people_of
from portal.people.hooks import OpenWork
from portal.people.models import Delegation, Person
from portal.people.roles import NEVER_DELEGATED, SECOND_FACTOR_ROLES, Role

KEY = "delegations"
LONGEST_REASON = 200
ENDINGS = {
    "principal": N_("Ended by the person stood in for"),
    "delegate": N_("Laid down by the acting person"),
    "head": N_("Ended by the head of the unit"),
    "closed": N_("The account was closed"),
    "moved": N_("The person left the unit"),
    "role-taken": N_("The role was taken away"),
    "unit": N_("The unit was changed"),
}


@dataclass(frozen=True)
class Terms:
    """What a person is named for: roles, the first and the last day (both included, city time), and why."""

    roles: Collection[Role]
    first_day: date
    last_day: date
    reason: str


def delegable_roles(person: Person) -> frozenset[Role]:
    """The roles another may carry for this person: their own, never one they carry for somebody (no chains)."""
    return person.own_roles - NEVER_DELEGATED


def name_acting(principal: Person, delegate: Person, actor: Person, terms: Terms) -> Delegation:
    """Name `delegate` to act for `principal`: by the principal, or by the head of the unit (GZ17).

    Raises Denied for anybody else, Invalid with the field, Refused when a role already has an acting person then.
    """
    _require_may_name(actor, principal)
    session = session_of(principal)
    session.flush()
    session.refresh(principal, with_for_update={"of": Person})  # two forms at once: the second sees the first
    starts_at, ends_at = _period(terms)
    _check_people(principal, delegate, terms)
    _check_free(session, principal, terms, starts_at, ends_at)
    delegation = Delegation(
        unit_id=principal.unit_id,
        principal=principal,
        delegate=delegate,
        role_names=sorted(terms.roles),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=_reason(terms.reason),
        named_by=actor,
        named_at=now(),
    )
    session.add(delegation)
    session.flush()
    _record_named(delegation, actor)
    return delegation


def end_delegation(delegation: Delegation, actor: Person) -> None:
    """End it at once: by the principal, the acting person, or the head of the unit. Raises Denied, AlreadyDone."""
    why = authority(delegation, actor)
    if why is None:
        raise Denied("Only the people concerned and the head of the unit can end this.")
    session = session_of(delegation)
    session.flush()
    session.refresh(delegation, with_for_update={"of": Delegation})
    if not is_live(delegation):
        raise AlreadyDone("This delegation is over already.")
    end(delegation, why, actor)


def end_all_of(person: Person, why: str, actor: Actor | None) -> int:
    """End every delegation to and from `person`, whose account closes or who leaves; `why` is a key of ENDINGS."""
    concerned = (Delegation.principal_id == person.id) | (Delegation.delegate_id == person.id)
    return _end_those(session_of(person), concerned, why, actor)


def end_without_roles(person: Person, actor: Actor | None) -> int:
    """End the delegations by `person` that carry no role any more, after one was taken away."""
    session = session_of(person)
    running = session.scalars(select(Delegation).where(Delegation.principal_id == person.id, *live())).all()
    bare = [delegation for delegation in running if not delegation.roles]
    for delegation in bare:
        end(delegation, "role-taken", actor)
    return len(bare)


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Delegations end with the person; nobody takes them over (A-7)."""
    rows = session.scalars(
        select(Delegation)
        .where((Delegation.principal_id == person.id) | (Delegation.delegate_id == person.id), *live())
        .options(*people_of())
        .order_by(Delegation.id)
    ).all()
    if not rows:
        return []
    names = tuple(f"{row.delegate.name} → {row.principal.name}" for row in rows[:3])
    return [OpenWork(KEY, N_("Delegations"), len(rows), names, handed_over=False)]


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """End the person's delegations, whoever comes after them (A-7)."""
    return end_all_of(person, "moved", actor) if key == KEY else 0


def _require_may_name(actor: Person, principal: Person) -> None:
    if actor.acting is not None:
        raise Denied("Acting persons name nobody. Switch back to your own work first.")
    head = actor.may(Permission.PEOPLE_DELEGATE) and actor.unit_id == principal.unit_id
    if actor.id != principal.id and not head:
        raise Denied("Acting persons are named by the person themself or by the head of the unit.")


def _check_people(principal: Person, delegate: Person, terms: Terms) -> None:
    if principal.id == delegate.id:
        raise Invalid("Nobody acts for themself. Choose somebody else.", field="delegate")
    if delegate.unit_id != principal.unit_id or delegate.closed_at is not None or principal.closed_at is not None:
        raise Invalid("Choose somebody of the same unit with an open account.", field="delegate")
    if not terms.roles:
        raise Invalid("Choose at least one role.", field="roles")
    if not set(terms.roles) <= delegable_roles(principal):
        raise Invalid("Only the person's own roles can be delegated, and none over seals or the system.", field="roles")
    if set(terms.roles) & SECOND_FACTOR_ROLES and not login.has_factor(delegate):
        raise Invalid("These roles demand a second factor, which this person has not set up yet.", field="delegate")


def _check_free(session: Session, principal: Person, terms: Terms, starts_at: datetime, ends_at: datetime) -> None:
    """One role, one acting person at a time: everybody must know whom to turn to."""
    others = session.scalars(
        select(Delegation).where(
            Delegation.principal_id == principal.id,
            Delegation.ended_at.is_(None),
            Delegation.starts_at < ends_at,
            Delegation.ends_at > starts_at,
        )
    )
    taken = next((other for other in others if other.named_roles & set(terms.roles)), None)
    if taken is not None:
        raise Refused(
            "%(name)s is already named for one of these roles in this time. End that first.", name=taken.delegate.name
        )


def _period(terms: Terms) -> tuple[datetime, datetime]:
    longest = current().rules.delegation_days
    if terms.first_day < today():
        raise Invalid("The first day is past.", field="first_day")
    if terms.last_day < terms.first_day:
        raise Invalid("The last day comes before the first.", field="last_day")
    if (terms.last_day - terms.first_day).days >= longest:
        raise Invalid("At most %(count)s days.", field="last_day", count=longest)
    if (terms.first_day - today()).days > longest:
        raise Invalid("At most %(count)s days ahead.", field="first_day", count=longest)
    starts_at = datetime.combine(terms.first_day, time(), CITY_ZONE)
    return starts_at, datetime.combine(terms.last_day + timedelta(days=1), time(), CITY_ZONE)


def _reason(reason: str) -> str:
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise Invalid("Say why.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid("At most %(longest)s characters.", field="reason", longest=LONGEST_REASON)
    return reason


def _record_named(delegation: Delegation, actor: Person) -> None:
    record(
        Event.DELEGATION_NAMED,
        subject=delegation,
        actor=actor,
        principal=delegation.principal_id,
        delegate=delegation.delegate_id,
        roles=list(delegation.role_names),
        starts_at=delegation.starts_at.isoformat(),
        ends_at=delegation.ends_at.isoformat(),
        reason=delegation.reason,
    )


def end(delegation: Delegation, why: str, actor: Actor | None) -> None:
    """End it; `why` is a key of ENDINGS."""
    delegation.ended_at, delegation.ended_why = now(), why
    record(Event.DELEGATION_ENDED, subject=delegation, actor=actor, unit_id=delegation.unit_id, why=why)


def _end_those(session: Session, condition: ColumnElement[bool], why: str, actor: Actor | None) -> int:
    wanted = select(Delegation).where(condition, *live()).order_by(Delegation.id)
    rows = session.scalars(wanted.with_for_update(of=Delegation)).all()
    for delegation in rows:
        end(delegation, why, actor)
    return len(rows)
