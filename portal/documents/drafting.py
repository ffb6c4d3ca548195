"""Acts of the drafter: write, save, attach, cancel (D-5, X-2, X-11)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.content import extraction, uploads
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.releasing import release
from portal.core.rules import ExchangeRules
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.core.text import N_, storable
from portal.documents import policy, queries
from portal.documents.joint import name_units, record_units
from portal.documents.kinds import KINDS, URGENCIES, Direction
from portal.documents.lifecycle import DOCUMENT, DocumentAct, DocumentState
from portal.documents.models import Attachment, Document, Recipient, RecipientKind
from portal.documents.proofs import promise_proof
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units import queries as units
from portal.units.models import Unit

LONGEST_TITLE = 200
LONGEST_TEXT = 200_000
LONGEST_NOTE = 200
LONGEST_NAME = 100
LARGEST_QUOTA = 999
KEPT_TEXT = 2_000_000
"""Characters of an attachment the content gate can be asked about again."""
NO_DRAFT = N_("The document is not a draft any more; it can be changed when it is returned to you.")
STALE = N_(
    "This draft was saved in another window after you opened it. Your text is kept below; compare it with "
    "the saved one and save again if yours shall stand."
)
DEFAULT_QUOTA = {RecipientKind.MAIN: 2, RecipientKind.COPY: 1}


@dataclass(frozen=True)
class Addressee:
    """To whom: a unit in the exchange with its print quota, or a name on the paper list (X-2)."""

    kind: RecipientKind
    unit_id: int | None = None
    paper_name: str | None = None
    print_quota: int = 0


@dataclass(frozen=True)
class Content:
    """What the drafter writes."""

    kind: str
    direction: Direction
    title: str
    text: str
    note: str = ""
    urgency: str = ""
    addressees: tuple[Addressee, ...] = ()
    joint: tuple[int, ...] = ()
    """Ids of the units that issue it too, in the order in which they sign and stamp (D-4)."""


def draft_document(session: Session, rules: ExchangeRules, drafter: Person, content: Content) -> Document:
    """Begin a document under the red head of the drafter's unit. Raises Invalid, naming the field."""
    unit = drafter.unit
    # While the unit is being dissolved or merged nothing new begins in it: this waits, and finds it gone (GZ9).
    session.refresh(unit, with_for_update={"key_share": True, "of": Unit})
    if unit.left_at is not None:
        raise Refused("%(unit)s has left the exchange. Ask the municipal office.", unit=unit.name)
    document = Document(
        unit_id=unit.id,
        unit=unit,
        holder_id=unit.id,
        drafter=drafter,
        drafted_for=drafter.acting_for,
        red_head=unit.red_head,
        signature=unit.name,
        created_at=now(),
    )
    policy.require(drafter, document, Permission.DOCUMENTS_DRAFT)
    _write(session, rules, document, content)
    session.add(document)
    session.flush()
    promise_proof(document)
    record(Event.DOCUMENT_DRAFTED, actor=drafter, subject=document, title=document.title)
    record_units(document, drafter, ())
    return document


def save_draft(rules: ExchangeRules, document: Document, drafter: Person, version: int, content: Content) -> None:
    """Keep what the drafter wrote on top of `version`, the one the form was opened on.

    Raises Stale when it was saved meanwhile, Invalid naming the field; nothing is changed then.
    """
    session = _open_draft(document, drafter)
    if document.version != version:
        raise Stale(STALE)
    before = tuple(item.unit_id for item in document.joint)
    _write(session, rules, document, content)
    _count_version(document)
    record_units(document, drafter, before)
    record(Event.DOCUMENT_WRITTEN, actor=drafter, subject=document, version=document.version)


class Stale(Invalid):
    """The form was opened on an older version than the one saved."""


def attach_file(work: Runtime, document: Document, drafter: Person, stream: Readable, filename: str) -> Attachment:
    """Take a file in after it has been checked and cleaned (D-5). Raises Refused, saying what is wrong with it.

    Looking into a large file takes seconds: the database isn't asked before that is done.
    """
    attachment = _received(work, stream, filename)
    session = _open_draft(document, drafter)
    _require_room(document, attachment, work.rules.max_document_bytes)
    if any(known.digest == attachment.digest for known in document.attachments):
        raise AlreadyDone("%(name)s is attached already.", name=attachment.name)
    attachment.position = max((known.position for known in document.attachments), default=0) + 1
    document.attachments.append(attachment)
    _count_version(document)
    session.flush()
    record(
        Event.DOCUMENT_ATTACHED,
        actor=drafter,
        subject=document,
        name=attachment.name,
        size=attachment.size,
        digest=attachment.digest,
    )
    return attachment


def detach_file(document: Document, drafter: Person, attachment_id: int) -> None:
    """Take an attachment off. Raises NotFound when the document has none such."""
    session = _open_draft(document, drafter)
    attachment = next((known for known in document.attachments if known.id == attachment_id), None)
    if attachment is None:
        raise NotFound("This attachment was removed already.")
    document.attachments.remove(attachment)
    release(session, [attachment.digest])
    _count_version(document)
    record(
        Event.DOCUMENT_DETACHED,
        actor=drafter,
        subject=document,
        name=attachment.name,
        digest=attachment.digest,
    )


def cancel(document: Document, drafter: Person, reason: str) -> None:
    """Give a draft up; it stays on record. Raises Invalid for an empty reason."""
    queries.lock(document)
    policy.require_drafter(drafter, document)
    if document.state == DocumentState.CANCELLED:
        raise AlreadyDone("This draft was already cancelled.")
    if not reason.strip():
        raise Invalid("Say why the draft is cancelled.", field="reason")
    document.state = DOCUMENT.advance(document.state, DocumentAct.CANCEL)
    record(Event.DOCUMENT_CANCELLED, actor=drafter, subject=document, reason=reason.strip())


def _open_draft(document: Document, drafter: Person) -> Session:
    """Lock the document and see that it is this person's to write now."""
    session = queries.lock(document)
    policy.require_drafter(drafter, document)
    if document.state != DocumentState.DRAFTING:
        raise Refused(NO_DRAFT)
    return session


def _count_version(document: Document) -> None:
    document.version += 1
    promise_proof(document)


def _write(session: Session, rules: ExchangeRules, document: Document, content: Content) -> None:
    _validate(rules, content)
    recipients = _recipients(session, document, content.addressees, content.joint)
    document.kind, document.direction, document.urgency = content.kind, content.direction, content.urgency
    document.title, document.text, document.note = _line(content.title), _text(content.text), _line(content.note)
    document.recipients.clear()
    if document.id is not None:
        session.flush()  # the former rows go before the same units come back
    document.recipients.extend(recipients)
    name_units(session, document, content.joint)


def _validate(rules: ExchangeRules, content: Content) -> None:
    kind = KINDS.get(content.kind)
    if kind is None or content.direction not in kind.directions:
        raise Invalid("Choose the kind of document and a direction it may take.", field="kind")
    if content.urgency not in URGENCIES:
        raise Invalid("Choose one of the degrees of urgency.", field="urgency")
    if content.urgency and not rules.urgent_documents:
        article = rules.article("urgent_documents")
        raise Invalid("Urgent documents don't travel here (%(article)s).", field="urgency", article=article)
    if not _line(content.title):
        raise Invalid("Give the document a title.", field="title")
    limits = (("title", content.title, LONGEST_TITLE), ("text", content.text, LONGEST_TEXT),
              ("note", content.note, LONGEST_NOTE))  # fmt: skip
    for field, value, longest in limits:
        if len(value) > longest:
            raise Invalid("At most %(longest)s characters.", field=field, longest=longest)


def _recipients(
    session: Session, document: Document, addressees: tuple[Addressee, ...], joint: tuple[int, ...]
) -> list[Recipient]:
    wanted = [item.unit_id for item in addressees if item.unit_id is not None]
    known = units.by_ids(session, wanted) if wanted else {}
    if len(set(wanted)) != len(wanted) or set(wanted) - set(known) or document.unit_id in known:
        raise Invalid(
            "Choose each recipient once, among the units of the exchange and not your own.", field="recipients"
        )
    if set(joint) & set(known):
        raise Invalid("A unit that issues the document isn't its recipient as well.", field="joint")
    for item in addressees:
        if not 0 <= item.print_quota <= LARGEST_QUOTA:
            raise Invalid("Prints for each unit: 0 to %(most)s.", field="recipients", most=LARGEST_QUOTA)
        if item.unit_id is None and not 0 < len(item.paper_name or "") <= LONGEST_NAME:
            raise Invalid("A name on the paper list has 1 to %(most)s characters.", field="paper", most=LONGEST_NAME)
    return [
        Recipient(
            position=position,
            kind=item.kind,
            unit=known[item.unit_id] if item.unit_id is not None else None,
            paper_name=item.paper_name if item.unit_id is None else None,
            print_quota=item.print_quota if item.unit_id is not None else 0,
        )
        for position, item in enumerate(addressees, 1)
    ]


def _received(work: Runtime, stream: Readable, filename: str) -> Attachment:
    """The file checked, cleaned and in the store, not yet of any document."""
    with uploads.accept(stream, filename, work.rules.max_document_bytes) as upload:
        text = extraction.text_of(upload.file, upload.media_type, upload.filename)
        upload.file.seek(0)
        stored = work.store.put(upload.file)
    return Attachment(
        name=upload.filename,
        media_type=upload.media_type,
        size=stored.size,
        digest=stored.digest,
        added_at=now(),
        text_excerpt=storable(text[:KEPT_TEXT]),
    )


def _require_room(document: Document, attachment: Attachment, limit: int) -> None:
    total = sum(known.size for known in document.attachments) + attachment.size
    if total > limit:
        raise Refused(
            "With %(name)s the files would have %(size)s MB together; at most %(limit)s MB are allowed.",
            name=attachment.name,
            size=f"{total / uploads.MEGABYTE:.1f}",
            limit=limit // uploads.MEGABYTE,
        )
    if any(known.name == attachment.name for known in document.attachments):
        raise Refused("A file called %(name)s is attached already: remove it first.", name=attachment.name)


def _text(value: str) -> str:
    return storable(value).strip()


def _line(value: str) -> str:
    return " ".join(_text(value).split())
