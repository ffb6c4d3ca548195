"""What government information puts on a desk: topics due, briefs that came back, briefs to edit (M-5, M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import cast
from sqlalchemy.types import String

from portal.briefs import queries, topics
from portal.briefs.models import Brief, BriefTopic
from portal.content.models import Item
from portal.core.clock import CITY_ZONE, now
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit

TOPICS, RETURNED, EDIT = "briefs-topics", "briefs-returned", "briefs-to-edit"
SECTIONS = (
    SectionKind(TOPICS, N_("Topics the office asks for"), "message", Part.TODO, "briefs.topic_list", 132),
    SectionKind(
        RETURNED,
        N_("Information returned by the office"),
        "arrow-back-up",
        Part.TODO,
        "briefs.written",
        133,
        tone="warn",
    ),
    SectionKind(EDIT, N_("Government information to edit"), "pencil", Part.TODO, "briefs.desk", 134),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that government information fills."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """What lies before whoever writes for the unit or edits for the office."""
    if person.may(P.CONTENT_WRITE):
        columns = found(
            TOPICS,
            id=BriefTopic.id,
            title=BriefTopic.title,
            at=BriefTopic.asked_at,
            mark=cast(BriefTopic.due_on, String),
        )
        rows = topics.owed(person).with_only_columns(*columns, maintain_column_froms=True)
        yield Pile(TOPICS, rows.order_by(BriefTopic.due_on, BriefTopic.id), _topic)
        columns = found(RETURNED, id=Item.id, title=Item.title, at=Brief.sent_at)
        rows = queries.returned(person).with_only_columns(*columns, maintain_column_froms=True)
        yield Pile(RETURNED, rows.order_by(Item.id), _returned)
    if person.may(P.BRIEFS_EDIT):
        columns = found(EDIT, id=Item.id, title=Item.title, at=Brief.sent_at, party=Unit.short_name)
        rows = queries.to_edit(person).join(Unit, Unit.id == Item.unit_id)
        rows = rows.with_only_columns(*columns, maintain_column_froms=True)
        yield Pile(EDIT, rows.order_by(Item.id), _to_edit)


def _topic(row: Found) -> Line:
    due = datetime.combine(date.fromisoformat(row.mark or "") + timedelta(days=1), time(), CITY_ZONE)
    return Line(TOPICS, row.title, "briefs.topic", {"topic_id": row.id}, row.at, late=due <= now(), due=due)


def _returned(row: Found) -> Line:
    return Line(RETURNED, row.title, "briefs.brief", {"item_id": row.id}, row.at)


def _to_edit(row: Found) -> Line:
    return Line(EDIT, row.title, "briefs.brief", {"item_id": row.id}, row.at, party=row.party or "")
