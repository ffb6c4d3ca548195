"""What special reports put on a desk: those to read; instructions come as requests (M-4, M-9)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from portal.content import feeds, readers
from portal.content.models import Item
from portal.core.db import session_of
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.reports.queries import KINDS
from portal.units.models import Unit

NEW = "reports-new"
SECTIONS = (SectionKind(NEW, N_("Special reports for you"), "report", Part.NEWS, "reports.index", 221),)
SHOWN = 20


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that reports fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Reports not opened yet."""
    if person.may(P.CONTENT_VIEW):
        keys = readers.keys_of(session_of(person), person)
        new = feeds.newest(keys, person.id, KINDS, limit=SHOWN, unread=True).subquery()
        columns = found(NEW, id=Item.id, title=Item.title, at=Item.published_at, party=Unit.short_name)
        rows = select(*columns).join_from(new, Item, Item.id == new.c.item_id).join(Unit, Unit.id == Item.unit_id)
        yield Pile(NEW, rows.order_by(Item.published_at.desc()), _new)


def _new(row: Found) -> Line:
    return Line(NEW, row.title, "reports.report", {"item_id": row.id}, row.at, party=row.party or "")
