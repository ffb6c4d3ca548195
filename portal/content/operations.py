"""Writing, approving and withdrawing items: the same acts for every kind (M-1, M-11).

A capability opens its item with `draft` inside its own operation, adds its own row, and offers these acts on its pages.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, undefer

from portal.content import extraction, gate, hooks, policy, readers, texts, uploads
from portal.content.kinds import ItemKind, kind_of
from portal.content.lifecycle import ITEM, ItemAct, ItemState
from portal.content.models import Item, ItemFile, ReaderKey
from portal.content.seen import seen as seen_now
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.releasing import release
from portal.core.rules import ExchangeRules
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.core.text import storable
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_TITLE = 200
MOST_FILES = 20
MOST_KEYS = 200
LONGEST_REASON = 500


def draft(
    session: Session, author: Person, kind: ItemKind, title: str, text: str = "", *, parent: Item | None = None
) -> Item:
    """Begin an item in the author's unit. Raises Denied, Invalid."""
    if not author.may(kind_of(kind).draft):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    at = now()
    item = Item(
        kind=kind,
        unit_id=author.unit_id,
        author_id=author.id,
        author_for_id=author.acting_for.id if author.acting_for else None,
        parent=parent,
        title=_title(title),
        text=_text(text),
        created_at=at,
        changed_at=at,
    )
    session.add(item)
    session.flush()
    record(Event.ITEM_DRAFTED, subject=item, actor=author, kind_of_item=kind, title=item.title)
    return item


def lock(item: Item) -> Session:
    """Read the item anew and keep its row until the transaction ends; every act on it begins with that."""
    session = session_of(item)
    session.flush()
    for row in (item.parent, item):  # the parent first, as whoever lets it out does: its state decides on its parts
        if row is not None:
            session.refresh(row, with_for_update={"of": Item})
    return session


def change(item: Item, person: Person, *, title: str, text: str, version: int) -> None:
    """Change title and text of a draft; `version` is the one the writer started from.

    Raises Refused when somebody else changed it meanwhile: their words would be lost.
    """
    _require_editable(item, person)
    if version != item.version:
        raise Refused("Somebody else changed this meanwhile. Your text stands below; compare, then save again.")
    title, text = _title(title), _text(text)
    if (title, text) == (item.title, item.text):
        return
    item.title, item.text, item.changed_at = title, text, now()
    item.version += 1
    record(Event.ITEM_CHANGED, subject=item, actor=person, version=item.version)


def receive(work: Runtime, stream: Readable, filename: str) -> ItemFile:
    """A file checked, cleaned and in the store, not yet of any item. Raises Refused.

    Looking into a large file takes seconds: nothing may be locked meanwhile.
    """
    with uploads.accept(stream, filename, work.rules.max_document_bytes) as upload:
        found = extraction.text_of(upload.file, upload.media_type, upload.filename)
        gate.require_clean({upload.filename: found}, urgent_allowed=work.rules.urgent_documents)
        upload.file.seek(0)
        stored = work.store.put(upload.file)
    return ItemFile(
        name=upload.filename,
        media_type=upload.media_type,
        size=stored.size,
        digest=stored.digest,
        added_at=now(),
        text_excerpt=storable(found),
    )


def attach(item: Item, person: Person, file: ItemFile, rules: ExchangeRules) -> ItemFile:
    """Add a received file to a draft. Raises Refused, AlreadyDone."""
    _require_editable(item, person)
    if len(item.files) >= MOST_FILES:
        raise Refused("An item can have %(most)s files at most.", most=MOST_FILES)
    if sum(known.size for known in item.files) + file.size > rules.max_document_bytes:
        raise Refused("The file is larger than %(limit)s MB.", limit=f"{rules.max_document_bytes / uploads.MEGABYTE:g}")
    if any(known.digest == file.digest for known in item.files):
        raise AlreadyDone("This file is attached already.")
    file.position = max((known.position for known in item.files), default=0) + 1
    item.files.append(file)
    item.version += 1
    session_of(item).flush()
    record(Event.ITEM_ATTACHED, subject=item, actor=person, name=file.name, digest=file.digest)
    return file


def copy_file(item: Item, person: Person, file: ItemFile, rules: ExchangeRules, name: str) -> ItemFile | None:
    """Attach another item's file to a draft: its bytes lie in the store once, this item's readers read them here.

    None when the item has the same bytes already. Raises Refused.
    """
    if any(known.digest == file.digest for known in item.files):
        return None
    columns = ("media_type", "size", "digest", "text_excerpt")
    copy = ItemFile(name=name, added_at=now(), **{column: getattr(file, column) for column in columns})
    return attach(item, person, copy, rules)


def detach(item: Item, person: Person, file: ItemFile) -> None:
    """Take a file out of a draft."""
    _require_editable(item, person)
    item.files.remove(file)
    item.version += 1
    session_of(item).delete(file)
    release(session_of(item), [file.digest])
    record(Event.ITEM_DETACHED, subject=item, actor=person, name=file.name, digest=file.digest)


def set_readers(item: Item, person: Person, scope: readers.Scope) -> None:
    """Say who may read the item; on a published one it counts at once.

    Raises Invalid for sets that don't exist, Denied for further readers of what somebody approved for these.
    """
    lock(item)
    _set_readers(item, person, scope)


def add_reader(item: Item, person: Person, key: readers.Key, *, excluded: bool = False) -> None:
    """Add a line to the scope as it is now: what others change at the same time isn't lost."""
    lock(item)
    _set_readers(item, person, readers.Scope.of(item).with_line(key, excluded=excluded))


def remove_reader(item: Item, person: Person, key: str, *, excluded: bool = False) -> None:
    """Take a line out of the scope as it is now."""
    lock(item)
    _set_readers(item, person, readers.Scope.of(item).without_line(key, excluded=excluded))


def _set_readers(item: Item, person: Person, scope: readers.Scope) -> None:
    if not policy.may_set_readers(item, person):
        raise Denied("Only those who answer for this item can say who reads it.")
    if item.state != ItemState.PUBLISHED:
        hooks.changing.call(session_of(item), item, person)
    if scope.widens(readers.Scope.of(item)) and not policy.may_widen(item, person):
        raise Denied("It was approved for these readers: only who approves such items lets further ones in.")
    hooks.scoping.call(session_of(item), item, scope)
    put_readers(item, scope)
    item.version += 1
    record(
        Event.ITEM_READERS_SET,
        subject=item,
        actor=person,
        included=[str(key) for key in scope.included],
        excluded=[str(key) for key in scope.excluded],
    )


def put_readers(item: Item, scope: readers.Scope, known: Collection[str] = ()) -> None:
    """Replace the keys of an item; for capabilities whose readers follow from the kind.

    Groups are those of the unit that holds it, those it is read by already, and those in `known`.
    """
    session = session_of(item)
    there_already = {*known, *(row.key for row in item.reader_keys)}
    if len(scope.included) + len(scope.excluded) > MOST_KEYS:
        raise Invalid("At most %(most)s lines say who reads an item. Make a group.", field="key", most=MOST_KEYS)
    if not readers.exist(session, (*scope.included, *scope.excluded), of_unit=item.holder_id, known=there_already):
        raise Invalid("There is no such set of readers.", field="key")
    readers.make_known(session, (str(key) for key in (*scope.included, *scope.excluded)))
    wanted = {(str(key), False) for key in scope.included} | {(str(key), True) for key in scope.excluded}
    kept = [row for row in item.reader_keys if (row.key, row.excluded) in wanted]
    stays = {(row.key, row.excluded) for row in kept}
    new = [ReaderKey(key=key, excluded=excluded, kind=item.kind) for key, excluded in sorted(wanted - stays)]
    if item.state == ItemState.PUBLISHED:
        for row in new:
            row.show(item)
    item.reader_keys = kept + new
    session.flush()


def submit(item: Item, person: Person, rules: ExchangeRules, declaration: gate.Declaration) -> None:
    """Hand a draft in for approval. Raises Refused at the content gate, Invalid for what is missing."""
    _require_editable(item, person, again=ItemState.SUBMITTED)
    if item.parent_id is not None:
        raise Refused("It goes out with what it belongs to.")
    require_complete(item, rules, declaration)
    item.state, item.submitted_at, item.note = ITEM.advance(item.state, ItemAct.SUBMIT), now(), ""
    record(Event.ITEM_SUBMITTED, subject=item, actor=person)


def take_back(item: Item, person: Person) -> None:
    """The author takes a submitted item back to go on writing."""
    lock(item)
    if not policy.is_author(item, person):
        raise Denied("Only the author can do this.")
    item.state = ITEM.advance(item.state, ItemAct.TAKE_BACK)
    record(Event.ITEM_TAKEN_BACK, subject=item, actor=person)


def return_(item: Item, person: Person, reason: str) -> None:
    """Whoever approves gives it back to the author with a reason."""
    lock(item)
    if not policy.may_approve(item, person):
        raise Denied("This item isn't waiting for you.")
    reason = _reason(reason)
    item.state, item.note = ITEM.advance(item.state, ItemAct.RETURN), reason
    record(Event.ITEM_RETURNED, subject=item, actor=person, reason=reason)


def publish(
    item: Item,
    person: Person,
    rules: ExchangeRules,
    declaration: gate.Declaration | None = None,
    *,
    seen: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Publish: by whoever approves a submitted item, or by the author where none is needed, who declares (M-11).

    `seen`: what stood before the person when they decided (`portal.content.seen`); None: they wrote it in this act.
    Raises Refused when it isn't that any more.
    """
    session = lock(item)
    if item.state == ItemState.PUBLISHED:
        raise AlreadyDone("This was published already.")
    if not (policy.may_approve(item, person) or policy.may_publish(item, person)):
        raise Denied("This item isn't waiting for you.")
    if item.state == ItemState.DRAFTING:
        hooks.changing.call(session, item, person)
    if seen is not None and seen != seen_now(item):
        raise Refused("It was changed since you opened it. Read it again, then decide.")
    require_complete(item, rules, declaration)
    let_out(item, person, expires_at=expires_at)
    hooks.published.call(session, item)


def let_out(item: Item, person: Person, *, expires_at: datetime | None = None) -> None:
    """Make the item visible to its readers, its parts with it; the guards have spoken."""
    at, expires_at = now(), expires_at or item.expires_at
    if expires_at is not None and expires_at <= at:
        raise Invalid("The day until which it is shown lies in the past.", field="expires_at")
    for one in (item, *item.parts):
        one.state = ITEM.advance(one.state, ItemAct.PUBLISH)
        one.published_at, one.expires_at, one.note = at, expires_at, ""
        one.approver_id = person.id
        one.approver_for_id = person.acting_for.id if person.acting_for else None
        for row in one.reader_keys:
            row.show(one)
    session_of(item).flush()
    for one in (item, *item.parts):
        record(
            Event.ITEM_PUBLISHED,
            subject=one,
            actor=person,
            kind_of_item=one.kind,
            title=one.title,
            included=[row.key for row in one.reader_keys if not row.excluded],
            excluded=[row.key for row in one.reader_keys if row.excluded],
        )


def withdraw(item: Item, person: Person, reason: str) -> None:
    """Take a published item away from everybody (OP6); the ledger keeps that it was there."""
    session = _lock_published(item)
    if not policy.may_withdraw(item, person):
        raise Denied("Only those who answer for this item can withdraw it.")
    hooks.withdrawing.call(session, item)
    _take_away(item, person, reason, Event.ITEM_WITHDRAWN)


def take_down(item: Item, person: Person, reason: str) -> None:
    """Take away what must not stay: by the head of the unit or the secrecy office, whoever wrote it (GZ4).

    No matter of course as withdrawing is (OP6): an event of its own says who did it and why.
    """
    _lock_published(item)
    if not policy.may_take_down(item, person):
        raise Denied("Only the head of the unit and the secrecy office take down what others wrote.")
    _take_away(item, person, reason, Event.ITEM_TAKEN_DOWN)


def _lock_published(item: Item) -> Session:
    session = lock(item)
    if item.state == ItemState.WITHDRAWN:
        raise AlreadyDone("This was withdrawn already.")
    return session


def _take_away(item: Item, person: Person, reason: str, event: Event) -> None:
    reason, at = _reason(reason), now()
    for one in (item, *item.parts):
        one.state, one.withdrawn_at, one.note = ITEM.advance(one.state, ItemAct.WITHDRAW), at, reason
        one.withdrawn_by_id = person.id
        for row in one.reader_keys:
            row.published_at = None
        record(event, subject=one, actor=person, reason=reason)
    hooks.withdrawn.call(session_of(item), item)


def discard(item: Item, person: Person) -> None:
    """Throw a draft away, its parts with it; a part thrown away belongs to nothing any more."""
    _require_editable(item, person, again=ItemState.DISCARDED)
    for one in (item, *item.parts):
        one.state = ITEM.advance(one.state, ItemAct.DISCARD)
        _let_go(one)
        record(Event.ITEM_DISCARDED, subject=one, actor=person)
    item.parent = None


def _let_go(item: Item) -> None:
    """Nobody opens the item any more: its files and pages leave the store, where nothing else names them."""
    session = session_of(item)
    release(session, [item.pdf_digest, *(file.digest for file in item.files)])
    item.pdf_digest = None
    for file in item.files:
        session.delete(file)
    session.flush()
    session.expire(item, ["files"])


def require_complete(item: Item, rules: ExchangeRules, declaration: gate.Declaration | None) -> None:
    """Everything that must hold before others see an item: a text or a file, readers, the content gate (M-11)."""
    if declaration is not None:
        gate.check_declared(declaration, urgent_allowed=rules.urgent_documents)
    if not item.text.strip() and not item.files and not item.parts:
        raise Invalid("Write a text or attach a file.", field="text")
    kind = kind_of(item.kind)
    if (kind.chosen_readers or kind.private) and not any(not row.excluded for row in item.reader_keys):
        raise Invalid("Say who may read it.", field="readers")
    hooks.completing.call(session_of(item), item)
    gate.require_clean(gate_parts(item), urgent_allowed=rules.urgent_documents)


def gate_parts(item: Item) -> dict[str, str]:
    """What the content gate looks at: title, text and files, of the item and of its parts."""
    _read_texts(item)
    found: dict[str, str] = {}
    for one in (item, *item.parts):
        named = [(one.title, texts.looks(one.text)), *((file.name, file.text_excerpt) for file in one.files)]
        for name, text in named:  # two may have one name, and neither may hide the other
            found[name] = f"{found[name]}\n{text}" if name in found else text
    return found


def _read_texts(item: Item) -> None:
    """Read the texts of an item, its parts and all their files at once, not one by one."""
    whole = (undefer(Item.text), selectinload(Item.files).undefer(ItemFile.text_excerpt))
    these = (item.id, *(part.id for part in item.parts))
    session_of(item).scalars(select(Item).where(Item.id.in_(these)).options(*whole)).all()


def _require_editable(item: Item, person: Person, again: ItemState | None = None) -> None:
    lock(item)
    if again is not None and item.state == again:
        raise AlreadyDone("This was done already.")
    if not policy.may_edit(item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    hooks.changing.call(session_of(item), item, person)


def _title(title: str) -> str:
    title = " ".join(storable(title).split())
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid("A title has 1 to %(longest)s characters.", field="title", longest=LONGEST_TITLE)
    return title


def _text(text: str) -> str:
    text = storable(text).strip()
    if len(text) > texts.LONGEST_TEXT:
        raise Invalid("A text has at most %(longest)s characters.", field="text", longest=texts.LONGEST_TEXT)
    return text


def _reason(reason: str) -> str:
    reason = storable(reason).strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid("Give a reason of at most %(longest)s characters.", field="reason", longest=LONGEST_REASON)
    return reason
