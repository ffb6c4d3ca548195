"""What items put on a desk: those to approve, and those that came back (M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select

from portal.content import queries
from portal.content.kinds import KINDS, ItemKind, kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found

APPROVE, RETURNED = "items-to-approve", "items-returned"
WRITTEN = "notices.written"
SECTIONS = (
    SectionKind(APPROVE, N_("Information to approve"), "checklist", Part.TODO, WRITTEN, 125),
    SectionKind(RETURNED, N_("Information returned to you"), "arrow-back-up", Part.TODO, WRITTEN, 126, tone="warn"),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that items fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the items lies before the person."""
    if any(rules.approve and person.may(rules.approve) for rules in KINDS.values()):
        yield Pile(APPROVE, _pile(APPROVE, queries.to_approve(person)), _line)
    if person.may(P.CONTENT_WRITE):
        came_back = (Item.author_id == person.desk_id) & (Item.state == ItemState.DRAFTING) & (Item.note != "")
        yield Pile(RETURNED, _pile(RETURNED, select(Item).where(came_back)), _line)


def _pile(key: str, items: Select[Any]) -> Select[Any]:
    columns = found(key, id=Item.id, title=Item.title, at=Item.changed_at, party=Person.name, mark=Item.kind)
    statement = items.join(Person, Person.id == Item.author_id)
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(Item.id)


def _line(row: Found) -> Line:
    kind = kind_of(row.mark or ItemKind.NOTICE)
    return Line(
        row.pile, row.title, kind.endpoint, {"item_id": row.id}, row.at, party=row.party or "", state=kind.label
    )
