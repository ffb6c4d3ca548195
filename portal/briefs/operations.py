"""Writing and sending government information; what follows when a text is let out or withdrawn (M-5, GZ44)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.briefs import policy, queries, scoring, topics
from portal.briefs.lifecycle import BRIEF, BriefAct, BriefState
from portal.briefs.models import Award, Brief, BriefSource, BriefTopicUnit, BriefUnit, Mark
from portal.content import operations as items
from portal.content import policy as item_policy
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.readers import Scope
from portal.core.clock import now
from portal.core.errors import Denied, Invalid, Refused
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units import queries as units

MOST_JOINT = 10
LONGEST_AUTHORS = 200


@dataclass(frozen=True)
class Particulars:
    """What a brief says about itself beside its text: `joint` are (unit, its authors)."""

    mark: Mark = Mark.NONE
    topic_id: int | None = None
    revises_id: int | None = None
    authors: str = ""
    joint: tuple[tuple[int, str], ...] = ()


def draft_brief(session: Session, author: Person, title: str, text: str, about: Particulars) -> Item:
    """Begin information for the office. Raises Denied, Invalid for particulars that don't fit."""
    _check(session, author, about)
    item = items.draft(session, author, ItemKind.BRIEF, policy.marked(title, about.mark), text)
    brief = Brief(item_id=item.id)
    session.add(brief)
    _put(session, brief, about)
    return item


def set_particulars(item: Item, person: Person, about: Particulars) -> None:
    """Change marks, joint units and authors of a draft. Raises Denied, Invalid."""
    session = items.lock(item)
    if not item_policy.may_edit(item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    _check(session, person, about)
    brief = session.get_one(Brief, item.id)
    _put(session, brief, about)
    item.title = policy.marked(item.title, about.mark)
    record(
        Event.BRIEF_PARTICULARS_SET,
        subject=item,
        actor=person,
        mark=about.mark,
        topic=about.topic_id,
        revises=about.revises_id,
        joint=[number for number, _ in about.joint],
    )


def check_complete(session: Session, item: Item) -> None:
    """Before a brief is handed in and sent: its sign stands in the title, and what it revises may still be revised."""
    if item.kind != ItemKind.BRIEF:
        return
    brief = session.get_one(Brief, item.id)
    item.title = policy.marked(item.title, brief.mark)
    if brief.revises_id is not None:
        revised = session.get_one(Brief, brief.revises_id)
        if not BRIEF.allows(revised.state, BriefAct.REPLACE):
            raise Invalid("What it revises can't be revised any more: it was adopted, withdrawn or revised already.")


def when_published(session: Session, item: Item) -> None:
    """A brief goes to the office; an adopted text adopts its briefs."""
    if item.kind == ItemKind.BRIEF:
        _send(session, item)
    elif item.kind == ItemKind.ADOPTED_BRIEF:
        _adopt(session, item)


def keep_adopted(session: Session, item: Item) -> None:
    """What the office adopted isn't withdrawn by its unit: a text for others was made of it, and points were given."""
    if item.kind != ItemKind.BRIEF:
        return
    if session.get_one(Brief, item.id, with_for_update=True, populate_existing=True).state == BriefState.ADOPTED:
        raise Refused("The office adopted this: it stays. Ask the office to withdraw what it made of it first.")


def when_withdrawn(session: Session, item: Item) -> None:
    """A withdrawn brief leaves the editors' desk, its points go; an adopted text gives its briefs and points back."""
    if item.kind == ItemKind.BRIEF:
        brief = session.get_one(Brief, item.id, with_for_update=True, populate_existing=True)
        scoring.forget(session, brief)
        if BRIEF.allows(brief.state, BriefAct.WITHDRAW):
            brief.state = BRIEF.advance(brief.state, BriefAct.WITHDRAW)
        session.execute(
            update(BriefTopicUnit).where(BriefTopicUnit.brief_id == item.id).values(brief_id=None, fulfilled_at=None)
        )
    elif item.kind == ItemKind.ADOPTED_BRIEF:
        scoring.take_back(session, item)
        for brief in scoring.briefs_of(session, item):
            if BRIEF.allows(brief.state, BriefAct.RELEASE):
                brief.state = BRIEF.advance(brief.state, BriefAct.RELEASE)
                record(Event.BRIEF_RELEASED, subject=brief.item, adopted=item.id)
    session.flush()


def _send(session: Session, item: Item) -> None:
    brief = session.get_one(Brief, item.id, with_for_update=True, populate_existing=True)
    brief.state, brief.sent_at = BRIEF.advance(brief.state, BriefAct.SEND), now()
    joint = [row.unit_id for row in brief.joint]
    items.put_readers(item, Scope(policy.readers(units.office(session), joint)))
    if brief.topic_id is not None:
        topics.fulfil(session, brief.topic_id, (item.holder_id, *joint), item.id)
    if brief.revises_id is not None:
        _replace(session, brief.revises_id, by=item.id)
    else:
        scoring.give(session, brief, Award.SUBMISSION, (item.holder_id,))
    record(Event.BRIEF_SENT, subject=item, mark=brief.mark, title=item.title)


def _replace(session: Session, revised_id: int, *, by: int) -> None:
    """The revised draft takes the place of the one before, also in texts being made of it."""
    revised = session.get_one(Brief, revised_id, with_for_update=True, populate_existing=True)
    revised.state = BRIEF.advance(revised.state, BriefAct.REPLACE)
    being_made = select(Item.id).where(Item.state.in_((ItemState.DRAFTING, ItemState.SUBMITTED)))
    session.execute(
        update(BriefSource)
        .where(BriefSource.brief_id == revised_id, BriefSource.adopted_id.in_(being_made))
        .values(brief_id=by)
        .execution_options(synchronize_session=False)
    )


def _adopt(session: Session, adopted: Item) -> None:
    for brief in scoring.briefs_of(session, adopted):
        session.refresh(brief, with_for_update={"of": Brief})
        if not BRIEF.allows(brief.state, BriefAct.ADOPT):
            continue  # withdrawn or adopted elsewhere meanwhile
        brief.state, brief.note = BRIEF.advance(brief.state, BriefAct.ADOPT), ""
        holder = brief.item.holder_id
        scoring.give(session, brief, Award.ADOPTION, (holder,), adopted_id=adopted.id)
        if joint := [number for number in scoring.units_of(session, brief) if number != holder]:
            scoring.give(session, brief, Award.JOINT, joint, adopted_id=adopted.id)
        record(Event.BRIEF_ADOPTED, subject=brief.item, adopted=adopted.id)


def _check(session: Session, person: Person, about: Particulars) -> None:
    if (about.mark == Mark.REVISED) != (about.revises_id is not None):
        raise Invalid("A revised draft says which one it revises, and only that.", field="revises")
    if about.revises_id is not None and about.revises_id not in {one.id for one in queries.revisable(session, person)}:
        raise Invalid("Only what your unit has sent and the office has not adopted can be revised.", field="revises")
    if about.topic_id is not None and about.mark == Mark.NONE:
        raise Invalid("What was asked for is marked as commissioned.", field="mark")
    if about.topic_id is not None and about.topic_id not in {one.id for one in topics.offered(session, person)}:
        raise Invalid("Your unit wasn't asked for this topic.", field="topic")
    _check_joint(session, person, about.joint)
    if len(about.authors) > LONGEST_AUTHORS:
        raise Invalid("Names have at most %(longest)s characters.", field="authors", longest=LONGEST_AUTHORS)


def _check_joint(session: Session, person: Person, joint: Sequence[tuple[int, str]]) -> None:
    numbers = [number for number, _ in joint]
    if len(numbers) > MOST_JOINT:
        raise Invalid("At most %(most)s units report jointly.", field="joint", most=MOST_JOINT)
    if person.unit_id in numbers or len(set(numbers)) < len(numbers):
        raise Invalid("Name each joint unit once; yours is named anyway.", field="joint")
    if len(units.by_ids(session, numbers)) < len(numbers):
        raise Invalid("There is no such unit.", field="joint")
    if any(not authors.strip() or len(authors) > LONGEST_AUTHORS for _, authors in joint):
        raise Invalid("Name the authors of each joint unit (article 44).", field="joint")


def _put(session: Session, brief: Brief, about: Particulars) -> None:
    brief.mark, brief.topic_id, brief.revises_id = about.mark, about.topic_id, about.revises_id
    brief.authors = about.authors.strip()
    there = {row.unit_id: row for row in brief.joint}
    rows = []
    for place, (number, authors) in enumerate(about.joint, start=1):
        row = there.get(number) or BriefUnit(unit_id=number)
        row.position, row.authors = place, authors.strip()
        rows.append(row)
    brief.joint = rows
    session.flush()
