"""Noting who opened an item, beside the page and never in its way."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from portal.content.kinds import kind_of
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemReading
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import Person


def note_reading(work: Runtime, item: Item, person: Person) -> None:
    """Keep that the person opened a published item, the first time, in a small transaction of its own.

    What lies on the desk of somebody else is read for them: the note names both. All else whoever stands in reads for
    themselves.
    """
    if item.state != ItemState.PUBLISHED:
        return
    number, person_id, unit_id = item.id, person.id, person.unit_id
    read_for = person.desk_id if person.acting and person.roles & kind_of(item.kind).desk else None
    try:
        with unit_of_work(work.engine) as session:
            if session.get(ItemReading, (number, person_id)) is None:
                session.add(_noted(number, person_id, unit_id, read_for))
    except IntegrityError:
        pass  # opened in two windows at once: the other one noted it


def _noted(item_id: int, person_id: int, unit_id: int, person_for_id: int | None) -> ItemReading:
    return ItemReading(
        item_id=item_id, person_id=person_id, person_for_id=person_for_id, unit_id=unit_id, read_at=now()
    )
