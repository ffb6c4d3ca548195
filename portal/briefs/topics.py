"""Topics the office asks units to write on 约稿, and who has (M-5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.briefs.models import BriefTopic, BriefTopicUnit
from portal.briefs.policy import require_editor
from portal.content.said import said
from portal.core.clock import now, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_TITLE = 180
LONGEST_TOPIC = 4000
MOST_UNITS = 300
PAGE = 50


def commission(
    session: Session, person: Person, title: str, text: str, unit_ids: Sequence[int], due_on: date
) -> BriefTopic:
    """Ask units to write on a topic. Raises Denied, Invalid, AlreadyDone for the same topic asked twice."""
    require_editor(person)
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid("A title has 1 to %(longest)s characters.", field="title", longest=LONGEST_TITLE)
    text = said(text, "text", LONGEST_TOPIC, needed=False)
    if due_on < today():
        raise Invalid("The day lies in the past.", field="due_on")
    units = list(dict.fromkeys(unit_ids))
    if not 1 <= len(units) <= MOST_UNITS:
        raise Invalid("Name 1 to %(most)s units.", field="units", most=MOST_UNITS)
    same = (BriefTopic.title == title, BriefTopic.due_on == due_on, BriefTopic.closed_at.is_(None))
    if session.scalar(select(BriefTopic.id).where(*same)) is not None:
        raise AlreadyDone("This topic was asked for already.")
    topic = BriefTopic(
        title=title,
        text=said(text, "text", LONGEST_TOPIC, needed=False),
        due_on=due_on,
        asked_by_id=person.id,
        asked_at=now(),
    )
    topic.units = [BriefTopicUnit(unit_id=number) for number in units]
    session.add(topic)
    session.flush()
    record(Event.BRIEF_TOPIC_ASKED, subject=topic, actor=person, title=title, units=units, due=due_on.isoformat())
    return topic


def close(topic: BriefTopic, person: Person) -> None:
    """No more is wanted: the topic leaves the desks of those who haven't written."""
    require_editor(person)
    session_of(topic).refresh(topic, with_for_update={"of": BriefTopic})
    if topic.closed_at is not None:
        raise AlreadyDone("This was done already.")
    topic.closed_at = now()
    record(Event.BRIEF_TOPIC_CLOSED, subject=topic, actor=person)


def fulfil(session: Session, topic_id: int, unit_ids: Sequence[int], brief_id: int) -> None:
    """A brief that names the topic was sent: the units it speaks for have written."""
    rows = select(BriefTopicUnit).where(BriefTopicUnit.topic_id == topic_id, BriefTopicUnit.unit_id.in_(unit_ids))
    for row in session.scalars(rows.where(BriefTopicUnit.fulfilled_at.is_(None)).with_for_update(of=BriefTopicUnit)):
        row.brief_id, row.fulfilled_at = brief_id, now()
    session.flush()


def visible(person: Person) -> Select[BriefTopic]:
    """Topics the person may know of: all for editors, those of the unit for whoever writes there."""
    statement = select(BriefTopic)
    if person.may(Permission.BRIEFS_EDIT):
        return statement
    asked = select(BriefTopicUnit.topic_id).where(BriefTopicUnit.unit_id == person.unit_id)
    return statement.where(BriefTopic.id.in_(asked))


def listed(
    session: Session, person: Person, before: int | None = None, *, open_only: bool = False
) -> tuple[Sequence[BriefTopic], bool]:
    """Topics, newest first, and whether there are older ones."""
    statement = visible(person).options(selectinload(BriefTopic.units)).order_by(BriefTopic.id.desc())
    if before is not None:
        statement = statement.where(BriefTopic.id < before)
    if open_only:
        statement = statement.where(BriefTopic.closed_at.is_(None))
    rows = session.scalars(statement.limit(PAGE + 1)).all()
    return rows[:PAGE], len(rows) > PAGE


def get_topic(session: Session, person: Person, topic_id: int) -> BriefTopic:
    """A topic the person may know of. Raises NotFound."""
    units = joinedload(BriefTopic.units).joinedload(BriefTopicUnit.unit)
    topic = session.scalars(visible(person).where(BriefTopic.id == topic_id).options(units)).unique().one_or_none()
    if topic is None:
        raise NotFound("There is no such topic, or your unit wasn't asked.")
    return topic


def offered(session: Session, person: Person) -> Sequence[BriefTopic]:
    """Open topics a brief of the person's unit may name, by deadline."""
    mine = (BriefTopicUnit.unit_id == person.unit_id, BriefTopic.closed_at.is_(None))
    statement = select(BriefTopic).join(BriefTopic.units).where(*mine).order_by(BriefTopic.due_on, BriefTopic.id)
    return session.scalars(statement.options(contains_eager(BriefTopic.units)).limit(100)).unique().all()


def owed(person: Person) -> Select[Any]:
    """What the person's unit was asked for and hasn't sent."""
    return (
        select(BriefTopicUnit)
        .join(BriefTopic, BriefTopic.id == BriefTopicUnit.topic_id)
        .where(
            BriefTopicUnit.unit_id == person.unit_id,
            BriefTopicUnit.fulfilled_at.is_(None),
            BriefTopic.closed_at.is_(None),
        )
    )
