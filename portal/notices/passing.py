"""Direct delivery 专送 and circulation 传阅: handed to named readers, the latter passed on by them (OP5, M-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content import policy, readers
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.queries import GONE
from portal.content.readers import Key, Scope
from portal.content.said import said
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound
from portal.documents.models import Document
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.notices.models import Circulation, CirculationStep
from portal.notices.operations import urgency_of
from portal.notices.queries import HANDED_OVER
from portal.people.models import Person

NAMED = frozenset({"person", "unit"})
MOST_STEPS = 200
LONGEST_REMARK = 500


def draft_passing(
    session: Session,
    author: Person,
    kind: ItemKind,
    title: str,
    text: str,
    *,
    in_turn: bool = False,
    document: Document | None = None,
) -> Item:
    """Begin a delivery or a circulation; `document` is one the author may see. Raises Denied, Invalid."""
    item = items.draft(session, author, kind, title, text)
    turns = in_turn and kind is ItemKind.CIRCULATION
    session.add(Circulation(item_id=item.id, in_turn=turns, document_id=document.id if document else None))
    session.flush()
    return item


def address(item: Item, person: Person, keys: Sequence[Key], *, urgency: str = "", in_turn: bool = False) -> None:
    """Say to whom a draft will be handed, in this order. Raises Denied, Invalid."""
    session = items.lock(item)
    if not policy.may_edit(item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    item.urgency = urgency_of(urgency)
    item.version += 1
    in_turn = in_turn and item.kind == ItemKind.CIRCULATION
    session.get_one(Circulation, item.id).in_turn = in_turn
    _require_named(session, keys)
    for step in steps_of(session, item):
        session.delete(step)
    session.flush()  # the former rows go before the same people come back
    at = now()
    session.add_all(_step(item, person, key, "", at, position=place) for place, key in enumerate(keys, 1))
    session.flush()
    items.put_readers(item, Scope(tuple(keys[:1] if in_turn else keys)))


def begin(session: Session, item: Item) -> None:
    """Told that an item is out: the first of those in turn, or all at once, may read it from now on."""
    if item.kind in HANDED_OVER:
        steps = steps_of(session, item)
        in_turn = session.get_one(Circulation, item.id).in_turn
        _let_read(session, item, steps[:1] if in_turn else steps)


def pass_on(item: Item, person: Person, keys: Sequence[Key], remark: str) -> list[CirculationStep]:
    """A reader gives a circulation to further people and units, who read it at once.

    Whoever has it already, or will have it in turn, isn't given it twice. Raises Denied for a delivery, Invalid when
    nobody new is named, NotFound when it was withdrawn meanwhile.
    """
    session = items.lock(item)
    if item.state != ItemState.PUBLISHED:
        raise NotFound(GONE)
    if item.kind != ItemKind.CIRCULATION:
        raise Denied("A direct delivery can't be passed on.")
    _require_named(session, keys)
    remark, steps = _words(remark, "remark"), steps_of(session, item)
    there = {step.key: step for step in steps}
    # Whose turn hasn't come gets it now: somebody wants them to know.
    early = [there[str(key)] for key in keys if str(key) in there and there[str(key)].begun_at is None]
    given = [_step(item, person, key, remark, now()) for key in keys if str(key) not in there]
    if not given and not early:
        raise Invalid("They have it already; name somebody else.", field="to")
    if len(steps) + len(given) > MOST_STEPS:
        raise Invalid("At most %(most)s people and units get the same item.", field="to", most=MOST_STEPS)
    session.add_all(given)
    session.flush()
    _let_read(session, item, [*given, *early])
    record(Event.CIRCULATION_PASSED_ON, subject=item, actor=person, to=[str(key) for key in keys], remark=remark)
    return given


def finish(item: Item, person: Person, opinion: str) -> None:
    """A reader has read it 阅毕, perhaps with an opinion; the next in turn may read it then. Raises AlreadyDone."""
    session = items.lock(item)
    if item.state != ItemState.PUBLISHED or item.kind != ItemKind.CIRCULATION:
        raise NotFound(GONE)
    step = step_of(session, item, person)
    if step is None:
        raise Denied("This wasn't circulated to you.")
    if step.done_at is not None:
        raise AlreadyDone("This was done already.")
    step.opinion, step.done_at, step.done_by_id = _words(opinion, "opinion"), now(), person.id
    step.done_for_id = person.acting_for.id if person.acting_for else None
    session.flush()
    record(Event.CIRCULATION_READ, subject=item, actor=person, opinion=step.opinion)
    if step.position:
        go_on(session, item)


def go_on(session: Session, item: Item) -> None:
    """Let the next in turn read it, unless somebody in turn has it; whoever holds the item's row calls it."""
    if not any(one.position and one.begun_at and not one.done_at for one in steps_of(session, item)):
        _begin_next(session, item)


def let_next(item: Item, person: Person) -> None:
    """The sender lets the next in turn read it, when the one before is away. Raises AlreadyDone when all have it."""
    session = items.lock(item)
    if item.state != ItemState.PUBLISHED or not policy.is_author(item, person):
        raise Denied("Only the sender can do this.")
    step = _begin_next(session, item)
    if step is None:
        raise AlreadyDone("Everybody in turn has it already.")
    record(Event.CIRCULATION_HASTENED, subject=item, actor=person, to=step.key)


def steps_of(session: Session, item: Item, *options: Any) -> list[CirculationStep]:
    """The trail: those in turn or addressed at first, then those it was passed on to."""
    rows = session.scalars(
        select(CirculationStep)
        .where(CirculationStep.item_id == item.id)
        .order_by(CirculationStep.position == 0, CirculationStep.position, CirculationStep.id)
        .options(*options)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def step_of(session: Session, item: Item, person: Person) -> CirculationStep | None:
    """The step of the person at whose desk they work, else their unit's, as far as it has come."""
    keys = (f"person:{person.desk_id}", f"unit:{person.unit_id}")
    reached = {step.key: step for step in steps_of(session, item) if step.key in keys and step.begun_at}
    return next((reached[key] for key in keys if key in reached), None)


def _step(item: Item, giver: Person, key: Key, remark: str, at: datetime, *, position: int = 0) -> CirculationStep:
    return CirculationStep(
        item_id=item.id,
        position=position,
        key=str(key),
        giver_id=giver.id,
        giver_for_id=giver.acting_for.id if giver.acting_for else None,
        remark=remark,
        given_at=at,
    )


def _begin_next(session: Session, item: Item) -> CirculationStep | None:
    step = next((one for one in steps_of(session, item) if one.begun_at is None), None)
    if step is not None:
        _let_read(session, item, [step])
    return step


def _let_read(session: Session, item: Item, steps: Sequence[CirculationStep]) -> None:
    for step in steps:
        step.begun_at = now()
    session.flush()
    there = Scope.of(item).included
    new = (Key.read(step.key) for step in steps)
    items.put_readers(item, Scope((*there, *(key for key in new if key not in there))))


def _require_named(session: Session, keys: Sequence[Key]) -> None:
    if not keys:
        raise Invalid("Say who gets it.", field="to")
    if len(keys) > MOST_STEPS:
        raise Invalid("At most %(most)s people and units get the same item.", field="to", most=MOST_STEPS)
    if any(key.of not in NAMED or key.role for key in keys) or not readers.exist(session, keys):
        raise Invalid("Name people and units.", field="to")


def _words(text: str, field: str) -> str:
    return said(text, field, LONGEST_REMARK, needed=False)
