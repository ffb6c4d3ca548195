"""The trail of a delivery or circulation in words: who gave it to whom, when, and what each added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from portal.content import readers
from portal.content.models import Item, ItemReading
from portal.content.readers import Key
from portal.notices.models import CirculationStep
from portal.notices.passing import steps_of

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
    """A step as it is read; `read_at`: when it was first opened there."""

    step: CirculationStep
    receiver: str
    read_at: datetime | None
    forwarded: bool


def trail(session: Session, item: Item) -> list[TrailLine]:
    """All steps of an item, in a few statements however many they are."""
    steps = steps_of(session, item, *_PEOPLE)
    keys = [Key.read(step.key) for step in steps]
    names = readers.names_for(session, keys)
    opened = _opened(session, item, keys)
    return [
        TrailLine(
            step,
            names.get((key.of, key.value), gettext("(gone)")),
            opened.get(str(key)),
            forwarded=step.position == 0,
        )
        for step, key in zip(steps, keys, strict=True)
    ]


def _opened(session: Session, item: Item, keys: Sequence[Key]) -> dict[str, datetime]:
    """When each person opened it, and each unit's first."""
    people = [int(key.value) for key in keys if key.of == "person"]
    units = [int(key.value) for key in keys if key.of == "unit"]
    own = select(ItemReading.person_id, ItemReading.read_at).where(
        ItemReading.item_id == item.id, ItemReading.person_id.in_(people)
    )
    theirs = (
        select(ItemReading.unit_id, func.min(ItemReading.read_at))
        .where(ItemReading.item_id == item.id, ItemReading.unit_id.in_(units))
        .group_by(ItemReading.unit_id)
    )
    found = {f"person:{number}": at for number, at in session.execute(own)} if people else {}
    return found | ({f"unit:{number}": at for number, at in session.execute(theirs)} if units else {})
