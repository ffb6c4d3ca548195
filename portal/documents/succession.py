"""What a change of a unit does to its documents: drafts go to the heir or end, sent ones get a new holder (GZ9).

Everything of the unit is found by its holder: a unit may itself have inherited from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.releasing import release
from portal.core.text import N_
from portal.documents import queries
from portal.documents.addressing import readdress_to_heirs
from portal.documents.joint import leave_out
from portal.documents.lifecycle import DOCUMENT, DocumentAct
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, PageImage, ReviewStep, TextVersion
from portal.documents.proofs import promise_proof
from portal.documents.versions import digest_of
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, ChangeKind, Disposal, Effect

BEFORE_NUMBER = (S.DRAFTING, S.REVIEWING, S.ISSUED)
UNFINISHED = (S.NUMBERED, S.FROZEN, S.SEALING, S.SEALED)
ENDED = (S.SENT, S.CANCELLED)
EXAMPLES = 5

BLOCKING = Effect(
    "documents.unfinished",
    N_("Documents numbered but not sent"),
    N_("They are sent or voided first."),
    0,
    blocking=True,
)
NEW_HEAD = Effect(
    "documents.new-head",
    N_("Drafts and documents without a number"),
    N_("They get the new red head and signature; the register of numbers goes on."),
    0,
)
NEW_DRAFTER = Effect(
    "documents.new-drafter", N_("Drafts of people who don't stay"), N_("The named receiver takes them over."), 0
)
DRAFTS_OVER = Effect(
    "documents.drafts",
    N_("Drafts and documents without a number"),
    N_("They become drafts of the heir under its red head; review begins anew."),
    0,
)
DRAFTS_END = replace(DRAFTS_OVER, fate=N_("They are cancelled and stay on record."))
DRAFTS_DESTROYED = replace(DRAFTS_OVER, fate=N_("They are cancelled, and text, versions and files are deleted."))
NO_RECEIVER = Effect(
    "documents.no-receiver",
    N_("Drafts without somebody to take them over"),
    N_("A drafter of the heir is named as the receiver first."),
    0,
    blocking=True,
)
SENT = Effect(
    "documents.sent",
    N_("Sent documents"),
    N_("The heir answers for them from then on: receipts, requests for more copies."),
    0,
)
VOID = Effect("documents.cancelled", N_("Cancelled documents"), N_("They stay on record with the heir."), 0)


def survey(session: Session, change: Change) -> list[Effect]:
    """What of the unit's documents is touched, by what becomes of it."""
    rename = change.kind is ChangeKind.RENAME
    return [
        *_row(session, BLOCKING, change, UNFINISHED),
        *_receiver_missing(session, change),
        *(
            _row(session, NEW_HEAD, change, BEFORE_NUMBER)
            if rename
            else _row(session, _fate(change), change, BEFORE_NUMBER)
        ),
        *(_row(session, NEW_DRAFTER, change, BEFORE_NUMBER, _orphaned(change)) if rename else ()),
        *(() if rename else _row(session, SENT, change, (S.SENT,))),
        *(() if rename else _row(session, VOID, change, (S.CANCELLED,))),
    ]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Do what the survey said, on locked rows."""
    held = select(Document).where(Document.holder_id == change.unit.id, Document.state.not_in(ENDED))
    open_ones = session.scalars(
        held.order_by(Document.id).with_for_update(of=Document).execution_options(populate_existing=True)
    ).all()
    effects = survey(session, change)
    for document in (one for one in open_ones if one.state in BEFORE_NUMBER):
        if change.kind is ChangeKind.RENAME:
            _put_under_new_head(document, change, actor)
        elif change.disposal is Disposal.HAND_OVER:
            _hand_over(session, document, change, actor)
        else:
            _end(session, document, change, actor)
    session.flush()
    if change.kind is not ChangeKind.RENAME:
        session.execute(
            update(Document)
            .where(Document.holder_id == change.unit.id, Document.state.in_(ENDED))
            .values(holder_id=change.heir.id)
            .execution_options(synchronize_session="fetch")
        )
    return effects


def _fate(change: Change) -> Effect:
    fates = {Disposal.HAND_OVER: DRAFTS_OVER, Disposal.ARCHIVE: DRAFTS_END, Disposal.DESTROY: DRAFTS_DESTROYED}
    return fates[change.disposal]


def _orphaned(change: Change) -> ColumnElement[bool]:
    """Drafted by somebody who doesn't go along."""
    return Document.drafter_id.not_in(change.going_on)


def _receiver_missing(session: Session, change: Change) -> list[Effect]:
    if change.receiver_id is not None or change.disposal is not Disposal.HAND_OVER:
        return []
    return _row(session, NO_RECEIVER, change, BEFORE_NUMBER, _orphaned(change))


def _row(
    session: Session, effect: Effect, change: Change, states: Sequence[S], *more: ColumnElement[bool]
) -> list[Effect]:
    where = (Document.holder_id == change.unit.id, Document.state.in_(states), *more)
    count = session.scalar(select(func.count()).select_from(Document).where(*where)) or 0
    if not count:
        return []
    titles = session.scalars(select(Document.title).where(*where).order_by(Document.id.desc()).limit(EXAMPLES))
    return [replace(effect, count=count, examples=tuple(titles))]


def _put_under_new_head(document: Document, change: Change, actor: Actor) -> None:
    document.red_head = change.red_head or document.red_head
    document.signature = change.name
    if document.drafter_id not in change.going_on and change.receiver_id is not None:
        document.drafter_id = change.receiver_id
    if document.state != S.DRAFTING:
        document.text_digest = digest_of(document)  # the desks go on with the same text under the new head
    written(document)
    record(Event.DOCUMENT_HEAD_CHANGED, subject=document, actor=actor, unit_id=document.unit_id, name=change.name)


def _hand_over(session: Session, document: Document, change: Change, actor: Actor) -> None:
    heir = change.heir
    close_desk(document, change, actor)
    document.state = DOCUMENT.advance(document.state, DocumentAct.HAND_OVER)
    document.unit_id = document.holder_id = heir.id
    if document.drafter_id not in change.going_on and change.receiver_id is not None:
        document.drafter_id = change.receiver_id
    document.red_head, document.signature = heir.red_head, heir.name
    document.declared, document.text_digest = False, None
    document.issued_by_id = document.issued_at = document.issue_date = None
    leave_out(document, heir.id)
    readdress_to_heirs(document, actor)
    own = (heir.id, change.unit.id)
    document.recipients = [item for item in document.recipients if item.unit_id not in own]
    written(document)
    session.flush()
    session.expire(document, ["unit", "holder", "drafter", "issued_by"])
    record(
        Event.DOCUMENT_INHERITED, subject=document, actor=actor, unit_id=heir.id, former=change.unit.id, heir=heir.id
    )


def _end(session: Session, document: Document, change: Change, actor: Actor) -> None:
    close_desk(document, change, actor)
    document.state = DOCUMENT.advance(document.state, DocumentAct.CLOSE)
    document.holder_id = change.heir.id
    if change.disposal is Disposal.DESTROY:
        _destroy(session, document)
    record(Event.DOCUMENT_CANCELLED, subject=document, actor=actor, unit_id=document.unit_id, reason=change.reason)


def _destroy(session: Session, document: Document) -> None:
    """Title and history stay as the record of what was destroyed."""
    images = session.scalars(select(PageImage.image).where(PageImage.document_id == document.id))
    release(session, [document.proof_digest, *images, *(file.digest for file in document.attachments)])
    document.text, document.note, document.proof_digest = "", "", None
    document.attachments.clear()
    session.execute(update(TextVersion).where(TextVersion.document_id == document.id).values(text=""))
    session.execute(delete(PageImage).where(PageImage.document_id == document.id))


def close_desk(document: Document, change: Change, actor: Actor) -> None:
    """End the open review step, if any, with the reason of the change."""
    step: ReviewStep | None = queries.open_step(document)
    if step is not None:
        step.outcome, step.opinion = "returned", change.reason
        step.done_at, step.done_by_id = now(), actor.id


def written(document: Document) -> None:
    """Count the version and promise its proof."""
    document.version += 1
    promise_proof(document)
