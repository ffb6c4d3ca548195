"""What work status puts on a desk: what the unit owes, what it owes late, and what is new to read (M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from portal.content import feeds, readers
from portal.content.models import Item
from portal.core.db import session_of
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit
from portal.workstatus import policy, queries
from portal.workstatus.models import WorkDue

DUE, LATE, NEW = "work-status-due", "work-status-late", "work-status-new"
REMINDED = N_("Reminder")
SECTIONS = (
    SectionKind(LATE, N_("Work status overdue"), "alert-circle", Part.TODO, "workstatus.duties", 127, tone="bad"),
    SectionKind(DUE, N_("Work status due"), "calendar", Part.TODO, "workstatus.duties", 128),
    SectionKind(NEW, N_("New work status"), "activity", Part.NEWS, "workstatus.index", 227),
)
SHOWN = 6


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that work status fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What the person's unit owes, for those who write in it, and entries not opened yet."""
    if policy.writes(person):
        owed = queries.owed_by(person.unit_id)
        reminded = case((owed.selected_columns.reminded, "reminded"), else_="")
        for key, late in ((LATE, True), (DUE, False)):
            columns = found(
                key, id=WorkDue.id, title=WorkDue.title, at=WorkDue.announced_at, mark_at=WorkDue.due_at, mark=reminded
            )
            rows = owed.where(WorkDue.due_at <= moment() if late else WorkDue.due_at > moment())
            yield Pile(key, rows.with_only_columns(*columns, maintain_column_froms=True), _owed)
    if person.may(P.CONTENT_VIEW):
        yield Pile(NEW, _new(session_of(person), person), _new_line)


def _new(session: Session, person: Person) -> Select[Any]:
    keys = readers.keys_of(session, person)
    new = feeds.newest(keys, person.id, queries.KINDS, limit=SHOWN, unread=True).subquery()
    columns = found(NEW, id=Item.id, title=Item.title, at=Item.published_at, party=Unit.short_name)
    rows = select(*columns).join_from(new, Item, Item.id == new.c.item_id).join(Unit, Unit.id == Item.unit_id)
    return rows.order_by(Item.published_at.desc())


def _owed(row: Found) -> Line:
    late = row.pile == LATE
    return Line(
        row.pile,
        row.title,
        "workstatus.new",
        {"due": row.id},
        row.at,
        state="" if late or not row.mark else REMINDED,
        late=late,
        due=row.mark_at,
    )


def _new_line(row: Found) -> Line:
    return Line(NEW, row.title, "workstatus.entry", {"item_id": row.id}, row.at, party=row.party or "")
