"""What the worker does for items: their pages as a PDF."""

from __future__ import annotations

from io import BytesIO

from sqlalchemy.orm import Session

from portal.content import hooks, texts
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


def _set(work: Runtime, session: Session, *, item_id: int) -> str:
    item = session.get_one(Item, item_id)
    made = next((page for page in hooks.paper.call(session, item) if page is not None), None)
    template, values = made or ("item.html", {})
    pdf = paper.render(template, item=item, body=texts.html(item.text), **values)
    return work.store.put(BytesIO(pdf)).digest


@job(prepare=_set)
def typeset_item(_work: Runtime, session: Session, digest: str | None = None, *, item_id: int) -> None:
    """Keep the pages of an item."""
    item = session.get_one(Item, item_id, with_for_update={"of": Item})
    if digest is not None:
        item.pdf_digest = digest
