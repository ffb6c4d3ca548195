"""What the pages of a document show: its whole life as steps, its history, what the reader may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.documents import policy, queries
from portal.documents.checklist import Finding
from portal.documents.joint import signatures
from portal.documents.kinds import Direction
from portal.documents.lifecycle import DOCUMENT, DocumentAct
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, PageImage, ReviewStep
from portal.documents.routes import ROUTES, STEP_LABELS, StepKind
from portal.ledger.models import LedgerEvent
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people.models import Person

TONES = {
    S.DRAFTING: "neutral",
    S.REVIEWING: "info",
    S.ISSUED: "info",
    S.NUMBERED: "active",
    S.FROZEN: "info",
    S.SEALING: "active",
    S.SEALED: "info",
    S.SENT: "good",
    S.CANCELLED: "bad",
}

EVENT_LABELS = {
    Event.DOCUMENT_DRAFTED: N_("Drafted"),
    Event.DOCUMENT_WRITTEN: N_("Saved"),
    Event.DOCUMENT_ATTACHED: N_("File attached"),
    Event.DOCUMENT_DETACHED: N_("File removed"),
    Event.DOCUMENT_SUBMITTED: N_("Submitted"),
    Event.DOCUMENT_REVIEWED: N_("Passed"),
    Event.DOCUMENT_RETURNED: N_("Returned"),
    Event.DOCUMENT_ISSUED: N_("Issued"),
    Event.DOCUMENT_NUMBERED: N_("Numbered"),
    Event.DOCUMENT_FROZEN: N_("Typeset and frozen"),
    Event.DOCUMENT_FREEZE_FAILED: N_("Typesetting failed"),
    Event.DOCUMENT_STAMP_ASKED: N_("Stamp asked for"),
    Event.DOCUMENT_STAMP_FAILED: N_("Stamping failed"),
    Event.DOCUMENT_SEALED: N_("Stamped"),
    Event.DOCUMENT_SENT: N_("Sent"),
    Event.DOCUMENT_CANCELLED: N_("Cancelled"),
    Event.DOCUMENT_VOIDED: N_("Voided"),
    Event.DOCUMENT_HANDED_OVER: N_("Handed over to another drafter"),
    Event.DOCUMENT_INHERITED: N_("Handed over to the heir"),
    Event.DOCUMENT_JOINT_CHANGED: N_("Joint units named"),
    Event.DOCUMENT_COUNTERSIGNED: N_("Signed by a joint unit"),
    Event.DOCUMENT_PRESSED: N_("A seal pressed, another one is to come"),
    Event.DOCUMENT_PLACE_INHERITED: N_("A joint unit replaced by its heir"),
    Event.DOCUMENT_HEAD_CHANGED: N_("Put under the unit's new name"),
    Event.DOCUMENT_READDRESSED: N_("A recipient replaced by its heir"),
}
_TROUBLE = {Event.DOCUMENT_FREEZE_FAILED, Event.DOCUMENT_STAMP_FAILED, Event.DOCUMENT_RETURNED, Event.DOCUMENT_VOIDED}
# Savings are many and say nothing by themselves; the versions that were handed on are on the page of versions.
_QUIET = {Event.DOCUMENT_WRITTEN}

# What a joint unit reads of the history: how the document came to be issued, not how the first unit reviewed it.
_SHARED = {
    Event.DOCUMENT_ISSUED,
    Event.DOCUMENT_COUNTERSIGNED,
    Event.DOCUMENT_NUMBERED,
    Event.DOCUMENT_FROZEN,
    Event.DOCUMENT_STAMP_ASKED,
    Event.DOCUMENT_STAMP_FAILED,
    Event.DOCUMENT_PRESSED,
    Event.DOCUMENT_SEALED,
    Event.DOCUMENT_SENT,
    Event.DOCUMENT_VOIDED,
}

# After the desks of the route: the state in which each station waits, and its words.
_STATIONS = (
    ({S.ISSUED}, N_("Number")),
    ({S.NUMBERED}, N_("Typeset")),
    ({S.FROZEN, S.SEALING}, N_("Stamp")),
    ({S.SEALED}, N_("Send")),
)


@dataclass(frozen=True)
class Abilities:
    """What the reader may do with the document as it stands."""

    edit: bool
    step: ReviewStep | None
    number: bool
    stamp: bool
    send: bool
    void: bool

    @property
    def issues(self) -> bool:
        """Whether the reader's desk is the one that issues."""
        return self.step is not None and self.step.kind == StepKind.ISSUE

    @property
    def countersigns(self) -> bool:
        """Whether the reader signs for a joint unit."""
        return self.step is not None and self.step.kind == StepKind.COUNTERSIGN


def abilities(session: Session, document: Document, person: Person) -> Abilities:
    """Roles and state together."""

    def allows(act: DocumentAct, permission: P) -> bool:
        return DOCUMENT.allows(document.state, act) and policy.may_act(person, document, permission)

    return Abilities(
        edit=document.state == S.DRAFTING and policy.is_drafter(person, document),
        step=_step_of(session, document, person),
        number=allows(DocumentAct.NUMBER, P.DOCUMENTS_NUMBER) or allows(DocumentAct.FREEZE, P.DOCUMENTS_NUMBER),
        stamp=document.state in (S.FROZEN, S.SEALING) and policy.may_stamp(person, document),
        send=allows(DocumentAct.SEND, P.DOCUMENTS_SEND),
        void=allows(DocumentAct.VOID, P.DOCUMENTS_ISSUE),
    )


def _step_of(session: Session, document: Document, person: Person) -> ReviewStep | None:
    if document.state != S.REVIEWING:
        return None
    return session.scalars(
        select(ReviewStep)
        .join(Document, Document.id == ReviewStep.document_id)
        .where(ReviewStep.document_id == document.id, queries.at_desk_of(person))
    ).one_or_none()


def life(document: Document) -> list[dict[str, str]]:
    """The way of the whole document: draft, the desks of its route, number, typesetting, stamp, sending."""
    route = ROUTES[Direction(document.direction)]
    open_step = queries.open_step(document)
    desks = [STEP_LABELS[step.kind] for step in route] + ([N_("Countersigning")] if document.joint else [])
    at = _place(document, min(open_step.position, len(desks) - 1) if open_step else None, len(desks))
    labels = [N_("Draft"), *desks, *(label for _, label in _STATIONS)]
    return [{"label": gettext(label), "state": _mark(document, place, at)} for place, label in enumerate(labels)]


def _place(document: Document, desk: int | None, desks: int) -> int:
    state = S(document.state)
    if state in (S.DRAFTING, S.CANCELLED):
        return 0
    if state == S.REVIEWING:
        return 1 + (desk or 0)
    if state == S.SENT:
        return 1 + desks + len(_STATIONS)
    return 1 + desks + next(i for i, (states, _) in enumerate(_STATIONS) if state in states)


def _mark(document: Document, place: int, at: int) -> str:
    if place == at:
        stopped = document.state == S.CANCELLED or (document.state == S.NUMBERED and document.freeze_error)
        return "refused" if stopped else "current"
    return "done" if place < at else "waiting"


def timeline(session: Session, document: Document, person: Person) -> list[dict[str, Any]]:
    """The history from the ledger, newest first, with the opinions (D-3)."""
    events = [event for event in history(session, "document", document.id) if event.kind not in _QUIET]
    if person.unit_id != document.holder_id:
        events = [event for event in events if event.kind in _SHARED]
    ids = {some for event in events for some in (event.actor_id, event.acting_for_id) if some is not None}
    people = session.scalars(
        select(Person).where(Person.id.in_(ids)).options(lazyload(Person.unit), lazyload(Person.role_rows))
    )
    names = {person.id: person.name for person in people}
    return [_entry(event, names) for event in reversed(events)]


def _entry(event: LedgerEvent, names: dict[int, str]) -> dict[str, Any]:
    kind, facts = Event(event.kind), event.facts
    what = gettext(EVENT_LABELS[kind])
    if step := facts.get("step"):
        what = f"{gettext(STEP_LABELS[StepKind(step)])} · {what}"
    detail = facts.get("reason") or facts.get("number") or facts.get("name")
    if why := facts.get("why"):
        detail = gettext(why)
    return {
        "what": what,
        "who": names.get(event.actor_id or 0) or gettext("The system"),
        "acting_for": names.get(event.acting_for_id or 0),
        "at": event.at,
        "opinion": facts.get("opinion"),
        "detail": detail,
        "state": "refused" if kind in _TROUBLE else "done",
    }


def issuers(document: Document) -> list[dict[str, Any]]:
    """The units of a joint document in the order of their seals, who signed for each, and whether it has stamped."""
    if not document.joint:
        return []
    signed = {step.unit_id: step for step in signatures(document)}
    names = [document.signature, *(item.signature for item in document.joint)]
    rows = []
    for place, (unit_id, name) in enumerate(zip(document.issuer_ids, names, strict=True)):
        step = signed.get(unit_id)
        by = document.issued_by if place == 0 else step.done_by if step else None
        rows.append({"name": name, "by": by, "sealed": place < document.seals_on})
    return rows


def page_urls(document: Document, pages: list[PageImage]) -> list[str]:
    """Where the pictures of the pages are."""
    return [url_for("documents.page", document_id=document.id, page_id=page.id) for page in pages]


def said(findings: list[Finding]) -> list[dict[str, str]]:
    """The checklist's findings in the reader's language."""
    return [{"level": item.level, "text": _filled(item), "basis": item.basis} for item in findings]


def _filled(finding: Finding) -> str:
    text = gettext(finding.message)
    return text % finding.params if finding.params else text
