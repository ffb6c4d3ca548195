"""Writing entries, what their publication fulfils, exemptions, and the board as a file (M-2)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content import policy as item_policy
from portal.content import readers
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.readers import ALL, Key, Scope
from portal.content.said import said
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission as P
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units import queries as units
from portal.units.models import Unit
from portal.workstatus import policy
from portal.workstatus.models import (
    REASON_LENGTH,
    WorkColumn,
    WorkDue,
    WorkEntry,
    WorkExemption,
    WorkExport,
    WorkFulfilment,
)

EXPORT_JOB = "portal.workstatus.jobs.make_export"
FORMS = ("csv", "xlsx")


def draft_entry(
    session: Session, author: Person, title: str, text: str, *, column_id: int | None, due_id: int | None = None
) -> WorkEntry:
    """Begin an entry; everybody reads it unless its author narrows that. Raises Denied, Invalid."""
    column, due = _column(session, author, column_id), _due(session, due_id)
    item = items.draft(session, author, ItemKind.WORK_STATUS, title, text)
    items.put_readers(item, Scope((Key(ALL),)))
    entry = WorkEntry(item_id=item.id, column=column, due=due)
    session.add(entry)
    session.flush()
    return entry


def place_entry(entry: WorkEntry, person: Person, *, column_id: int | None, due_id: int | None) -> None:
    """Put a draft into another column, or say anew what it is written for. Raises Denied, Invalid."""
    session = items.lock(entry.item)
    if not item_policy.may_edit(entry.item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    if column_id != entry.column_id:
        entry.column = _column(session, person, column_id)
    entry.due = _due(session, due_id)
    session.flush()
    record(Event.WORK_ENTRY_PLACED, subject=entry.item, actor=person, column=entry.column_id, due=entry.due_id)


def _column(session: Session, person: Person, column_id: int | None) -> WorkColumn:
    column = session.get(WorkColumn, column_id) if column_id else None
    if column is None or not policy.may_write(column, person):
        raise Invalid("Choose a column your unit writes in.", field="column")
    return column


def _due(session: Session, due_id: int | None) -> WorkDue | None:
    due = session.get(WorkDue, due_id) if due_id else None
    if due_id and due is None:
        raise Invalid("There is no such due item.", field="due")
    return due


def check_complete(session: Session, item: Item) -> None:
    """Before an entry is handed in or published: what is owed to the office is for the office to read (M-2)."""
    _require_office(session, item, Scope.of(item))


def check_scope(session: Session, item: Item, scope: Scope) -> None:
    """Before readers are set: what an entry has fulfilled stays open to the office."""
    if item.state == ItemState.PUBLISHED:
        _require_office(session, item, scope)


def _require_office(session: Session, item: Item, scope: Scope) -> None:
    entry = session.get(WorkEntry, item.id) if item.kind == ItemKind.WORK_STATUS else None
    if entry is None or entry.due_id is None or readers.reaches(session, scope, units.office(session)):
        return
    raise Invalid("It is owed to the office: the municipal government office must be among its readers.", field="key")


def note_published(session: Session, item: Item) -> None:
    """An entry was published: it fulfils what it was written for, late if the day has passed."""
    entry = session.get(WorkEntry, item.id) if item.kind == ItemKind.WORK_STATUS else None
    if entry is None:
        return
    entry.published_at = item.published_at
    if entry.due_id is not None:
        settle(session, entry.due_id, item.holder_id)


def note_withdrawn(session: Session, item: Item) -> None:
    """An entry was withdrawn: what it fulfilled is owed again, unless another entry was written for it."""
    session.execute(update(WorkEntry).where(WorkEntry.item_id == item.id).values(published_at=None))
    fulfilled = select(WorkFulfilment).where(WorkFulfilment.item_id == item.id)
    for row in session.scalars(fulfilled).all():
        settle(session, row.due_id, row.unit_id)


def settle(session: Session, due_id: int, unit_id: int) -> None:
    """Write down anew what a unit's first published entry for a due item is."""
    session.get_one(
        WorkDue, due_id, with_for_update={"key_share": True}, populate_existing=True
    )  # two entries published at once
    first = (
        select(Item)
        .join(WorkEntry, WorkEntry.item_id == Item.id)
        .where(WorkEntry.due_id == due_id, Item.holder_id == unit_id, Item.state == ItemState.PUBLISHED)
        .order_by(Item.published_at, Item.id)
        .limit(1)
    )
    item = session.scalars(first).one_or_none()
    there = session.get(WorkFulfilment, (due_id, unit_id), populate_existing=True)
    if item is not None and there is not None and there.item_id == item.id:
        return
    session.execute(delete(WorkFulfilment).where(WorkFulfilment.due_id == due_id, WorkFulfilment.unit_id == unit_id))
    if item is not None and item.published_at is not None:
        session.add(WorkFulfilment(due_id=due_id, unit_id=unit_id, item_id=item.id, at=item.published_at))
    session.flush()


def exempt(session: Session, person: Person, unit: Unit, first_on: date, last_on: date, reason: str) -> WorkExemption:
    """Free a unit of what is due in a period. Raises Denied, Invalid, AlreadyDone."""
    _require_manager(person)
    reason = said(reason, "reason", REASON_LENGTH)
    if last_on < first_on:
        raise Invalid("The last day lies before the first.", field="last_on")
    # The unit's row is the lock: no constraint tells two exemptions of one period apart.
    session.scalars(select(Unit.id).where(Unit.id == unit.id).with_for_update(key_share=True)).one()
    same = select(WorkExemption.id).where(
        WorkExemption.unit_id == unit.id,
        WorkExemption.lifted_at.is_(None),
        WorkExemption.first_on == first_on,
        WorkExemption.last_on == last_on,
    )
    if session.scalar(same) is not None:
        raise AlreadyDone("The unit is exempted for this period already.")
    grant = WorkExemption(
        unit_id=unit.id, first_on=first_on, last_on=last_on, reason=reason, granted_by_id=person.id, granted_at=now()
    )
    session.add(grant)
    session.flush()
    record(
        Event.WORK_EXEMPTION_GRANTED,
        subject=grant,
        actor=person,
        exempted=unit.id,
        first_on=first_on.isoformat(),
        last_on=last_on.isoformat(),
        reason=reason,
    )
    return grant


def get_exemption(session: Session, person: Person, exemption_id: int) -> WorkExemption:
    """An exemption for those who grant them, locked. Raises NotFound."""
    found = select(WorkExemption).where(WorkExemption.id == exemption_id).with_for_update()
    grant = session.scalars(found).one_or_none()
    if grant is None or not person.may(P.WORKSTATUS_MANAGE):
        raise NotFound("There is no such exemption.")
    return grant


def lift(grant: WorkExemption, person: Person) -> None:
    """End an exemption: the unit owes what lies in its period again. Raises AlreadyDone."""
    _require_manager(person)
    if grant.lifted_at is not None:
        raise AlreadyDone("This exemption was lifted already.")
    grant.lifted_at = now()
    record(Event.WORK_EXEMPTION_LIFTED, subject=grant, actor=person, exempted=grant.unit_id)


def _require_manager(person: Person) -> None:
    if not person.may(P.WORKSTATUS_MANAGE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")


def ask_export(session: Session, person: Person, year: int, form: str) -> WorkExport:
    """Ask for the board of a year as a file; a worker makes it."""
    if not person.may(P.WORKSTATUS_OVERSEE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    if form not in FORMS:
        raise Invalid("There is no such kind of file.")
    export = WorkExport(asked_by_id=person.id, asked_at=now(), year=year, form=form)
    session.add(export)
    session.flush()
    enqueue(session, Queue.WORK, EXPORT_JOB, export_id=export.id)
    record(Event.WORK_EXPORT_ASKED, subject=export, actor=person, year=year, form=form)
    return export


def take_export(export: WorkExport, person: Person) -> str:
    """Hand the file out, once; its digest in the store. Raises Refused before it is made, AlreadyDone."""
    session_of(export).refresh(export, with_for_update=True)
    if export.digest is None:
        raise Refused("The file is not made yet.")
    if export.fetched_at is not None:
        raise AlreadyDone("This file was already taken; ask for a new one.")
    export.fetched_at = now()
    record(Event.WORK_EXPORT_FETCHED, subject=export, actor=person, digest=export.digest)
    return export.digest
