"""What the worker does for items: their pages as a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pikepdf
from sqlalchemy.orm import Session

from portal.content import feeds, hooks, texts
from portal.content.models import Item
from portal.core import paper
from portal.core.jobs import Queue, enqueue, job
from portal.core.runtime import Runtime

TYPESET_JOB = "portal.content.jobs.typeset_item"


def ask_pages(session: Session, item: Item) -> None:
    """Have the worker set the pages of an item anew."""
    item.pdf_digest = None
    session.flush()
    enqueue(session, Queue.WORK, TYPESET_JOB, item_id=item.id)


@dataclass(frozen=True)
class Pages:
    """Pages that were set: of which state of the item, how many, and where they lie."""

    state: str
    count: int
    digest: str


def _set(work: Runtime, session: Session, *, item_id: int) -> Pages:
    item = session.get_one(Item, item_id)
    made = next((page for page in hooks.paper.call(session, item) if page is not None), None)
    template, values = made or ("item.html", {})
    state = item.state
    pdf = paper.render(template, item=item, body=texts.html(item.text), **values)
    with pikepdf.open(BytesIO(pdf)) as read:
        count = len(read.pages)
    return Pages(state, count, work.store.put(BytesIO(pdf)).digest)


@job(prepare=_set)
def typeset_item(_work: Runtime, session: Session, pages: Pages | None = None, *, item_id: int) -> None:
    """Keep the pages of an item."""
    if pages is not None:
        keep_pages(session, pages, item_id)


def keep_pages(session: Session, pages: Pages, item_id: int) -> None:
    """Keep them unless the item moved on meanwhile: a proof must not stand in for what was published."""
    item = session.get_one(Item, item_id, with_for_update={"of": Item})
    if pages.state == item.state:
        item.pdf_digest = pages.digest
        hooks.typeset.call(session, item, pages.count)


@job()
def end_shown(_work: Runtime, session: Session) -> None:
    """Take what has run out from the feeds."""
    feeds.take_out(session)
