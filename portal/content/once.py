"""One form begins one item, however often it is sent."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.content.models import Item
from portal.core.db import session_of
from portal.core.errors import AlreadyDone
from portal.core.text import N_


class Begun(AlreadyDone):
    """The form had begun the item `item_id` before."""

    def __init__(self, item_id: int) -> None:
        super().__init__(N_("This was sent already; here it is."))
        self.item_id = item_id


def begin_once(item: Item, request_key: str) -> None:
    """Note the form an item was begun with. Raises Begun when it has begun another: it was sent twice."""
    if not request_key or item.request_key is not None:
        return
    session = session_of(item)
    try:
        with session.begin_nested():
            item.request_key = request_key
            session.flush()
    except IntegrityError:
        known = select(Item.id).where(Item.author_id == item.author_id, Item.request_key == request_key)
        raise Begun(session.scalars(known).one()) from None
