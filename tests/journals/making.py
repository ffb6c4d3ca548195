"""Journals of the finance bureau for tests."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.gate import Declaration
from portal.content.models import Item
from portal.content.readers import Key, Scope
from portal.core.runtime import Runtime
from portal.journals import operations as acts
from portal.journals.models import Journal, Numbering
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City

DECLARED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
DISTRICTS = Scope((Key("tier", "district"),))


def publisher(city: City) -> Person:
    """Who makes them."""
    return city.person("finance", Role.PUBLISHER)


def approver(city: City) -> Person:
    """Who lets them out."""
    return city.person("finance", Role.LEADER)


def founded(
    session: Session,
    city: City,
    name: str = "财政内参",
    scope: Scope = DISTRICTS,
    numbering: Numbering = Numbering.YEARLY,
) -> Journal:
    """A journal read in the districts."""
    head = acts.Masthead(name, numbering=numbering, columns="要情\n调研", editors=(publisher(city).account,))
    journal = acts.found_journal(session, publisher(city), head)
    acts.set_default_readers(journal, publisher(city), scope)
    return journal


def issue(session: Session, journal: Journal, city: City, title: str = "一期") -> Item:
    """An issue being made, with one article."""
    item = acts.draft_issue(journal, publisher(city), title)
    acts.draft_article(item, publisher(city), f"{title}的文章", "正文第一段。", column="要情", byline="预算科")
    return item


def handed_in(item: Item, city: City, work: Runtime) -> Item:
    """The same, waiting for approval."""
    items.submit(item, publisher(city), work.rules, Declaration(True, True, True))
    return item


def out(session: Session, journal: Journal, city: City, work: Runtime, title: str = "一期") -> Item:
    """An issue that is published."""
    item = handed_in(issue(session, journal, city, title), city, work)
    items.publish(item, approver(city), work.rules)
    return item
