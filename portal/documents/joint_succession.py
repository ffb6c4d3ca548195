"""What a change of a unit does to documents it issues with others: its heir takes the place (D-4, GZ9).

Where the heir has a part in the document already, or only keeps what the unit leaves, the text itself is wrong now: it
goes back to its drafter. What is numbered bears the unit's name and waits for the seal of that name, so it is sent or
voided first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.documents.joint import leave_out
from portal.documents.lifecycle import DOCUMENT, DocumentAct
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, JointUnit, ReviewStep
from portal.documents.routes import StepKind
from portal.documents.succession import BEFORE_NUMBER, ENDED, EXAMPLES, UNFINISHED, close_desk, written
from portal.documents.versions import digest_of
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, ChangeKind, Disposal, Effect
from portal.units.models import Unit

BLOCKING = Effect(
    "documents.joint-unfinished",
    N_("Joint documents of other units, numbered but not sent"),
    N_("They are sent or voided first."),
    0,
    blocking=True,
)
JOINED = Effect(
    "documents.joint",
    N_("Drafts of other units that the unit issues with them"),
    N_("The heir takes the unit's place; where it can't, the document goes back to its drafter."),
    0,
)
RENAMED = replace(JOINED, fate=N_("They get the new mark and signature; the signatures stand."))
KEPT = Effect(
    "documents.joint-ended",
    N_("Joint documents of other units, sent or cancelled"),
    N_("The heir sees them from then on."),
    0,
)


def survey(session: Session, change: Change) -> list[Effect]:
    """What of other units' documents is touched."""
    rename = change.kind is ChangeKind.RENAME
    return [
        *_row(session, BLOCKING, change, UNFINISHED),
        *_row(session, RENAMED if rename else JOINED, change, BEFORE_NUMBER),
        *(() if rename else _row(session, KEPT, change, ENDED)),
    ]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Do what the survey said, on locked rows."""
    rows = _joined(change, BEFORE_NUMBER).order_by(Document.id).with_for_update(of=Document)
    drafts = session.scalars(rows.execution_options(populate_existing=True)).all()
    effects = survey(session, change)
    for document in drafts:
        place = next(item for item in document.joint if item.unit_id == change.unit.id)
        if change.kind is ChangeKind.RENAME:
            _put_under_new_head(document, place, change, actor)
        elif change.disposal is not Disposal.HAND_OVER or change.heir.id in _parties(document):
            _give_up_place(session, document, place, change, actor)
        else:
            _take_place(document, place, change, actor)
    if change.kind is not ChangeKind.RENAME:
        _keep(session, change)
    session.flush()
    return effects


def _joined(change: Change, states: Sequence[S]) -> Select[Document]:
    """Other units' documents in which the unit has a place."""
    return (
        select(Document)
        .join(JointUnit, JointUnit.document_id == Document.id)
        .where(JointUnit.holder_id == change.unit.id, Document.state.in_(states))
    )


def _row(session: Session, effect: Effect, change: Change, states: Sequence[S]) -> list[Effect]:
    found = _joined(change, states)
    count = session.scalar(found.with_only_columns(func.count())) or 0
    if not count:
        return []
    titles = session.scalars(found.with_only_columns(Document.title).order_by(Document.id.desc()).limit(EXAMPLES))
    return [replace(effect, count=count, examples=tuple(titles))]


def _parties(document: Document) -> set[int | None]:
    return {document.holder_id, *document.issuer_ids, *(item.unit_id for item in document.recipients)}


def _put_under_new_head(document: Document, place: JointUnit, change: Change, actor: Actor) -> None:
    """The desks go on with the same text under the new head, as in the unit's own documents."""
    place.red_head, place.signature = change.red_head or place.red_head, change.name
    _go_on(document)
    record(Event.DOCUMENT_HEAD_CHANGED, subject=document, actor=actor, unit_id=document.unit_id, name=change.name)


def _take_place(document: Document, place: JointUnit, change: Change, actor: Actor) -> None:
    """The heir stands where the unit stood; what the unit's leader has signed stays signed."""
    heir: Unit = change.heir
    place.unit, place.unit_id, place.holder_id = heir, heir.id, heir.id
    place.red_head, place.signature = heir.red_head, heir.name
    for step in _countersignings(document, change):
        step.unit_id = heir.id
    _go_on(document)
    _record_heir(document, change, actor)


def _give_up_place(session: Session, document: Document, place: JointUnit, change: Change, actor: Actor) -> None:
    """One unit fewer: the text is decided about anew."""
    leave_out(document, place.unit_id)
    close_desk(document, change, actor)
    if document.state != S.DRAFTING:
        document.state = DOCUMENT.advance(document.state, DocumentAct.HAND_OVER)
    document.declared, document.text_digest = False, None
    document.issued_by_id = document.issued_at = document.issue_date = None
    written(document)
    session.flush()
    session.expire(document, ["issued_by"])
    _record_heir(document, change, actor)


def _countersignings(document: Document, change: Change) -> list[ReviewStep]:
    """The unit's steps: the open one waits for the heir's leader, a signed one counts as the heir's."""
    own = (step for step in document.steps if step.kind == StepKind.COUNTERSIGN and step.unit_id == change.unit.id)
    return [step for step in own if step.outcome != "returned"]


def _go_on(document: Document) -> None:
    if document.state != S.DRAFTING:
        document.text_digest = digest_of(document)
    written(document)


def _keep(session: Session, change: Change) -> None:
    """The heir sees what was issued jointly; name and seal on it stay those of the day."""
    ended = select(Document.id).where(Document.state.in_(ENDED))
    session.execute(
        update(JointUnit)
        .where(JointUnit.holder_id == change.unit.id, JointUnit.document_id.in_(ended))
        .values(holder_id=change.heir.id)
        .execution_options(synchronize_session="fetch")
    )


def _record_heir(document: Document, change: Change, actor: Actor) -> None:
    record(
        Event.DOCUMENT_PLACE_INHERITED,
        subject=document,
        actor=actor,
        unit_id=document.unit_id,
        former=change.unit.id,
        heir=change.heir.id,
    )
