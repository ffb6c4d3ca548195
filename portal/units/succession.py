"""What a change does to the register of units itself: names, successors, the tree (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, ChangeKind, Disposal, Effect
from portal.units.models import AddressGroup, AddressGroupMember, Unit, UnitName

NAMES = Effect("units.name", N_("Name of the unit"), N_("The present name goes into the history of names."), 1)
ENTRY = Effect("units.entry", N_("Entry in the register"), N_("Closed; the heir is entered as its successor."), 1)
CHILDREN = Effect("units.children", N_("Units below it"), N_("From then on they stand below the heir."), 0)
DISTRICT = Effect("units.district", N_("Units of its district"), N_("From then on the heir administers them."), 0)
GROUPS = Effect(
    "units.groups", N_("Address groups of the unit"), N_("The heir keeps them; without a hand-over they end."), 0
)
NAMED = Effect(
    "units.group-places",
    N_("Address groups of others that name the unit"),
    N_("They name the heir from then on, once only."),
    0,
)
EXAMPLES = 5
NAME_LENGTH = 40


def survey(session: Session, change: Change) -> list[Effect]:
    """The unit's own entry and the units that hang on it."""
    if change.kind is ChangeKind.RENAME:
        return [replace(NAMES, examples=(f"{change.unit.name} → {change.name}",))]
    return [
        replace(ENTRY, examples=(f"{change.unit.name} → {change.heir.name}",)),
        *_counted(CHILDREN, _children(session, change)),
        *_counted(DISTRICT, _district(session, change)),
        *_counted(GROUPS, _own_groups(session, change)),
        *_counted(NAMED, _groups_naming(session, change)),
    ]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Enter the change. Raises Invalid for a name or 机关代字 another unit bears."""
    effects = survey(session, change)
    if change.kind is ChangeKind.RENAME:
        _rename(session, change, actor)
        return effects
    unit, heir = change.unit, change.heir
    for child in _children(session, change):
        child.parent_id = heir.id
    if heir.parent_id == unit.id:
        heir.parent_id = None if unit.parent_id == heir.id else unit.parent_id
    for member in _district(session, change):
        member.district_id = change.district_id
    if heir.district_id == unit.id:
        heir.district_id = change.district_id
    _pass_groups_on(session, change, actor)
    unit.left_at, unit.successor_id = now(), heir.id
    session.flush()
    session.expire(unit, ["successor"])
    record(Event.UNIT_LEFT, subject=unit, actor=actor, unit_id=unit.id, kind_of_change=change.kind, heir=heir.id)
    return effects


def require_free(session: Session, unit: Unit, name: str, document_code: str) -> None:
    """Raise Invalid, naming the field, when another unit in exchange bears the name or the 机关代字."""
    others = select(Unit.id).where(Unit.left_at.is_(None), Unit.id != unit.id)
    if session.scalar(others.where(Unit.name == name)) is not None:
        raise Invalid("Another unit in exchange bears this name.", field="name")
    if session.scalar(others.where(Unit.document_code == document_code)) is not None:
        raise Invalid("Another unit in exchange numbers its documents with this code.", field="document_code")


def _rename(session: Session, change: Change, actor: Actor) -> None:
    unit, at = change.unit, now()
    code = change.document_code or unit.document_code
    require_free(session, unit, change.name, code)
    unit.names.append(UnitName(name=unit.name, short_name=unit.short_name, until=at))
    former, unit.name, unit.short_name, unit.renamed_at = unit.name, change.name, change.short_name, at
    unit.red_head, unit.document_code = change.red_head or unit.red_head, code
    session.flush()
    record(Event.UNIT_RENAMED, subject=unit, actor=actor, unit_id=unit.id, former=former, name=unit.name)


def _children(session: Session, change: Change) -> Sequence[Unit]:
    """All but the heir itself, which can't stand below itself."""
    below = select(Unit).where(Unit.parent_id == change.unit.id, Unit.id != change.heir.id)
    return session.scalars(below.order_by(Unit.id)).all()


def _district(session: Session, change: Change) -> Sequence[Unit]:
    own = (change.unit.id, change.heir.id)
    return session.scalars(
        select(Unit).where(Unit.district_id == change.unit.id, Unit.id.not_in(own)).order_by(Unit.id)
    ).all()


def _own_groups(session: Session, change: Change) -> Sequence[AddressGroup]:
    mine = select(AddressGroup).where(AddressGroup.owner_id == change.unit.id).order_by(AddressGroup.id)
    return session.scalars(mine.with_for_update(of=AddressGroup)).all()


def _groups_naming(session: Session, change: Change) -> Sequence[AddressGroup]:
    places = select(AddressGroupMember.group_id).where(AddressGroupMember.unit_id == change.unit.id)
    others = AddressGroup.owner_id.is_distinct_from(change.unit.id)
    found = select(AddressGroup).where(AddressGroup.id.in_(places), others).order_by(AddressGroup.id)
    return session.scalars(found.with_for_update(of=AddressGroup)).all()


def _pass_groups_on(session: Session, change: Change, actor: Actor) -> None:
    for group in _groups_naming(session, change):
        _name_heir(session, group, change)
        _record_kept(group, actor)
    for group in _own_groups(session, change):
        if change.disposal is not Disposal.HAND_OVER:
            record(Event.ADDRESS_GROUP_REMOVED, subject=group, actor=actor, name=group.name)
            session.delete(group)
            continue
        _name_heir(session, group, change)
        group.name, group.owner_id = _name_free_in(session, change.heir, group.name), change.heir.id
        session.flush()
        _record_kept(group, actor)


def _name_heir(session: Session, group: AddressGroup, change: Change) -> None:
    present = {member.unit_id: member for member in group.members}
    mine = present.get(change.unit.id)
    if mine is None:
        return
    if change.heir.id in present:
        group.members.remove(mine)
    else:
        mine.unit = change.heir
    session.flush()


def _name_free_in(session: Session, heir: Unit, name: str) -> str:
    """The group's name, with a number where the heir has one of that name."""
    taken = set(session.scalars(select(AddressGroup.name).where(AddressGroup.owner_id == heir.id)))
    tries = (name, *(f"{name[: NAME_LENGTH - 4]} {number}" for number in range(2, len(taken) + 3)))
    return next(one for one in tries if one not in taken)


def _record_kept(group: AddressGroup, actor: Actor) -> None:
    members = [member.unit_id for member in group.members]
    record(Event.ADDRESS_GROUP_KEPT, subject=group, actor=actor, name=group.name, members=members)


def _counted(effect: Effect, units: Sequence[Unit | AddressGroup]) -> list[Effect]:
    names = tuple(unit.name for unit in units[:EXAMPLES])
    return [replace(effect, count=len(units), examples=names)] if units else []
