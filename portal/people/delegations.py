"""Delegation 代理 (A-6, GZ17): who may act for whom, how long and in which roles; acting as a mode of the session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.core.clock import CITY_ZONE, now, to_city, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.hooks import OpenWork
from portal.people.models import Acting, Delegation, LoginSession, Person
from portal.people.roles import NEVER_DELEGATED, SECOND_FACTOR_ROLES, Role

KEY = "delegations"
LONGEST_REASON = 200
PAST_SHOWN = 20
ENDINGS = {
    "principal": N_("Ended by the person stood in for"),
    "delegate": N_("Laid down by the acting person"),
    "head": N_("Ended by the head of the unit"),
    "closed": N_("The account was closed"),
    "moved": N_("The person left the unit"),
    "role-taken": N_("The role was taken away"),
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
    why = _authority(delegation, actor)
    if why is None:
        raise Denied("Only the people concerned and the head of the unit can end this.")
    session = session_of(delegation)
    session.flush()
    session.refresh(delegation, with_for_update={"of": Delegation})
    if not is_live(delegation):
        raise AlreadyDone("This delegation is over already.")
    _end(delegation, why, actor)


def end_all_of(person: Person, why: str, actor: Person | None) -> int:
    """End every delegation to and from `person`, whose account closes or who leaves; `why` is a key of ENDINGS."""
    concerned = (Delegation.principal_id == person.id) | (Delegation.delegate_id == person.id)
    return _end_those(session_of(person), concerned, why, actor)


def end_without_roles(person: Person, actor: Person | None) -> int:
    """End the delegations by `person` that carry no role any more, after one was taken away."""
    session = session_of(person)
    live = session.scalars(select(Delegation).where(Delegation.principal_id == person.id, *_live())).all()
    bare = [delegation for delegation in live if not delegation.roles]
    for delegation in bare:
        _end(delegation, "role-taken", actor)
    return len(bare)


def begin_acting(login_session: LoginSession, delegation: Delegation) -> None:
    """From now on this session works for the principal (A-6).

    Raises Denied for anybody but the acting person, Refused when it doesn't hold now or a second factor is missing.
    """
    person = login_session.person
    if delegation.delegate_id != person.id:
        raise Denied("You are not named to act for this person.")
    if login_session.acting_delegation_id == delegation.id:
        raise AlreadyDone("You are acting for this person already.")
    acting = _valid(delegation, login_session)
    if acting is None:
        raise Refused("This delegation doesn't hold now, or you have not given the second factor its roles demand.")
    if login_session.acting_delegation_id is not None:
        end_mode(login_session, "switched")
    login_session.acting_delegation_id = delegation.id
    person.acting = acting
    record(Event.PERSON_ACTING_BEGAN, subject=person, actor=person, delegation=delegation.id)


def end_mode(login_session: LoginSession, why: str) -> None:
    """Back to the person's own work. Raises AlreadyDone when they are at it."""
    person, delegation_id = login_session.person, login_session.acting_delegation_id
    if delegation_id is None:
        raise AlreadyDone("You are at your own work already.")
    principal = session_of(person).get_one(Delegation, delegation_id).principal
    record(
        Event.PERSON_ACTING_ENDED,
        subject=person,
        actor=person,
        acting_for=principal,
        delegation=delegation_id,
        why=why,
    )
    login_session.acting_delegation_id, person.acting = None, None


def acting_in(login_session: LoginSession) -> Acting | None:
    """For whom the session works now; None when it doesn't, or the delegation has ceased to hold."""
    if login_session.acting_delegation_id is None:
        return None
    delegation = session_of(login_session).get(Delegation, login_session.acting_delegation_id)
    return _valid(delegation, login_session) if delegation else None


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
    return is_live(delegation) and _authority(delegation, person) is not None


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
    wanted = select(Delegation).where(Delegation.delegate_id == person.id, *_live()).options(*_people())
    return session.scalars(wanted.order_by(Delegation.starts_at, Delegation.id)).all()


def of_unit(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Delegation], bool]:
    """One page of the unit's delegations, newest first, and whether older ones follow."""
    condition = Delegation.unit_id == person.unit_id
    if before is not None:
        condition = condition & (Delegation.id < before)
    rows = _listed(session, condition, PAST_SHOWN + 1)
    return rows[:PAST_SHOWN], len(rows) > PAST_SHOWN


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Delegations end with the person; nobody takes them over (A-7)."""
    rows = session.scalars(
        select(Delegation)
        .where((Delegation.principal_id == person.id) | (Delegation.delegate_id == person.id), *_live())
        .options(*_people())
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
    if set(terms.roles) & SECOND_FACTOR_ROLES and delegate.totp_seed is None:
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


def _valid(delegation: Delegation, login_session: LoginSession) -> Acting | None:
    """What the delegation gives at this moment: it runs, both are still of its unit, the roles are still held."""
    principal, person = delegation.principal, login_session.person
    if not is_running(delegation) or delegation.delegate_id != person.id:
        return None
    if principal.closed_at is not None or {principal.unit_id, person.unit_id} != {delegation.unit_id}:
        return None
    if delegation.roles & SECOND_FACTOR_ROLES and login_session.second_factor_at is None:
        return None
    return Acting(delegation.id, principal, delegation.roles)


def _authority(delegation: Delegation, person: Person) -> str | None:
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


def _end(delegation: Delegation, why: str, actor: Person | None) -> None:
    delegation.ended_at, delegation.ended_why = now(), why
    record(Event.DELEGATION_ENDED, subject=delegation, actor=actor, unit_id=delegation.unit_id, why=why)


def _end_those(session: Session, condition: ColumnElement[bool], why: str, actor: Person | None) -> int:
    wanted = select(Delegation).where(condition, *_live()).order_by(Delegation.id)
    rows = session.scalars(wanted.with_for_update(of=Delegation)).all()
    for delegation in rows:
        _end(delegation, why, actor)
    return len(rows)


def _live() -> tuple[ColumnElement[bool], ...]:
    return Delegation.ended_at.is_(None), Delegation.ends_at > now()


def _people() -> tuple[ExecutableOption, ...]:
    return joinedload(Delegation.principal), joinedload(Delegation.delegate), joinedload(Delegation.named_by)


def _listed(session: Session, condition: ColumnElement[bool], limit: int = PAST_SHOWN) -> Sequence[Delegation]:
    wanted = select(Delegation).where(condition).options(*_people())
    return session.scalars(wanted.order_by(Delegation.id.desc()).limit(limit)).unique().all()
