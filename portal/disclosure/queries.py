"""Reading what is disclosed, for the public and for those who make it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile
from portal.core.errors import NotFound
from portal.core.text import N_
from portal.disclosure import policy
from portal.disclosure.models import DisclosureCategory, DisclosureGuide, DisclosureItem
from portal.disclosure.request_models import (
    DisclosureRequest,
)
from portal.people.models import Person
from portal.units.models import Unit

PAGE = 20
GONE = N_("There is no such page here.")
R = DisclosureRequest


def categories(session: Session) -> Sequence[DisclosureCategory]:
    """The whole tree in its order."""
    return session.scalars(
        select(DisclosureCategory).options(joinedload(DisclosureCategory.unit)).order_by(DisclosureCategory.code)
    ).all()


def counts_by_category(rows: Sequence[DisclosureCategory]) -> dict[str, int]:
    """How many items are on show under each category with what is below it, by code."""
    return {one.code: one.shown for one in rows}


def get_category(session: Session, category_id: int) -> DisclosureCategory:
    """A category. Raises NotFound."""
    category = session.get(DisclosureCategory, category_id)
    if category is None:
        raise NotFound(GONE)
    return category


def get_kept_category(session: Session, person: Person, category_id: int) -> DisclosureCategory:
    """A category the person keeps. Raises NotFound for others', though anybody may read their names."""
    category = get_category(session, category_id)
    if not policy.keeps_category(category, person):
        raise NotFound(GONE)
    return category


def open_categories(session: Session, person: Person) -> list[DisclosureCategory]:
    """Those the person's unit may file under."""
    return [one for one in categories(session) if one.closed_at is None and one.unit_id in (None, person.unit_id)]


def public_item(session: Session, item_id: int) -> DisclosureItem:
    """An item on show, or one that was and is withdrawn: its address stays. Raises NotFound."""
    fact = session.scalars(
        select(DisclosureItem)
        .join(DisclosureItem.item)
        .where(DisclosureItem.item_id == item_id, DisclosureItem.index_number.is_not(None))
        .where(Item.state.in_((ItemState.PUBLISHED, ItemState.WITHDRAWN)))
        .options(
            contains_eager(DisclosureItem.item).joinedload(Item.unit).selectinload(Unit.names),
            contains_eager(DisclosureItem.item).selectinload(Item.files),
            joinedload(DisclosureItem.category),
        )
    ).one_or_none()
    if fact is None:
        raise NotFound(GONE)
    return fact


def public_file(session: Session, item_id: int, file_id: int) -> ItemFile:
    """A file of an item on show. Raises NotFound, for those of a withdrawn one too."""
    fact = public_item(session, item_id)
    file = next((one for one in fact.item.files if one.id == file_id), None)
    if file is None or fact.item.state != ItemState.PUBLISHED:
        raise NotFound(GONE)
    return file


def fact_of(session: Session, item_id: int) -> DisclosureItem:
    """What is particular to an item; the caller has authorised."""
    return session.get_one(
        DisclosureItem, item_id, options=[joinedload(DisclosureItem.category), joinedload(DisclosureItem.reviewer)]
    )


def own(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[DisclosureItem], bool]:
    """The person's and the unit's items in every state, newest first."""
    statement = (
        items.own(person, ItemKind.DISCLOSURE)
        .join(DisclosureItem, DisclosureItem.item_id == Item.id)
        .with_only_columns(DisclosureItem)
        .options(
            joinedload(DisclosureItem.item).joinedload(Item.author),
            joinedload(DisclosureItem.category),
        )
    )
    if before is not None:
        statement = statement.where(Item.id < before)
    rows = session.scalars(statement.order_by(Item.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def guide(session: Session, unit_id: int, version: int | None = None) -> DisclosureGuide | None:
    """A unit's guide: the newest, or a version."""
    statement = select(DisclosureGuide).where(DisclosureGuide.unit_id == unit_id)
    if version is not None:
        statement = statement.where(DisclosureGuide.version == version)
    return session.scalars(statement.order_by(DisclosureGuide.version.desc()).limit(1)).first()


def guide_versions(session: Session, unit_id: int) -> Sequence[DisclosureGuide]:
    """All versions, newest first."""
    return session.scalars(
        select(DisclosureGuide).where(DisclosureGuide.unit_id == unit_id).order_by(DisclosureGuide.version.desc())
    ).all()


def units_with_guide(session: Session) -> Sequence[Unit]:
    """Units that have a guide, in the order of the register."""
    has = exists().where(DisclosureGuide.unit_id == Unit.id)
    return session.scalars(select(Unit).where(has, Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)).all()


def get_unit(session: Session, unit_id: int) -> Unit:
    """A unit in exchange. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or unit.left_at is not None:
        raise NotFound(GONE)
    return unit
