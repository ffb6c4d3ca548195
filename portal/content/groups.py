"""Groups of people that a unit keeps for its reader scopes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import readers
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
    session: Session, person: Person, name: str, accounts: Sequence[str], group: ReaderGroup | None = None
) -> ReaderGroup:
    """Make or change a group of the person's unit. Raises Invalid for unknown accounts or a name that is taken."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("A name has 1 to %(longest)s characters.", field="name", longest=LONGEST_NAME)
    taken = select(ReaderGroup.id).where(ReaderGroup.unit_id == person.unit_id, ReaderGroup.name == name)
    if any(number != (group.id if group else None) for number in session.scalars(taken)):
        raise Invalid("Your unit has a group with this name already.", field="name")
    members = _people(session, accounts)
    if group is None:
        group = ReaderGroup(unit_id=person.unit_id, name=name, changed_at=now())
        session.add(group)
    group.name, group.changed_at = name, now()
    known = {row.person_id: row for row in group.members}
    group.members = [known.get(one.id) or ReaderGroupMember(person_id=one.id) for one in members]
    session.flush()
    readers.forget_keys(session)
    record(Event.READER_GROUP_KEPT, subject=group, actor=person, name=name, members=sorted(one.id for one in members))
    return group


def remove_group(group: ReaderGroup, person: Person) -> None:
    """Remove a group that no item's readers are named by. Raises Refused."""
    session = session_of(group)
    used = session.scalar(select(ReaderKey.item_id).where(ReaderKey.key == f"group:{group.id}").limit(1))
    if used is not None:
        raise Refused("This group says who reads an item; it can be changed, but not removed.")
    record(Event.READER_GROUP_REMOVED, subject=group, actor=person, name=group.name)
    session.delete(group)


def _people(session: Session, accounts: Sequence[str]) -> list[Person]:
    wanted = list(dict.fromkeys(account.strip() for account in accounts if account.strip()))
    if not wanted:
        raise Invalid("Name at least one person.", field="members")
    if len(wanted) > MOST_MEMBERS:
        raise Invalid("A group has %(most)s people at most.", field="members", most=MOST_MEMBERS)
    found = {one.account: one for one in session.scalars(select(Person).where(Person.account.in_(wanted))).unique()}
    missing = [account for account in wanted if account not in found]
    if missing:
        raise Invalid("There is no account %(account)s.", field="members", account=missing[0])
    return [found[account] for account in wanted]
