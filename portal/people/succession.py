"""What a change of a unit does to its people: who stays, who moves to the heir, whose account is closed (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.people import computers, delegations, headship
from portal.people.access_models import Computer
from portal.people.delegation_queries import live, people_of
from portal.people.login import Ending
from portal.people.models import Delegation, LoginSession, Person
from portal.people.operations import give_role
from portal.people.roles import DISTRICT_ROLES, Role
from portal.units.hooks import Change, ChangeKind, Effect

CLOSED = Effect("people.closed", N_("People who don't stay"), N_("Their accounts are closed at once."), 0)
STAYING = Effect("people.staying", N_("People who stay"), N_("They go on as users of the unit."), 0)
MOVING = Effect(
    "people.moving",
    N_("People who move to the heir"),
    N_("They go on in the heir; custody of seals, headship and administration end."),
    0,
)
ADMINISTRATOR = Effect("people.administrator", N_("Named administrator"), N_("Administers the unit from then on."), 1)
DELEGATIONS = Effect(
    "people.delegations",
    N_("Acting persons"),
    N_("Delegations end with the roles, or the unit, of the people concerned."),
    0,
)
COMPUTERS = Effect(
    "people.computers",
    N_("Dedicated computers"),
    N_("They are taken off the list; the heir registers those it goes on with."),
    0,
)
# What a person is in their unit alone: the heir has its own head and administrator, and custody is given in a ceremony.
BOUND_ROLES = DISTRICT_ROLES | {
    Role.UNIT_HEAD,
    Role.UNIT_ADMINISTRATOR,
    Role.SEAL_CUSTODIAN,
    Role.SEAL_PASSWORD_HOLDER,
    Role.VERIFICATION_HOLDER,
}
EXAMPLES = 5


def survey(session: Session, change: Change) -> list[Effect]:
    """Who is closed, who stays or moves."""
    people = _people(session, change)
    staying = [person for person in people if _stays(change, person)]
    moves = MOVING if change.kind is ChangeKind.MERGE else STAYING
    named = [person for person in people if person.id == change.administrator_id]
    return [
        *_counted(CLOSED, [person for person in people if not _stays(change, person)]),
        *_counted(moves, staying),
        *_counted(ADMINISTRATOR, named),
        *_named(DELEGATIONS, [f"{one.delegate.name} → {one.principal.name}" for one in _delegations(session, change)]),
        *_named(COMPUTERS, [computer.name for computer in _computers(session, change)]),
    ]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Close, move, and give the named administrator the role; roles of the closed stay as history."""
    effects = survey(session, change)
    for delegation in _delegations(session, change):
        delegations.end(delegation, "unit", actor)
    for computer in _computers(session, change):
        computers.take_off(computer, actor)
    for person in _people(session, change):
        if not _stays(change, person):
            _close(session, change, person, actor)
        elif change.kind is ChangeKind.MERGE:
            _move(session, change, person, actor)
        elif change.administrator_id is not None:
            _set_administrator(session, change, person, actor)
    session.flush()
    return effects


def _stays(change: Change, person: Person) -> bool:
    return person.id in change.going_on


def _close(session: Session, change: Change, person: Person, actor: Actor) -> None:
    person.closed_at = now()
    headship.end_with(person, actor)
    _end_sessions(session, person)
    record(Event.PERSON_LEFT, subject=person, actor=actor, unit_id=person.unit_id, kind_of_change=change.kind)


def _move(session: Session, change: Change, person: Person, actor: Actor) -> None:
    ended = [row for row in person.role_rows if row.role in BOUND_ROLES]
    for row in ended:
        person.role_rows.remove(row)
    for row in person.role_rows:
        row.in_office, row.in_district_office = change.heir.is_office, change.heir.is_district_office
    headship.end_with(person, actor)
    person.unit = change.heir
    _end_sessions(session, person)
    record(
        Event.PERSON_TRANSFERRED,
        subject=person,
        actor=actor,
        unit_id=change.heir.id,
        former=change.unit.id,
        roles_ended=sorted(row.role for row in ended),
    )


def _set_administrator(session: Session, change: Change, person: Person, actor: Actor) -> None:
    """The named one alone administers the unit from then on."""
    administers = [row for row in person.role_rows if row.role == Role.UNIT_ADMINISTRATOR]
    if person.id == change.administrator_id:
        if not administers:
            give_role(person, Role.UNIT_ADMINISTRATOR)
        return
    for row in administers:
        person.role_rows.remove(row)
        record(Event.PERSON_ADMINISTRATION_ENDED, subject=person, actor=actor, unit_id=person.unit_id)


def _delegations(session: Session, change: Change) -> Sequence[Delegation]:
    """Those that can't go on: somebody goes, or both move, or the role goes to another."""
    running = select(Delegation).where(Delegation.unit_id == change.unit.id, *live()).options(*people_of())
    found = session.scalars(running.order_by(Delegation.id).with_for_update(of=Delegation)).all()
    return [one for one in found if _ends(change, one)]


def _ends(change: Change, delegation: Delegation) -> bool:
    if change.kind is not ChangeKind.RENAME:
        return True
    if not {delegation.principal_id, delegation.delegate_id} <= change.going_on:
        return True
    replaced = change.administrator_id is not None and delegation.principal_id != change.administrator_id
    return replaced and delegation.roles <= {Role.UNIT_ADMINISTRATOR}


def _computers(session: Session, change: Change) -> Sequence[Computer]:
    return [] if change.kind is ChangeKind.RENAME else computers.of_unit(session, change.unit.id)


def _end_sessions(session: Session, person: Person) -> None:
    live = update(LoginSession).where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
    session.execute(live.values(ended_at=now(), ended_why=Ending.UNIT_CHANGED))


def _people(session: Session, change: Change) -> Sequence[Person]:
    """Those with open accounts; the unit's row is locked, so nobody joins meanwhile."""
    return session.scalars(
        select(Person)
        .where(Person.unit_id == change.unit.id, Person.closed_at.is_(None))
        .order_by(Person.id)
        .execution_options(populate_existing=True)
    ).all()


def _counted(effect: Effect, people: Sequence[Person]) -> list[Effect]:
    return _named(effect, [person.name for person in people])


def _named(effect: Effect, names: Sequence[str]) -> list[Effect]:
    return [replace(effect, count=len(names), examples=tuple(names[:EXAMPLES]))] if names else []
