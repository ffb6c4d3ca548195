"""The trail of a delivery or circulation in words: who gave it to whom, when, and what each added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload

from portal.content import readers
from portal.content.models import Item, ItemReading
from portal.content.readers import Key
from portal.notices.models import CirculationStep
from portal.notices.passing import steps_of
from portal.people.models import Person

_PEOPLE = [
    selectinload(column)
    for column in (
        CirculationStep.giver,
        CirculationStep.giver_for,
        CirculationStep.done_by,
        CirculationStep.done_for,
    )
]


@dataclass(frozen=True)
class TrailLine:
    """A step as it is read; `read_at`: when it was first opened there; `read_for`: by whom, in somebody's stead."""

    step: CirculationStep
    receiver: str
    read_at: datetime | None
    read_for: str
    forwarded: bool


def trail(session: Session, item: Item) -> list[TrailLine]:
    """All steps of an item, in a few statements however many they are."""
    steps = steps_of(session, item, *_PEOPLE)
    keys = [Key.read(step.key) for step in steps]
    names = readers.names_for(session, keys)
    opened = _opened(session, item, keys)
    lines = []
    for step, key in zip(steps, keys, strict=True):
        read_at, read_for = opened.get(str(key), (None, ""))
        receiver = names.get((key.of, key.value), gettext("(gone)"))
        lines.append(TrailLine(step, receiver, read_at, read_for, forwarded=step.position == 0))
    return lines


def _opened(session: Session, item: Item, keys: Sequence[Key]) -> dict[str, tuple[datetime, str]]:
    """When each person opened it, or who did for them; and when each unit's first."""
    people = [int(key.value) for key in keys if key.of == "person"]
    units = [int(key.value) for key in keys if key.of == "unit"]
    return {**_for_people(session, item, people), **(_in_units(session, item, units) if units else {})}


def _for_people(session: Session, item: Item, people: Sequence[int]) -> dict[str, tuple[datetime, str]]:
    if not people:
        return {}
    whose = case((ItemReading.person_for_id.in_(people), ItemReading.person_for_id), else_=ItemReading.person_id)
    rows = session.execute(
        select(whose, ItemReading.read_at, Person.name, ItemReading.person_for_id)
        .join(Person, Person.id == ItemReading.person_id)
        .where(ItemReading.item_id == item.id, whose.in_(people))
        .order_by(ItemReading.read_at.desc())  # the first stays
    )
    return {f"person:{number}": (at, name if stood_in else "") for number, at, name, stood_in in rows}


def _in_units(session: Session, item: Item, units: Sequence[int]) -> dict[str, tuple[datetime, str]]:
    rows = session.execute(
        select(ItemReading.unit_id, func.min(ItemReading.read_at))
        .where(ItemReading.item_id == item.id, ItemReading.unit_id.in_(units))
        .group_by(ItemReading.unit_id)
    )
    return {f"unit:{number}": (at, "") for number, at in rows}
