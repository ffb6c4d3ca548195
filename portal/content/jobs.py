"""What the worker does for items: their pages as a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import BytesIO

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import feeds, hooks, texts
from portal.content.models import Item
from portal.core import paper
from portal.core.jobs import PendingJob, Queue, enqueue, job
from portal.core.releasing import release
from portal.core.runtime import Runtime

TYPESET_JOB = "portal.content.jobs.typeset_item"


class Setting(StrEnum):
    """What became of the pages of an item that were asked for."""

    SET = "set"
    WAITING = "waiting"
    FAILED = "failed"


def ask_pages(session: Session, item: Item) -> None:
    """Have the worker set the pages of an item anew."""
    release(session, [item.pdf_digest])
    item.pdf_digest = None
    for promise in _promises(session, item):
        if promise.given_up_at is not None:
            session.delete(promise)
    session.flush()
    enqueue(session, Queue.WORK, TYPESET_JOB, item_id=item.id)


def setting_of(session: Session, item: Item) -> Setting:
    """Whether an item's pages are there, still being set, or given up: then they can be asked for again."""
    if item.pdf_digest is not None:
        return Setting.SET
    waiting = any(promise.given_up_at is None for promise in _promises(session, item))
    return Setting.WAITING if waiting else Setting.FAILED


def _promises(session: Session, item: Item) -> list[PendingJob]:
    rows = session.scalars(select(PendingJob).where(PendingJob.function == TYPESET_JOB))
    return [row for row in rows if row.arguments == {"item_id": item.id}]


@dataclass(frozen=True)
class Pages:
    """Pages that were set: of what, how many, and where they lie."""

    content: str
    count: int
    digest: str


def _set(work: Runtime, session: Session, *, item_id: int) -> Pages:
    item = session.get_one(Item, item_id)
    made = next((page for page in hooks.paper.call(session, item) if page is not None), None)
    template, values = made or ("item.html", {})
    content = _content(item)
    pdf = paper.render(template, item=item, body=texts.html(item.text), **values)
    with pikepdf.open(BytesIO(pdf)) as read:
        count = len(read.pages)
    return Pages(content, count, work.store.put(BytesIO(pdf)).digest)


@job(prepare=_set)
def typeset_item(_work: Runtime, session: Session, pages: Pages | None = None, *, item_id: int) -> None:
    """Keep the pages of an item."""
    if pages is not None:
        keep_pages(session, pages, item_id)


def keep_pages(session: Session, pages: Pages, item_id: int) -> None:
    """Keep them if they show the item as it stands: an old proof stands in neither for a new one nor for the final
    pages. What changed while the first were being set is set again."""
    item = session.get_one(Item, item_id, with_for_update={"of": Item}, populate_existing=True)
    session.refresh(item, ["parts", "files"])
    if pages.content == _content(item):
        release(session, [item.pdf_digest] if item.pdf_digest != pages.digest else [])
        item.pdf_digest = pages.digest
        hooks.typeset.call(session, item, pages.count)
        return
    release(session, [pages.digest])
    if item.pdf_digest is None:
        enqueue(session, Queue.WORK, TYPESET_JOB, item_id=item.id)


def _content(item: Item) -> str:
    """What tells two versions of an item apart, its parts included."""
    told = [
        (one.id, one.state, one.version, one.position, one.title, one.text, [file.digest for file in one.files])
        for one in (item, *item.parts)
    ]
    return sha256(repr(told).encode()).hexdigest()


@job()
def end_shown(_work: Runtime, session: Session) -> None:
    """Take what has run out from the feeds."""
    feeds.take_out(session)
