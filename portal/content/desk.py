"""What items put on a desk: those to approve, and those that came back (M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from portal.content import queries, waiting
from portal.content.kinds import ItemKind, kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found

APPROVE, RETURNED, TAKEN_DOWN = "items-to-approve", "items-returned", "items-taken-down"
LIST, WRITTEN = "content.waiting", "notices.written"
TOLD = timedelta(days=14)
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
    SectionKind(TAKEN_DOWN, N_("Taken down by others"), "eye-off", Part.NEWS, WRITTEN, 229, tone="warn"),
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
        by_others = (Item.state == ItemState.WITHDRAWN) & (Item.withdrawn_by_id != person.desk_id)
        lately = (Item.withdrawn_at > moment(TOLD)) & Item.parent_id.is_(None)
        rows = select(Item).where(queries.mine(person) & by_others & lately)
        yield Pile(TAKEN_DOWN, _pile(TAKEN_DOWN, rows, at=Item.withdrawn_at), _gone_line)


def _pile(key: str, items: Select[Any], at: Any = Item.changed_at) -> Select[Any]:
    columns = found(key, id=Item.id, title=Item.title, at=at, party=Person.name, mark=Item.kind)
    statement = items.join(Person, Person.id == Item.author_id)
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(Item.id)


def _gone_line(row: Found) -> Line:
    kind = kind_of(row.mark or ItemKind.NOTICE)
    return Line(row.pile, row.title, "content.withdrawn", {"withdrawn_id": row.id}, row.at, state=kind.label)


def _line(row: Found) -> Line:
    kind = kind_of(row.mark or ItemKind.NOTICE)
    return Line(
        row.pile, row.title, kind.endpoint, {"item_id": row.id}, row.at, party=row.party or "", state=kind.label
    )
