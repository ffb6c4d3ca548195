"""Writing reports, setting when leaders see them, and what they instruct (M-4, GZ43)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content import policy as item_policy
from portal.content import queries as item_queries
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.readers import Key, Scope
from portal.content.said import said
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import LEADERS
from portal.reports import hooks, policy, queries
from portal.reports.models import Instruction, Report
from portal.units.models import Unit

LONGEST_TEXT = 2000


def draft_report(
    session: Session,
    author: Person,
    title: str,
    text: str,
    *,
    leaders: Sequence[int],
    shown_from: datetime | None = None,
    shown_until: datetime | None = None,
) -> Item:
    """Begin a report to some leaders. Raises Denied, Invalid for a time that ends before it begins."""
    _check_time(shown_from, shown_until)
    item = items.draft(session, author, ItemKind.REPORT, title, text)
    session.add(Report(item_id=item.id, shown_from=shown_from, shown_until=shown_until))
    session.flush()
    if leaders:
        items.set_readers(item, author, Scope(tuple(Key("person", str(number)) for number in dict.fromkeys(leaders))))
    return item


def set_time(item: Item, person: Person, *, shown_from: datetime | None, shown_until: datetime | None) -> None:
    """Set from when and until when the leaders see a draft. Raises Denied once it is handed in, Invalid."""
    session = items.lock(item)
    if not item_policy.may_edit(item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    _check_time(shown_from, shown_until)
    report = queries.get_report(session, item)
    report.shown_from, report.shown_until = shown_from, shown_until
    record(Event.REPORT_TIMED, subject=item, actor=person, since=_written(shown_from), until=_written(shown_until))


def check_scope(session: Session, item: Item, scope: Scope) -> None:
    """Special reports go to leaders: by name, or by a leader's role. Raises Invalid for other readers."""
    if item.kind != ItemKind.REPORT:
        return
    named = {int(key.value) for key in scope.included if key.of == "person"}
    by_role = all(key.role in LEADERS for key in scope.included if key.of != "person")
    if not by_role or not queries.are_leaders(session, named):
        raise Invalid("Special reports go to leaders only: name one, or choose the role of a leader.", field="role")


def check_complete(session: Session, item: Item) -> None:
    """A report whose time is over is of no use to anybody. Raises Invalid."""
    if item.kind == ItemKind.REPORT:
        until = queries.get_report(session, item).shown_until
        if until is not None and until <= now():
            raise Invalid("The day until which it is shown lies in the past.", field="shown_until")


def when_published(session: Session, item: Item) -> None:
    """Show an approved report in the time its sender set."""
    if item.kind != ItemKind.REPORT:
        return
    report = queries.get_report(session, item)
    item.expires_at = report.shown_until
    if report.shown_from is not None and report.shown_from > now():
        item.published_at = report.shown_from
    for row in item.reader_keys:
        row.show(item)
    session.flush()


def instruct(
    session: Session,
    item: Item,
    person: Person,
    text: str,
    days: int,
    *,
    unit: Unit | None = None,
    named: Person | None = None,
) -> Instruction:
    """A leader the report is addressed to writes an instruction, and it goes out as a request within `days`.

    It asks `unit`, or one of its people by name; without either the unit that sent the report. Raises Denied for
    anybody but such a leader, Invalid, AlreadyDone for the same words to the same receiver again.
    """
    items.lock(item)
    if not (policy.is_leader(person) and item_queries.is_addressed(session, person, item)):
        raise Denied("Only leaders to whom the report is addressed give instructions on it.")
    order = hooks.Order(item, person, said(text, "text", LONGEST_TEXT), days, unit or item.holder, named)
    digest = sha256(f"{order.unit.id}:{named.id if named else ''}:{order.text}".encode()).hexdigest()
    leader = person.desk_id
    same = or_(Instruction.person_id == leader, Instruction.person_for_id == leader)
    again = select(Instruction.id).where(Instruction.item_id == item.id, same, Instruction.text_digest == digest)
    if session.scalar(again) is not None:
        raise AlreadyDone("You have given this instruction already.")
    (task,) = hooks.instructed.call(session, order)
    instruction = Instruction(
        item_id=item.id,
        person_id=person.id,
        person_for_id=person.acting_for.id if person.acting_for else None,
        text=order.text,
        text_digest=digest,
        given_at=now(),
        task_id=task.id,
    )
    session.add(instruction)
    session.flush()
    record(
        Event.REPORT_INSTRUCTED, subject=item, actor=person, instruction=instruction.id, text=order.text, task=task.id
    )
    return instruction


def _check_time(shown_from: datetime | None, shown_until: datetime | None) -> None:
    if shown_until is not None and shown_until <= max(shown_from or now(), now()):
        raise Invalid("It must be shown until after it begins, and not end in the past.", field="shown_until")


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
