"""Items of the catalogue: written, reviewed whether they may be published, published under an index number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.content import operations as contents
from portal.content import policy as content_policy
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.readers import ALL, Key, Scope
from portal.core.clock import now, to_city, today
from portal.core.errors import Denied, Invalid
from portal.core.rules import ExchangeRules
from portal.disclosure import shelves
from portal.disclosure.models import DisclosureCategory, DisclosureItem
from portal.disclosure.words import Ground, Withdrawal
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

LONGEST_NOTE = 500


@dataclass(frozen=True)
class Review:
    """What the reviewer finds (保密审查, 条例第十七条); nothing is ticked beforehand."""

    ground: str
    note: str
    no_secret: bool
    """No state secret, and nothing a law keeps from the public."""
    no_harm: bool
    """Nothing that endangers state or public security, the economy or social stability."""
    no_privacy: bool
    """No business secret and no personal privacy, or one of the grounds covers it."""


def draft_item(
    session: Session, author: Person, title: str, text: str, category: DisclosureCategory, made_on: date
) -> Item:
    """Begin an item under a category. Raises Denied, Invalid."""
    _check_filing(author, category, made_on)
    item = contents.draft(session, author, ItemKind.DISCLOSURE, title, text)
    session.add(DisclosureItem(item_id=item.id, category_id=category.id, unit_id=item.unit_id, made_on=made_on))
    contents.put_readers(item, Scope((Key(ALL),)))
    return item


def file_under(fact: DisclosureItem, person: Person, category: DisclosureCategory, made_on: date) -> None:
    """File a draft under another category or date. Raises Denied, Invalid."""
    contents.lock(fact.item)
    if not content_policy.may_edit(fact.item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    _check_filing(person, category, made_on)
    if (fact.category_id, fact.made_on) == (category.id, made_on):
        return
    fact.category, fact.made_on = category, made_on
    record(Event.DISCLOSURE_ITEM_FILED, subject=fact.item, actor=person, category=category.code)


def _check_filing(person: Person, category: DisclosureCategory, made_on: date) -> None:
    if category.closed_at is not None or category.unit_id not in (None, person.unit_id):
        raise Invalid("Nothing can be filed under this category.", field="category")
    if made_on > today():
        raise Invalid("This day lies in the future.", field="made_on")


def review_and_publish(
    fact: DisclosureItem, person: Person, rules: ExchangeRules, review: Review, *, seen: str | None = None
) -> None:
    """Whoever approves finds that it may be published, says why, and publishes it. Raises Denied, Invalid, Refused."""
    item = fact.item
    contents.lock(item)
    if content_policy.may_approve(item, person):
        _check_review(review)
        fact.ground, fact.review_note = review.ground, review.note.strip()
        fact.reviewer_id, fact.reviewed_at = person.id, now()
    # Publishing refuses whoever may not; the index number is given by `take_published`.
    contents.publish(item, person, rules, seen=seen)


def withdraw_item(fact: DisclosureItem, person: Person, reason: str, said: str) -> None:
    """Withdraw an item with a reason for those inside and one of a few wordings for the public. Raises Invalid."""
    if said not in list(Withdrawal):
        raise Invalid("Choose what the public reads.", field="said")
    contents.withdraw(fact.item, person, reason)
    fact.withdrawn_as = said


def _check_review(review: Review) -> None:
    if review.ground not in list(Ground):
        raise Invalid("Say on which ground it may be published.", field="ground")
    for name in ("no_secret", "no_harm", "no_privacy"):
        if not getattr(review, name):
            raise Invalid("What can't be confirmed here can't be published.", field=name)
    if review.ground != Ground.DUTY and not review.note.strip():
        raise Invalid("Give the reasons of this finding.", field="note")
    if len(review.note) > LONGEST_NOTE:
        raise Invalid("At most %(longest)s characters.", field="note", longest=LONGEST_NOTE)


def take_published(session: Session, item: Item) -> None:
    """Give a published item its index number. Raises Denied without a review by whoever approved it."""
    if item.kind != ItemKind.DISCLOSURE:
        return
    fact = session.get_one(DisclosureItem, item.id)
    if fact.ground is None or fact.reviewer_id != item.approver_id:
        raise Denied("Review first whether this may be published.")
    # The unit's row is the lock of its numbers.
    unit = session.scalars(select(Unit).where(Unit.id == fact.unit_id).with_for_update(of=Unit)).one()
    fact.year = to_city(now()).year
    last = session.scalar(
        select(func.max(DisclosureItem.serial)).where(
            DisclosureItem.unit_id == unit.id, DisclosureItem.year == fact.year
        )
    )
    fact.serial = (last or 0) + 1
    fact.index_number = index_number(unit, fact)
    shelves.put(session, fact)
    session.flush()
    record(
        Event.DISCLOSURE_ITEM_REVIEWED,
        subject=item,
        actor=item.approver,
        ground=fact.ground,
        index_number=fact.index_number,
    )


def index_number(unit: Unit, fact: DisclosureItem) -> str:
    """索引号: the organisation code's own nine characters, the category, the year and a serial of unit and year."""
    return f"{unit.code[8:17]}/{fact.category.code}/{fact.year}-{fact.serial:05d}"
