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
from portal.units.hooks import Change, ChangeKind, Effect
from portal.units.models import Unit, UnitName

NAMES = Effect("units.name", N_("Name of the unit"), N_("The present name goes into the history of names."), 1)
ENTRY = Effect("units.entry", N_("Entry in the register"), N_("Closed; the heir is entered as its successor."), 1)
CHILDREN = Effect("units.children", N_("Units below it"), N_("From then on they stand below the heir."), 0)
DISTRICT = Effect("units.district", N_("Units of its district"), N_("From then on the heir administers them."), 0)
EXAMPLES = 5


def survey(session: Session, change: Change) -> list[Effect]:
    """The unit's own entry and the units that hang on it."""
    if change.kind is ChangeKind.RENAME:
        return [replace(NAMES, examples=(f"{change.unit.name} → {change.name}",))]
    return [
        replace(ENTRY, examples=(f"{change.unit.name} → {change.heir.name}",)),
        *_counted(CHILDREN, _children(session, change)),
        *_counted(DISTRICT, _district(session, change)),
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
        member.district_id = heir.id if heir.is_district_office else heir.district_id
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


def _counted(effect: Effect, units: Sequence[Unit]) -> list[Effect]:
    names = tuple(unit.name for unit in units[:EXAMPLES])
    return [replace(effect, count=len(units), examples=names)] if units else []
