"""What of a drafter's documents waits when they leave, and handing it to another drafter (A-7)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.core.text import N_
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.roles import Role

DRAFTS, UNDER_WAY = "documents.drafts", "documents.under-way"
LABELS = {DRAFTS: N_("Drafts and returned drafts"), UNDER_WAY: N_("Documents under way that the person drafted")}
EXAMPLES = 3


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Drafts, and what was drafted and isn't sent yet: a reviewer may return it to its drafter at any time."""
    found = []
    for key, label in LABELS.items():
        count = session.scalar(select(func.count(Document.id)).where(_of(person, key))) or 0
        titles = session.scalars(select(Document.title).where(_of(person, key)).order_by(Document.id).limit(EXAMPLES))
        found.append(OpenWork(key, label, count, tuple(titles), roles=frozenset({Role.DRAFTER})))
    return found


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Make the successor the drafter; review steps and versions keep the names of those who did them."""
    if key not in LABELS:
        return 0
    if successor is None:
        raise Refused("Drafts need a successor.")
    rows = session.scalars(select(Document).where(_of(person, key)).with_for_update(of=Document)).all()
    for document in rows:
        document.drafter_id = successor.id
        record(Event.DOCUMENT_HANDED_OVER, actor=actor, subject=document, before=person.name, drafter=successor.name)
    session.flush()
    return len(rows)


def _of(person: Person, key: str) -> ColumnElement[bool]:
    drafting = Document.state == DocumentState.DRAFTING
    ended = (DocumentState.DRAFTING, DocumentState.SENT, DocumentState.CANCELLED)
    return and_(
        Document.drafter_id == person.id,
        Document.holder_id == person.unit_id,
        drafting if key == DRAFTS else Document.state.not_in(ended),
    )
