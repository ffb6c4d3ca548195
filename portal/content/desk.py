"""What items put on a desk: those to approve, and those that came back (M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select

from portal.content import queries, waiting
from portal.content.kinds import ItemKind, kind_of
from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found

APPROVE, RETURNED = "items-to-approve", "items-returned"
LIST = "content.waiting"
SECTIONS = (
    SectionKind(
        APPROVE, N_("Information to approve"), "checklist", Part.TODO, LIST, 125, query={"side": waiting.APPROVE}
    ),
    SectionKind(
        RETURNED,
        N_("Information returned to you"),
        "arrow-back-up",
        Part.TODO,
        LIST,
        126,
        tone="warn",
        query={"side": waiting.RETURNED},
    ),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that items fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What of the items lies before the person."""
    if waiting.approves(person):
        yield Pile(APPROVE, _pile(APPROVE, queries.to_approve(person)), _line)
    if person.may(P.CONTENT_WRITE):
        yield Pile(RETURNED, _pile(RETURNED, waiting.came_back(person)), _line)


def _pile(key: str, items: Select[Any]) -> Select[Any]:
    columns = found(key, id=Item.id, title=Item.title, at=Item.changed_at, party=Person.name, mark=Item.kind)
    statement = items.join(Person, Person.id == Item.author_id)
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(Item.id)


def _line(row: Found) -> Line:
    kind = kind_of(row.mark or ItemKind.NOTICE)
    return Line(
        row.pile, row.title, kind.endpoint, {"item_id": row.id}, row.at, party=row.party or "", state=kind.label
    )
