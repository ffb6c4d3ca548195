"""Keeping columns: the office those of the city, a unit's heads its own. Closed ones keep their entries (M-2)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.workstatus import policy, queries
from portal.workstatus.models import NAME_LENGTH, DueKind, WorkColumn, Writers


def make_column(session: Session, person: Person, name: str, writers: str, takes: str = "") -> WorkColumn:
    """Add a column at the end. Raises Denied, Invalid for a name the owner has already."""
    if not policy.keeps_columns(person):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    owner_id = policy.owner_of_new(person)
    column = WorkColumn(
        owner_id=owner_id,
        name=_name(session, owner_id, name),
        writers=_writers(owner_id, writers),
        takes=_takes(takes),
        position=queries.next_position(session, owner_id),
        created_at=now(),
    )
    session.add(column)
    session.flush()
    _kept(column, person)
    return column


def change_column(column: WorkColumn, person: Person, name: str, writers: str, takes: str = "") -> None:
    """Rename a column, or say anew who writes in it."""
    session = session_of(column)
    column.name = _name(session, column.owner_id, name, column.id)
    column.writers, column.takes = _writers(column.owner_id, writers), _takes(takes)
    session.flush()
    _kept(column, person)


def move_column(column: WorkColumn, person: Person, *, up: bool) -> None:
    """Put a column one place further up or down; at the end of the list nothing happens."""
    row = [*queries.siblings(session_of(column), column)]
    place = row.index(column) if column in row else -1
    other = place + (-1 if up else 1)
    if place < 0 or not 0 <= other < len(row):
        return
    row[place], row[other] = row[other], row[place]
    for number, one in enumerate(row, start=1):
        one.position = number
    _kept(column, person)


def close_column(column: WorkColumn, person: Person) -> None:
    """Nobody writes in it any more; its entries stay where their readers find them."""
    if column.closed_at is not None:
        raise AlreadyDone("This column is closed already.")
    column.closed_at = now()
    record(Event.WORK_COLUMN_CLOSED, subject=column, actor=person, name=column.name)


def reopen_column(column: WorkColumn, person: Person) -> None:
    """Open a closed column again."""
    if column.closed_at is None:
        raise AlreadyDone("This column is open already.")
    column.closed_at = None
    _kept(column, person)


def _kept(column: WorkColumn, person: Person) -> None:
    facts: dict[str, Any] = {"name": column.name, "writers": column.writers, "position": column.position}
    record(Event.WORK_COLUMN_KEPT, subject=column, actor=person, **facts)


def _name(session: Session, owner_id: int | None, name: str, own: int | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise Invalid("A column has a name of at most %(longest)s characters.", field="name", longest=NAME_LENGTH)
    same = select(WorkColumn.id).where(WorkColumn.owner_id.is_not_distinct_from(owner_id), WorkColumn.name == name)
    if session.scalar(same) not in (None, own):
        raise Invalid("There is a column of this name; a closed one can be opened again.", field="name")
    return name


def _writers(owner_id: int | None, writers: str) -> str:
    allowed = (Writers.ALL, Writers.OWNER) if owner_id is None else (Writers.OWNER, Writers.BELOW)
    if writers not in allowed:
        raise Invalid("Say who writes in it.", field="writers")
    return writers


def _takes(takes: str) -> str:
    if takes and takes not in list(DueKind):
        raise Invalid("There is no such kind of due item.", field="takes")
    return takes
