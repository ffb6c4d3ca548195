"""Address groups 通讯组: units often addressed together, of a unit or of the whole city (GZ31)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Denied, Invalid, NotFound
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.units import policy, queries
from portal.units.models import AddressGroup, AddressGroupMember, Unit

LONGEST_NAME = 40
MOST_MEMBERS = 300


def visible_to(person: policy.Member) -> ColumnElement[bool]:
    """The city's groups and those of the person's own unit."""
    return or_(AddressGroup.owner_id.is_(None), AddressGroup.owner_id == person.unit_id)


def groups_of(session: Session, person: policy.Member) -> Sequence[AddressGroup]:
    """The groups the person can address, the unit's own first."""
    statement = select(AddressGroup).where(visible_to(person))
    whole = selectinload(AddressGroup.members).joinedload(AddressGroupMember.unit)
    return session.scalars(
        statement.options(whole).order_by(AddressGroup.owner_id.is_(None), AddressGroup.name, AddressGroup.id)
    ).all()


def names_of(session: Session, person: policy.Member) -> list[tuple[int, str]]:
    """Ids and names of those groups, without their members."""
    statement = select(AddressGroup.id, AddressGroup.name).where(visible_to(person))
    rows = session.execute(statement.order_by(AddressGroup.owner_id.is_(None), AddressGroup.name, AddressGroup.id))
    return [(row.id, row.name) for row in rows]


def get_for(session: Session, person: policy.Member, group_id: int) -> AddressGroup:
    """Load and authorise for reading. Raises NotFound for another unit's."""
    group = session.scalars(select(AddressGroup).where(AddressGroup.id == group_id, visible_to(person))).one_or_none()
    if group is None:
        raise NotFound(policy.NOT_THERE)
    return group


def members(session: Session, group: AddressGroup) -> list[Unit]:
    """The group's units that are in exchange, in its order."""
    statement = select(AddressGroupMember).join(AddressGroupMember.unit).options(joinedload(AddressGroupMember.unit))
    here = (AddressGroupMember.group_id == group.id, Unit.left_at.is_(None))
    return [row.unit for row in session.scalars(statement.where(*here).order_by(AddressGroupMember.position))]


def make_group(session: Session, person: policy.Member, name: str, *, city_wide: bool = False) -> AddressGroup:
    """Begin a group of the person's unit, or of the city. Raises Denied, Invalid for a name that is taken."""
    group = AddressGroup(owner_id=None if city_wide else person.unit_id, name="", created_at=now(), members=[])
    if not policy.may_keep(person, group):
        raise Denied(policy.NOT_YOURS)
    group.name = _free_name(session, group, name)
    session.add(group)
    session.flush()
    record(Event.ADDRESS_GROUP_KEPT, subject=group, actor=person, name=group.name, members=[])
    return group


def keep_group(group: AddressGroup, person: policy.Member, name: str, unit_ids: Sequence[int]) -> None:
    """Name the group and put its members in this order. Raises Denied, Invalid naming the field."""
    session = _locked(group, person)
    name = _free_name(session, group, name)
    wanted = list(dict.fromkeys(unit_ids))
    known = queries.by_ids(session, wanted) if wanted else {}
    if set(wanted) - set(known):
        raise Invalid("Choose units that are in the exchange.", field="find")
    if len(wanted) > MOST_MEMBERS:
        raise Invalid("A group has at most %(most)s units.", field="find", most=MOST_MEMBERS)
    group.name = name
    group.members.clear()
    session.flush()  # the former rows go before the same units come back
    group.members.extend(AddressGroupMember(unit=known[item], position=place) for place, item in enumerate(wanted, 1))
    record(Event.ADDRESS_GROUP_KEPT, subject=group, actor=person, name=name, members=wanted)


def remove_group(group: AddressGroup, person: policy.Member) -> None:
    """Give the group up; documents addressed through it keep their recipients."""
    session = _locked(group, person)
    record(Event.ADDRESS_GROUP_REMOVED, subject=group, actor=person, name=group.name)
    session.delete(group)


def _locked(group: AddressGroup, person: policy.Member) -> Session:
    if not policy.may_keep(person, group):
        raise Denied(policy.NOT_YOURS)
    session = session_of(group)
    session.refresh(group, with_for_update=True)
    return session


def may_make(person: policy.Member) -> bool:
    """Whether the person may begin a group of the own unit."""
    return person.may(Permission.UNITS_MAINTAIN) or person.may(Permission.DOCUMENTS_DRAFT)


def _free_name(session: Session, group: AddressGroup, name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("A name has 1 to %(most)s characters.", field="name", most=LONGEST_NAME)
    same = select(AddressGroup.id).where(
        AddressGroup.name == name, AddressGroup.owner_id.is_not_distinct_from(group.owner_id)
    )
    if any(found != group.id for found in session.scalars(same)):
        raise Invalid("There is a group of this name already.", field="name")
    return name
