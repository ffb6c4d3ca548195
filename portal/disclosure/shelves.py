"""What stands on show in public, by shelf: everything, a category with what is below it, a unit.

Anybody may ask for these lists as often as they like, so each is one walk along an index and each count a stored one:
an item is put on its shelves when it is published and taken from them when it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session, contains_eager

from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.disclosure.models import DisclosureCategory, DisclosureItem, DisclosureShown
from portal.units.models import Unit

PAGE = 20
LOOKED_THROUGH = 1000
"""A search looks through so many titles; the next page goes on where it ended."""
ALL = "all"


@dataclass(frozen=True)
class Page:
    """A page of a shelf, and the item after which the next begins; that of a search may be short and still go on."""

    rows: Sequence[DisclosureItem]
    older: int | None


def of_category(code: str) -> str:
    """The shelf of a category with all below it."""
    return f"in:{code}"


def of_unit(unit_id: int) -> str:
    """The shelf of a unit that answers for its items."""
    return f"by:{unit_id}"


def put(session: Session, fact: DisclosureItem) -> None:
    """Put a published item on its shelves."""
    item, codes = fact.item, _above(fact.category.code)
    shelves = (ALL, of_unit(item.holder_id), *(of_category(code) for code in codes))
    assert item.published_at is not None
    session.add_all(DisclosureShown(item_id=item.id, shelf=shelf, published_at=item.published_at) for shelf in shelves)
    _count(session, codes, 1)


def take_away(session: Session, item: Item) -> None:
    """Take a withdrawn item from its shelves."""
    if item.kind != ItemKind.DISCLOSURE:
        return
    fact = session.get_one(DisclosureItem, item.id)
    session.execute(delete(DisclosureShown).where(DisclosureShown.item_id == item.id))
    _count(session, _above(fact.category.code), -1)


def hand_over(session: Session, former: int, heir: int) -> None:
    """Put what a unit had on show on the shelf of its heir."""
    row = DisclosureShown
    session.execute(update(row).where(row.shelf == of_unit(former)).values(shelf=of_unit(heir)))


def _above(code: str) -> list[str]:
    """The category and those it lies below, two digits a level."""
    return [code[:end] for end in range(2, len(code) + 1, 2)]


def _count(session: Session, codes: Sequence[str], more: int) -> None:
    """Count in the order of the tree, so that two who publish at once wait for each other and not in a ring."""
    session.flush()
    for code in codes:
        counted = update(DisclosureCategory).where(DisclosureCategory.code == code)
        session.execute(counted.values(shown=DisclosureCategory.shown + more))


def page(session: Session, shelf: str = ALL, *, text: str = "", before: int | None = None) -> Page:
    """What the public sees on a shelf, newest first; with a text what has it in title or index number."""
    most = LOOKED_THROUGH if text else PAGE + 1
    window = _window(shelf, before, most).subquery()
    statement = _whole().join(window, window.c.item_id == DisclosureItem.item_id)
    if text:
        statement = statement.where(_has(text))
    order = (window.c.published_at.desc(), window.c.item_id.desc())
    rows = session.scalars(statement.order_by(*order).limit(PAGE + 1)).unique().all()
    if len(rows) > PAGE:
        return Page(rows[:PAGE], rows[PAGE - 1].item_id)
    return Page(rows, _end(session, shelf, before, most) if text else None)


def _window(shelf: str, before: int | None, most: int) -> Select[Any]:
    row = DisclosureShown
    window: Any = select(row.item_id, row.published_at).where(row.shelf == shelf)
    if before is not None:
        place = select(Item.published_at).where(Item.id == before, Item.kind == ItemKind.DISCLOSURE).scalar_subquery()
        window = window.where(tuple_(row.published_at, row.item_id) < tuple_(place, literal(before)))
    found: Select[Any] = window.order_by(row.published_at.desc(), row.item_id.desc()).limit(most)
    return found


def _has(text: str) -> Any:
    return or_(Item.title.contains(text, autoescape=True), DisclosureItem.index_number.contains(text, autoescape=True))


def _end(session: Session, shelf: str, before: int | None, most: int) -> int | None:
    """The last item a search looked at, if there may be more behind it."""
    looked = session.execute(_window(shelf, before, most)).all()
    return looked[-1][0] if len(looked) == most else None


def _whole() -> Select[Any]:
    return (
        select(DisclosureItem)
        .join(Item, Item.id == DisclosureItem.item_id)
        .join(DisclosureCategory, DisclosureCategory.id == DisclosureItem.category_id)
        .options(
            contains_eager(DisclosureItem.item).joinedload(Item.unit).selectinload(Unit.names),
            contains_eager(DisclosureItem.category),
        )
    )
