"""Keeping the catalogue 公开目录 and the guides 公开指南 (《政府信息公开条例》第十二条)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission as P
from portal.disclosure import policy
from portal.disclosure.models import DisclosureCategory, DisclosureGuide
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

DEEPEST = 3
MOST = 99
LONGEST_NAME = 60
LONGEST_GUIDE = 20_000


@dataclass(frozen=True)
class Guide:
    """What a guide says beside its text."""

    office: str
    address: str
    phone: str
    hours: str
    text: str
    email: str = ""


def add_category(session: Session, person: Person, name: str, parent: DisclosureCategory | None) -> DisclosureCategory:
    """Add a category: the office's at any place, a unit's own below another. Raises Denied, Invalid, Refused."""
    common = person.may(P.DISCLOSURE_MANAGE) and (parent is None or parent.unit_id is None)
    if not common:
        _require_own(person, parent)
    name = _name(name)
    if parent is not None and (parent.depth >= DEEPEST - 1 or parent.closed_at is not None):
        raise Invalid("Nothing can be put below this category.", field="parent")
    # Two who add at once would get the same code: the first row of the table is the lock.
    session.scalars(select(DisclosureCategory).order_by(DisclosureCategory.id).limit(1).with_for_update()).all()
    category = DisclosureCategory(
        parent_id=parent.id if parent else None,
        unit_id=None if common else person.unit_id,
        code=_next_code(session, parent),
        name=name,
    )
    session.add(category)
    session.flush()
    record(Event.DISCLOSURE_CATEGORY_ADDED, subject=category, actor=person, code=category.code, name=category.name)
    return category


def _require_own(person: Person, parent: DisclosureCategory | None) -> None:
    if not person.may(P.DISCLOSURE_HANDLE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    if parent is None:
        raise Invalid("Choose the category of the city's catalogue it belongs under.", field="parent")
    if parent.unit_id not in (None, person.unit_id):
        raise Invalid("This category is another unit's own.", field="parent")


def _next_code(session: Session, parent: DisclosureCategory | None) -> str:
    same = DisclosureCategory.parent_id.is_(None) if parent is None else DisclosureCategory.parent_id == parent.id
    last = session.scalar(select(func.max(DisclosureCategory.code)).where(same))
    number = int(last[-2:]) + 1 if last else 1
    if number > MOST:
        raise Refused("There are %(most)s categories here already.", most=MOST)
    return f"{parent.code if parent else ''}{number:02d}"


def rename_category(category: DisclosureCategory, person: Person, name: str) -> None:
    """Call it otherwise; its code, and so the index numbers, stay."""
    _require_keeper(category, person)
    name, before = _name(name), category.name
    if name == before:
        return
    category.name = name
    record(Event.DISCLOSURE_CATEGORY_RENAMED, subject=category, actor=person, before=before, name=name)


def close_category(category: DisclosureCategory, person: Person) -> None:
    """Nothing new is filed under it any more. Raises AlreadyDone."""
    _require_keeper(category, person)
    if category.closed_at is not None:
        raise AlreadyDone("This was done already.")
    category.closed_at = now()
    record(Event.DISCLOSURE_CATEGORY_CLOSED, subject=category, actor=person)


def _require_keeper(category: DisclosureCategory, person: Person) -> None:
    session_of(category).refresh(category, with_for_update=True)
    if not policy.keeps_category(category, person):
        raise Denied("The office keeps the common categories, a unit its own.")


def keep_guide(session: Session, person: Person, guide: Guide) -> DisclosureGuide:
    """Publish a new version of the unit's guide; earlier ones stay readable. Raises Denied, Invalid."""
    if not person.may(P.DISCLOSURE_HANDLE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    if not guide.text.strip() or len(guide.text) > LONGEST_GUIDE:
        raise Invalid("A text has at most %(longest)s characters.", field="text", longest=LONGEST_GUIDE)
    session.scalars(select(Unit.id).where(Unit.id == person.unit_id).with_for_update()).one()
    last = session.scalars(
        select(DisclosureGuide)
        .where(DisclosureGuide.unit_id == person.unit_id)
        .order_by(DisclosureGuide.version.desc())
    ).first()
    values = {key: value.replace("\r\n", "\n").strip() for key, value in vars(guide).items()}
    if last is not None and all(getattr(last, key) == value for key, value in values.items()):
        raise AlreadyDone("Nothing was changed.")
    kept = DisclosureGuide(
        unit_id=person.unit_id, version=last.version + 1 if last else 1, author_id=person.id, at=now(), **values
    )
    session.add(kept)
    session.flush()
    record(Event.DISCLOSURE_GUIDE_KEPT, subject=kept, actor=person, version=kept.version)
    return kept


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("A name has 1 to %(longest)s characters.", field="name", longest=LONGEST_NAME)
    return name
