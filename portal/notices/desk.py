"""What notices put on a desk: those not opened yet (M-9)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from portal.content import queries, readers
from portal.content.models import Item
from portal.core.db import session_of
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.notices.queries import KINDS
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit

NOTICES = "notices"
SECTIONS = (SectionKind(NOTICES, N_("Notices"), "bell", Part.NEWS, "notices.index", 225),)
SHOWN = 20


def sections() -> tuple[SectionKind, ...]:
    """The section of the home page that notices fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Notices for the person that they have not opened."""
    if person.may(P.CONTENT_VIEW):
        keys = readers.keys_of(session_of(person), person)
        new = queries.newest(keys, person.id, KINDS, limit=SHOWN, unread=True).subquery()
        columns = found(NOTICES, id=Item.id, title=Item.title, at=Item.published_at, party=Unit.short_name)
        rows = select(*columns).join_from(new, Item, Item.id == new.c.item_id).join(Unit, Unit.id == Item.unit_id)
        yield Pile(NOTICES, rows.order_by(Item.published_at.desc()), _line)


def _line(row: Found) -> Line:
    return Line(NOTICES, row.title, "notices.notice", {"item_id": row.id}, row.at, party=row.party or "")
