"""What notices, deliveries and circulations put on a desk (M-7, M-8, M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, or_, select

from portal.content import feeds, queries, readers
from portal.content.kinds import ItemKind, kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.db import session_of
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.notices.models import CirculationStep, NoticeReminder
from portal.notices.queries import KINDS, newest_passed
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.units.models import Unit

READ_NOW, TO_READ, STUCK, NOTICES, PASSED = "read-now", "circulated", "circulating", "notices", "passed"
PASSED_NOW = "read-now-passed"
"""Urgent like `READ_NOW`, with a list of its own."""
HANDED_OVER = "notices.passed"
SECTIONS = (
    SectionKind(READ_NOW, N_("To read now"), "bell", Part.TODO, "notices.index", 95, tone="warn"),
    SectionKind(PASSED_NOW, N_("To read now"), "send", Part.TODO, HANDED_OVER, 94, tone="warn"),
    SectionKind(TO_READ, N_("Circulated to you"), "repeat", Part.TODO, HANDED_OVER, 96),
    SectionKind(STUCK, N_("Circulations that stand still"), "hourglass", Part.WATCH, "notices.written", 155, own=True),
    SectionKind(NOTICES, N_("Notices"), "bell", Part.NEWS, "notices.index", 225),
    SectionKind(PASSED, N_("Delivered to you"), "send", Part.NEWS, HANDED_OVER, 226),
)
SHOWN = 20
STUCK_AFTER = timedelta(days=2)
"""After that long without a word the sender is told, who can remind or let the next one read."""
_REMINDED = "reminded"


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that notices fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Notices and deliveries not opened, circulations not finished, and one's own that stand still."""
    if person.may(P.CONTENT_VIEW):
        keys = readers.keys_of(session_of(person), person)
        yield Pile(NOTICES, _unread(NOTICES, feeds.newest(keys, person.id, KINDS, limit=SHOWN, unread=True)), _line)
        yield Pile(PASSED, _unread(PASSED, newest_passed(person, limit=SHOWN, unread=True)), _passed_line)
        yield Pile(TO_READ, _to_read(person), _circulated_line)
    if person.may(P.CONTENT_WRITE):
        yield Pile(STUCK, _stuck(person), _stuck_line)


def _unread(pile: str, newest: Select[Any]) -> Select[Any]:
    new = newest.subquery()
    columns = found(
        pile,
        id=Item.id,
        title=Item.title,
        at=Item.published_at,
        party=Unit.short_name,
        urgency=Item.urgency,
        state=Item.kind,
        mark=case((_reminded(), _REMINDED), else_=""),
    )
    rows = select(*columns).join_from(new, Item, Item.id == new.c.item_id).join(Unit, Unit.id == Item.unit_id)
    return rows.order_by(Item.published_at.desc())


def _reminded() -> ColumnElement[bool]:
    return exists().where(NoticeReminder.item_id == Item.id)


def _line(row: Found) -> Line:
    """The most urgent and those whose sender reminded are to be read now, the others are news."""
    section = READ_NOW if row.mark == _REMINDED or row.urgency == "特急" else NOTICES
    return _item_line(section, row)


def _passed_line(row: Found) -> Line | None:
    if row.state == ItemKind.CIRCULATION:
        return None  # waits for a word, as work
    return _item_line(PASSED_NOW if row.mark == _REMINDED or row.urgency == "特急" else PASSED, row)


def _item_line(section: str, row: Found) -> Line:
    endpoint = kind_of(row.state).endpoint
    return Line(
        section, row.title, endpoint, {"item_id": row.id}, row.at, party=row.party or "", urgency=row.urgency,
        state=N_("The sender reminds you.") if row.mark == _REMINDED else "",
    )  # fmt: skip


def _to_read(person: Person) -> Select[Any]:
    """Circulations that have reached the person or their unit and wait for a word."""
    keys = (f"person:{person.desk_id}", f"unit:{person.unit_id}")
    columns = found(
        TO_READ,
        id=Item.id,
        title=Item.title,
        at=CirculationStep.begun_at,
        party=Person.name,
        urgency=Item.urgency,
        state=Item.kind,
        mark=case((_reminded(), _REMINDED), else_=""),
    )
    rows = select(*columns).join_from(CirculationStep, Item, Item.id == CirculationStep.item_id)
    return (
        rows.join(Person, Person.id == CirculationStep.giver_id)
        .where(CirculationStep.key.in_(keys), CirculationStep.done_at.is_(None), CirculationStep.begun_at.is_not(None))
        .where(Item.kind == ItemKind.CIRCULATION, Item.state == ItemState.PUBLISHED)
        .where(or_(CirculationStep.key == keys[0], ~_has_own_step(person)))
        .order_by(CirculationStep.begun_at)
    )


def _has_own_step(person: Person) -> ColumnElement[bool]:
    """Whoever is named beside their unit has one thing to do, not two."""
    own = CirculationStep.__table__.alias("own")
    mine = own.c.key == f"person:{person.desk_id}"
    return exists().where(own.c.item_id == Item.id, mine, own.c.begun_at.is_not(None))


def _circulated_line(row: Found) -> Line:
    return _item_line(TO_READ, row)


def _stuck(person: Person) -> Select[Any]:
    """The person's own circulations where somebody has had one for days without a word."""
    waits = exists().where(
        CirculationStep.item_id == Item.id,
        CirculationStep.done_at.is_(None),
        CirculationStep.begun_at < moment(STUCK_AFTER),
    )
    columns = found(STUCK, id=Item.id, title=Item.title, at=Item.published_at, urgency=Item.urgency, state=Item.kind)
    return (
        select(*columns)
        .where(queries.mine(person), Item.kind == ItemKind.CIRCULATION, Item.state == ItemState.PUBLISHED, waits)
        .order_by(Item.id)
    )


def _stuck_line(row: Found) -> Line:
    return replace(_item_line(STUCK, row), late=True)
