"""Groups of people that a unit keeps for its reader scopes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import addressees, hooks, readers
from portal.content.models import ReaderGroup, ReaderGroupMember, ReaderKey
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Invalid, Refused
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_NAME = 60
MOST_MEMBERS = 2000


def keep_group(
    session: Session, person: Person, name: str, people: Sequence[str], group: ReaderGroup | None = None
) -> ReaderGroup:
    """Make or change a group of the person's unit; `people` as `addressees.written` has them, or by account.

    Raises Invalid for somebody unknown, for two whom a line might mean, or a name that is taken.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("A name has 1 to %(longest)s characters.", field="name", longest=LONGEST_NAME)
    taken = select(ReaderGroup.id).where(ReaderGroup.unit_id == person.unit_id, ReaderGroup.name == name)
    if any(number != (group.id if group else None) for number in session.scalars(taken)):
        raise Invalid("Your unit has a group with this name already.", field="name")
    members = _people(session, people)
    if group is None:
        group = ReaderGroup(unit_id=person.unit_id, name=name, changed_at=now())
        session.add(group)
    group.name, group.changed_at = name, now()
    known = {row.person_id: row for row in group.members}
    group.members = [known.get(one.id) or ReaderGroupMember(person_id=one.id) for one in members]
    session.flush()
    readers.forget_keys(session)
    _note_members(group, person)
    return group


def leave_groups(session: Session, person: Person, actor: Person) -> int:
    """Take somebody who leaves a unit out of every group: what they read as one of these people ends. How many."""
    rows = groups_with(session, person)
    for group in rows:
        group.members = [row for row in group.members if row.person_id != person.id]
        group.changed_at = now()
        session.flush()
        _note_members(group, actor)
    readers.forget_keys(session)
    return len(rows)


def groups_with(session: Session, person: Person) -> Sequence[ReaderGroup]:
    """The groups somebody is in, of whatever unit."""
    member = ReaderGroupMember
    mine = select(member.group_id).where(member.person_id == person.id)
    return session.scalars(select(ReaderGroup).where(ReaderGroup.id.in_(mine)).order_by(ReaderGroup.id)).all()


def _note_members(group: ReaderGroup, actor: Person) -> None:
    members = sorted(row.person_id for row in group.members)
    record(Event.READER_GROUP_KEPT, subject=group, actor=actor, name=group.name, members=members)


def remove_group(group: ReaderGroup, person: Person) -> None:
    """Remove a group that nothing is read by. Raises Refused: its number may be another's some day."""
    session, key = session_of(group), f"group:{group.id}"
    used = session.scalar(select(ReaderKey.item_id).where(ReaderKey.key == key).limit(1))
    if used is not None or any(hooks.group_used.call(session, key)):
        raise Refused("This group says who reads an item; it can be changed, but not removed.")
    record(Event.READER_GROUP_REMOVED, subject=group, actor=person, name=group.name)
    session.delete(group)


def _people(session: Session, lines: Sequence[str]) -> list[Person]:
    wanted = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not wanted:
        raise Invalid("Name at least one person.", field="members")
    if len(wanted) > MOST_MEMBERS:
        raise Invalid("A group has %(most)s people at most.", field="members", most=MOST_MEMBERS)
    found = addressees.people_named(session, wanted)
    missing = [line for line in wanted if line not in found]
    if missing:
        raise Invalid("“%(who)s” is nobody, or more than one person.", field="members", who=missing[0])
    return list({found[line].id: found[line] for line in wanted}.values())
