"""Noting who opened an item, beside the page and never in its way."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemReading
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import Person


def note_reading(work: Runtime, item: Item, person: Person) -> None:
    """Keep that the person opened a published item, the first time, in a small transaction of its own.

    Whoever stands in for another reads for themselves: the note names who saw it.
    """
    if item.state != ItemState.PUBLISHED:
        return
    number, person_id, unit_id = item.id, person.id, person.unit_id
    try:
        with unit_of_work(work.engine) as session:
            if session.get(ItemReading, (number, person_id)) is None:
                session.add(ItemReading(item_id=number, person_id=person_id, unit_id=unit_id, read_at=now()))
    except IntegrityError:
        pass  # opened in two windows at once: the other one noted it
