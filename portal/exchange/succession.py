"""What a change of a unit does to the documents that travel to it: each reaches the heir, none is lost (GZ9(3))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.documents.addressing import readdress
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document, Recipient
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Copy, Delivery, MoreCopiesRequest, PaperArrival
from portal.exchange.queries import OPEN_COPIES, WAITING
from portal.ledger.operations import Actor
from portal.units.hooks import Change, ChangeKind, Effect

IN_FLIGHT = Effect(
    "exchange.in-flight",
    N_("Documents on their way to the unit"),
    N_("They reach the heir's inbox with their marks, quotas and reminders."),
    0,
)
ENDED = Effect(
    "exchange.ended",
    N_("Documents received, returned or recalled"),
    N_("The heir keeps them; copies still allowed can be printed there."),
    0,
)
ASKED = Effect("exchange.requests", N_("Unanswered requests for more copies"), N_("The answer goes to the heir."), 0)
NAMED = Effect(
    "exchange.recipient",
    N_("Unsent documents of others addressed to the unit"),
    N_("Drafts are readdressed to the heir; what is submitted already reaches the heir when it is sent."),
    0,
)
ON_PAPER = Effect(
    "exchange.paper",
    N_("Arrivals on paper"),
    N_("The heir sees them, and settles what came one way only."),
    0,
)
COPYING = Effect(
    "exchange.copies",
    N_("Copies being made"),
    N_("They are finished first; it takes a few seconds."),
    0,
    blocking=True,
)
UNSENT = tuple(state for state in DocumentState if state not in (DocumentState.SENT, DocumentState.CANCELLED))
EXAMPLES = 5


def survey(session: Session, change: Change) -> list[Effect]:
    """Deliveries by whether they are ended, and where the unit is named as a recipient."""
    of_unit = Delivery.holder_id == change.unit.id
    copying = select(Copy.id).join(Copy.delivery).where(of_unit, Copy.state.in_(OPEN_COPIES))
    rows = [_row(session, COPYING, select(Document.title).join(Delivery).join(Copy).where(Copy.id.in_(copying)))]
    if change.kind is not ChangeKind.RENAME:
        titles = select(Document.title).join(Delivery, Delivery.document_id == Document.id).where(of_unit)
        asked = select(Document.title).join(Delivery).join(MoreCopiesRequest).where(of_unit)
        ended = [state for state in DeliveryState if state not in WAITING]
        rows += [
            _row(session, IN_FLIGHT, titles.where(Delivery.state.in_(WAITING))),
            _row(session, ENDED, titles.where(Delivery.state.in_(ended))),
            _row(session, ASKED, asked.where(MoreCopiesRequest.answer.is_(None))),
            _row(session, ON_PAPER, select(PaperArrival.title).where(PaperArrival.holder_id == change.unit.id)),
            _row(session, NAMED, select(Document.title).join(Recipient).where(*_naming(change))),
        ]
    return [row for row in rows if row.count]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Make the heir the holder of every delivery, and the recipient of drafts that name the unit."""
    locked = select(Delivery.id).where(Delivery.holder_id == change.unit.id).order_by(Delivery.id)
    session.scalars(locked.with_for_update(of=Delivery)).all()
    effects = survey(session, change)
    if change.kind is ChangeKind.RENAME:
        return effects
    for table in (Delivery, PaperArrival):
        session.execute(
            update(table)
            .where(table.holder_id == change.unit.id)
            .values(holder_id=change.heir.id)
            .execution_options(synchronize_session="fetch")
        )
    for document in _drafts_naming(session, change):
        readdress(document, change.unit, change.heir, actor)
    session.flush()
    return effects


def _naming(change: Change) -> tuple[ColumnElement[bool], ...]:
    return (Recipient.unit_id == change.unit.id, Document.state.in_(UNSENT), Document.holder_id != change.unit.id)


def _drafts_naming(session: Session, change: Change) -> Sequence[Document]:
    # Drafts that have just become the heir's may name the unit as well.
    return session.scalars(
        select(Document)
        .join(Recipient)
        .where(Recipient.unit_id == change.unit.id, Document.state == DocumentState.DRAFTING)
        .order_by(Document.id)
        .with_for_update(of=Document)
        .execution_options(populate_existing=True)
    ).all()


def _row(session: Session, effect: Effect, titles: Select[str]) -> Effect:
    count = session.scalar(select(func.count()).select_from(titles.subquery())) or 0
    examples = tuple(session.scalars(titles.limit(EXAMPLES)).all()) if count else ()
    return replace(effect, count=count, examples=examples)
