"""Acts on a unit's entry: whom it names, how one reaches it, and how its documents travel (U-7, U-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.core.clock import now, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.units import policy
from portal.units.models import (
    ContactKind,
    DocumentClass,
    Mode,
    RegisterExport,
    TransmissionScope,
    Unit,
    UnitContact,
)

MOST_CONTACTS = 3
EXPORT_JOB = "portal.units.jobs.make_register"


@dataclass(frozen=True)
class Named:
    """Somebody a unit names."""

    kind: ContactKind
    name: str
    post: str = ""
    phone: str = ""


def keep_entry(unit: Unit, person: policy.Member, named: Sequence[Named], phone: str, address: str) -> None:
    """Keep whom the unit names, its telephone and address (LYG 三（一）).

    Raises Denied, NotFound, Invalid naming the field, AlreadyDone when nothing is new.
    """
    policy.require_administrator(person, unit)
    session = session_of(unit)
    session.refresh(unit, with_for_update={"of": Unit})
    if unit.left_at is not None:
        raise Refused("This unit has left the exchange; its entry is closed.")
    wanted = _contacts(unit, named)
    rows = session.scalars(select(UnitContact).where(UnitContact.unit_id == unit.id))
    held = {(row.kind, row.position): _facts(row) for row in rows}
    changed = sorted({row.kind for row in wanted if held.get((row.kind, row.position)) != _facts(row)})
    kept = {(row.kind, row.position) for row in wanted}
    changed += sorted({kind for kind, place in held if (kind, place) not in kept} - set(changed))
    changed += [name for name, value in (("phone", phone), ("address", address)) if getattr(unit, name) != value]
    if not changed:
        raise AlreadyDone("Nothing was changed.")
    session.execute(delete(UnitContact).where(UnitContact.unit_id == unit.id))
    session.add_all(wanted)
    unit.phone, unit.address = phone, address
    record(Event.UNIT_CONTACTS_CHANGED, subject=unit, actor=person, unit_id=unit.id, fields=sorted(changed))


def set_scope(
    session: Session,
    person: policy.Member,
    units: Sequence[Unit],
    document_class: DocumentClass,
    mode: Mode,
    since: date,
) -> int:
    """Set how documents of a class travel from and to `units` from a day on; returns how many changed (LYG 一, 二).

    Raises Denied without the right, Refused for none at all, AlreadyDone when all stand so already.
    """
    policy.require(person, Permission.UNITS_SCOPE)
    if not units:
        raise Refused("No unit is meant.")
    ids = [unit.id for unit in units]
    rows = session.scalars(
        select(TransmissionScope)
        .where(TransmissionScope.unit_id.in_(ids), TransmissionScope.document_class == document_class)
        .with_for_update()
    )
    held = {row.unit_id: row for row in rows}
    changed = [unit for unit in units if _set(session, held.get(unit.id), unit, document_class, mode, since)]
    if not changed:
        raise AlreadyDone("Nothing was changed.")
    session.flush()
    for unit in changed:
        record(
            Event.UNIT_SCOPE_SET,
            subject=unit,
            actor=person,
            unit_id=unit.id,
            document_class=document_class,
            mode=mode,
            since=since.isoformat(),
        )
    return len(changed)


def scope_rows(session: Session, unit: Unit) -> Mapping[str, TransmissionScope]:
    """The unit's scope by class, where one was set."""
    rows = session.scalars(select(TransmissionScope).where(TransmissionScope.unit_id == unit.id))
    return {row.document_class: row for row in rows}


def modes(session: Session, unit_ids: Sequence[int], document_class: DocumentClass) -> dict[int, Mode]:
    """How documents of a class travel today from and to each of the units; one statement."""
    rows = session.scalars(
        select(TransmissionScope).where(
            TransmissionScope.unit_id.in_(unit_ids), TransmissionScope.document_class == document_class
        )
    )
    day = today()
    return dict.fromkeys(unit_ids, Mode.ELECTRONIC) | {row.unit_id: row.on(day) for row in rows}


def stands(unit_id: InstrumentedAttribute[int], document_class: DocumentClass, mode: Mode) -> ColumnElement[bool]:
    """The condition that a mode other than electronic holds today for the unit in a column."""
    row = TransmissionScope
    holds = case((row.since <= today(), row.mode), else_=row.before)
    return exists().where(row.unit_id == unit_id, row.document_class == document_class, holds == mode)


def ask_workbook(session: Session, person: policy.Member) -> RegisterExport:
    """Ask for the register as a workbook; a worker makes it."""
    policy.require(person, Permission.UNITS_MAINTAIN)
    export = RegisterExport(asked_by_id=person.id, asked_at=now())
    session.add(export)
    session.flush()
    enqueue(session, Queue.WORK, EXPORT_JOB, export_id=export.id)
    record(Event.REGISTER_EXPORT_ASKED, subject=export, actor=person)
    return export


def get_export(session: Session, person: policy.Member, export_id: int) -> RegisterExport:
    """An export of the person's own. Raises NotFound."""
    export = session.get(RegisterExport, export_id)
    if export is None or export.asked_by_id != person.id:
        raise NotFound(policy.NOT_THERE)
    return export


def take_workbook(export: RegisterExport, person: policy.Member) -> str:
    """Hand the workbook out, once; returns its digest in the store. Raises Refused before it is made, AlreadyDone."""
    session_of(export).refresh(export, with_for_update=True)
    if export.digest is None:
        raise Refused("The workbook is not made yet.")
    if export.fetched_at is not None:
        raise AlreadyDone("This workbook was already taken; ask for a new one.")
    export.fetched_at = now()
    record(Event.REGISTER_EXPORT_FETCHED, subject=export, actor=person, digest=export.digest)
    return export.digest


def _contacts(unit: Unit, named: Sequence[Named]) -> list[UnitContact]:
    """The rows in their places. Raises Invalid for more than there is room for, or a post without a name."""
    places: dict[ContactKind, int] = {}
    rows = []
    for item in named:
        if not item.name:
            if item.post or item.phone:
                raise Invalid("Give the name too.", field=item.kind.value)
            continue
        places[item.kind] = places.get(item.kind, 0) + 1
        if places[item.kind] > (1 if item.kind is ContactKind.LEADER else MOST_CONTACTS):
            raise Invalid("There is no room for so many.", field=item.kind.value)
        rows.append(
            UnitContact(
                unit_id=unit.id, kind=item.kind, position=places[item.kind],
                name=item.name, post=item.post, phone=item.phone,
            )
        )  # fmt: skip
    return rows


def _facts(row: UnitContact) -> tuple[str, str, str]:
    return row.name, row.post, row.phone


def _set(
    session: Session, row: TransmissionScope | None, unit: Unit, document_class: DocumentClass, mode: Mode, since: date
) -> bool:
    """Put one mode in place; False when it is there already."""
    if row is None:
        if mode is Mode.ELECTRONIC:
            return False
        until = Mode.ELECTRONIC
        row = TransmissionScope(unit_id=unit.id, document_class=document_class, mode=mode, since=since, before=until)
        session.add(row)
        return True
    if (row.mode, row.since) == (mode, since):
        return False
    row.before, row.mode, row.since = row.on(today()), mode, since
    return True
