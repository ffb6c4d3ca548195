"""Answering requests and bringing the answer to the applicant (条例第三十六条, 第四十条)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.content import extraction, gate, uploads
from portal.core.clock import now
from portal.core.errors import Invalid, Refused
from portal.core.rules import ExchangeRules
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.disclosure.lifecycle import REQUEST, RequestAct
from portal.disclosure.operations.requests import close, require_responsible, required, step
from portal.disclosure.request_models import DisclosureRequest
from portal.disclosure.words import NEEDS_BASIS, NEEDS_ORGAN, AnswerKind, Way
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_ANSWER = 5000


@dataclass(frozen=True)
class AnswerFile:
    """A file checked, cleaned and in the store."""

    name: str
    media_type: str
    digest: str


@dataclass(frozen=True)
class Answer:
    """What the applicant is told."""

    kind: str
    text: str
    basis: str = ""
    organ: str = ""
    file: AnswerFile | None = None
    """Received before, by `take`."""


def answer(work: Runtime, request: DisclosureRequest, person: Person, given: Answer) -> None:
    """Answer in one of the law's kinds. On the page of the receipt it is delivered with that.

    Raises Denied, Invalid for a refusal without its basis, Refused at the content gate.
    """
    require_responsible(request, person)
    text = _checked(given)
    request.state = REQUEST.advance(request.state, RequestAct.ANSWER)
    if given.file is not None:
        request.file_name, request.file_type = given.file.name, given.file.media_type
        request.file_digest = given.file.digest
    request.answer_kind, request.answer_text = given.kind, text
    request.answer_basis, request.answer_organ = given.basis.strip(), given.organ.strip()
    request.answered_by_id, request.answered_at = person.id, now()
    request.extension_asked_at = None
    step(request, "answered", person)
    record(
        Event.DISCLOSURE_REQUEST_ANSWERED,
        subject=request,
        actor=person,
        answer_kind=given.kind,
        digest=request.file_digest,
    )
    if request.way == Way.PAGE:
        _deliver(request, person, Way.PAGE, "", work.rules)


def _checked(given: Answer) -> str:
    if given.kind not in list(AnswerKind):
        raise Invalid("Please choose", field="kind")
    if given.kind in NEEDS_BASIS and not given.basis.strip():
        raise Invalid("Name the law by which it is withheld.", field="basis")
    if given.kind in NEEDS_ORGAN and not given.organ.strip():
        raise Invalid("Name the organ that is responsible, and how it is reached.", field="organ")
    for name, longest in (("basis", 300), ("organ", 200)):
        if len(getattr(given, name)) > longest:
            raise Invalid("At most %(longest)s characters.", field=name, longest=longest)
    text = required(given.text, "text", LONGEST_ANSWER)
    gate.require_clean({"答复内容": text}, urgent_allowed=True)
    return text


def take(work: Runtime, stream: Readable, filename: str) -> AnswerFile:
    """Receive the file of an answer; nothing may be locked meanwhile. Raises Invalid for one that isn't taken."""
    try:
        with uploads.accept(stream, filename, work.rules.max_document_bytes) as upload:
            found = extraction.text_of(upload.file, upload.media_type, upload.filename)
            gate.require_clean({upload.filename: found}, urgent_allowed=True)
            upload.file.seek(0)
            stored = work.store.put(upload.file)
    except Refused as error:
        raise Invalid(error.message, field="file", **error.params) from error
    return AnswerFile(upload.filename, upload.media_type, stored.digest)


def deliver(request: DisclosureRequest, person: Person, way: str, note: str, rules: ExchangeRules) -> None:
    """Record how and when the answer reached the applicant. Raises Denied, Invalid."""
    require_responsible(request, person)
    if way not in list(Way):
        raise Invalid("Please choose", field="way")
    if len(note) > 200:
        raise Invalid("At most %(longest)s characters.", field="note", longest=200)
    _deliver(request, person, Way(way), note.strip(), rules)


def _deliver(request: DisclosureRequest, person: Person, way: Way, note: str, rules: ExchangeRules) -> None:
    request.state = REQUEST.advance(request.state, RequestAct.DELIVER)
    request.delivered_way, request.delivered_note, request.delivered_at = way, note, now()
    close(request, rules)
    step(request, "delivered", person)
    record(Event.DISCLOSURE_REQUEST_DELIVERED, subject=request, actor=person, way=way)
