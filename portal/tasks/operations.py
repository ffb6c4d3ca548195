"""Asking for a matter to be dealt with, and judging what comes of it (M-3, GZ42)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content import policy as item_policy
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.readers import Key, Scope
from portal.content.said import said
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.rules import ExchangeRules
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.tasks import limits, policy
from portal.tasks.lifecycle import ASSIGNMENT, OPEN, AssignmentAct, AssignmentState
from portal.tasks.models import Assignment, Task
from portal.units.models import Unit

LONGEST_REASON = 500
ROOM = 190
"""Lines of the reader scope that receivers may need together; a unit takes one, a person up to five."""
DONE = "This was done already."


@dataclass(frozen=True)
class Terms:
    """What a request says beside its text."""

    days: int | None
    instructed_by: str = ""
    """The leader who handed it down; with it the matter stands on the supervision list."""
    document_id: int | None = None
    """A document the requester may see: the caller has looked."""


def draft_task(session: Session, author: Person, rules: ExchangeRules, title: str, text: str, terms: Terms) -> Task:
    """Begin a request. Raises Denied, Invalid."""
    if not text.strip():
        raise Invalid("Say what is to be done.", field="text")
    item = items.draft(session, author, ItemKind.TASK, title, text)
    task = Task(item_id=item.id, item=item, requester_id=author.desk_id, days=0)
    _put_terms(task, author, rules, terms)
    session.add(task)
    session.flush()
    return task


def set_terms(task: Task, person: Person, rules: ExchangeRules, terms: Terms) -> None:
    """Change limit, leader and document of a draft. Raises Denied, Invalid."""
    _require_draft(task, person)
    _put_terms(task, person, rules, terms)
    task.item.version += 1


def _put_terms(task: Task, person: Person, rules: ExchangeRules, terms: Terms) -> None:
    leader = " ".join(terms.instructed_by.split())[:60]
    if leader and leader != task.instructed_by and not policy.may_supervise(person):
        raise Denied("Only leaders and those who hand on their instructions put a matter on the supervision list.")
    task.days = limits.require_days(terms.days, rules)
    task.leaders_matter, task.instructed_by = bool(leader), leader
    task.document_id = terms.document_id


def add_receiver(task: Task, person: Person, unit: Unit, named: Person | None = None) -> Assignment:
    """Ask a unit, or one of its people by name. Raises Denied, Invalid, AlreadyDone."""
    session = _require_draft(task, person)
    if unit.left_at is not None:
        raise Invalid("This unit has left the exchange.", field="unit")
    if named is not None and (named.unit_id != unit.id or named.closed_at is not None):
        raise Invalid("There is no such person in this unit.", field="person")
    if named is not None and named.id == person.desk_id:
        raise Invalid("Nobody asks themselves.", field="person")
    if any((row.unit_id, row.person_id) == (unit.id, named.id if named else None) for row in task.assignments):
        raise AlreadyDone("This receiver stands on the list already.")
    if sum(5 if row.person_id else 1 for row in task.assignments) > ROOM - 5:
        raise Invalid("These are too many receivers for one request.", field="unit")
    row = Assignment(unit=unit, holder=unit, person=named, assignee=named)
    task.assignments.append(row)
    session.flush()
    address(task)
    return row


def remove_receiver(task: Task, person: Person, assignment: Assignment) -> None:
    """Take a receiver out of a draft."""
    session = _require_draft(task, person)
    task.assignments.remove(assignment)
    session.delete(assignment)
    session.flush()
    address(task)


def address(task: Task) -> None:
    """Let the receivers read the item: each unit; where a person was asked, who deals with it and the heads.

    The caller holds the item's row, taken before those of assignments: two receivers' acts rewrite the same keys.
    """
    session_of(task).refresh(task, ["assignments"])
    keys: set[Key] = set()
    for row in task.assignments:
        unit = Key("unit", str(row.holder_id))
        if row.person_id is None:
            keys.add(unit)
        else:
            keys |= {Key("unit", unit.value, role) for role in policy.HEADS}
            # Not the person once asked: who has handed the matter over, or left, reads it no more.
            keys |= {Key("person", str(row.assignee_id))} if row.assignee_id is not None else set()
    items.put_readers(task.item, Scope(tuple(sorted(keys, key=str))))


def send_out(session: Session, item: Item) -> None:
    """The item has been published: its limit begins at every receiver. Raises Invalid when nobody is asked."""
    if item.kind != ItemKind.TASK:
        return
    task = session.get_one(Task, item.id)
    if not task.assignments:
        raise Invalid("Say whom you ask.", field="unit")
    # Whoever published it; the columns have just been set, the relationships not.
    sender = session.get_one(Person, item.approver_id)
    task.requester_id = sender.desk_id  # drafts change hands with their author
    day = limits.day_after(task.days)
    for row in task.assignments:
        row.state = ASSIGNMENT.advance(row.state, AssignmentAct.SEND)
        row.sent_at, row.due_on, row.due_at = now(), day, limits.end_of(day)
        record(Event.ASSIGNMENT_SENT, subject=row, actor=sender, due_on=str(day))
    address(task)


def keep_published(session: Session, item: Item) -> None:
    """A request others work on doesn't vanish: it is cancelled, with the reason. Raises Refused."""
    if item.kind == ItemKind.TASK:
        raise Refused("A request isn't withdrawn but cancelled: the receivers read why.")


def stop(session: Session, item: Item) -> None:
    """A request was taken down: nobody works on it any more, and nobody is late with it."""
    if item.kind != ItemKind.TASK:
        return
    for row in session.get_one(Task, item.id).assignments:
        if row.state in OPEN:
            row.state, row.ended_at = ASSIGNMENT.advance(row.state, AssignmentAct.CANCEL), now()
            _answered(row)
            record(Event.ASSIGNMENT_CANCELLED, subject=row, actor=item.withdrawn_by, reason=item.note)


def close(assignment: Assignment, person: Person) -> None:
    """Accept the reply: the matter has its result. Raises AlreadyDone, Denied."""
    _begin(assignment, person, done=AssignmentState.CLOSED)
    state = ASSIGNMENT.advance(assignment.state, AssignmentAct.CLOSE)
    reply = assignment.replies[-1]
    assignment.state, assignment.ended_at, reply.outcome = state, now(), "accepted"
    record(Event.ASSIGNMENT_CLOSED, subject=assignment, actor=person, reply=reply.number)


def send_back(assignment: Assignment, person: Person, rules: ExchangeRules, reason: str, until: date | None) -> None:
    """Send the reply back, with a new limit where the old one is over. Raises AlreadyDone, Denied, Invalid."""
    _begin(assignment, person)
    if assignment.replies and assignment.replies[-1].outcome == "sent-back":
        raise AlreadyDone(DONE)
    state = ASSIGNMENT.advance(assignment.state, AssignmentAct.SEND_BACK)
    reason = required(reason, "again")
    if until is not None or limits.end_of(_due(assignment)) <= now():
        until = limits.require_later(until, assignment, rules, "again_until")
        assignment.due_on, assignment.due_at = until, limits.end_of(until)
    reply = assignment.replies[-1]
    assignment.state, reply.outcome = state, "sent-back"
    due = str(assignment.due_on)
    record(Event.ASSIGNMENT_SENT_BACK, subject=assignment, actor=person, reply=reply.number, reason=reason, due_on=due)


def extend(assignment: Assignment, person: Person, rules: ExchangeRules, until: date | None, reason: str) -> None:
    """Grant more time, as asked or to another day. Raises AlreadyDone when nothing is asked for, Denied, Invalid."""
    _begin(assignment, person)
    _require_asked(assignment)
    ASSIGNMENT.advance(assignment.state, AssignmentAct.EXTEND)
    reason = said(reason, "decision", LONGEST_REASON, needed=False)
    until = limits.require_later(until or assignment.asked_until, assignment, rules, "new_until")
    assignment.due_on, assignment.due_at = until, limits.end_of(until)
    _answered(assignment)
    record(Event.ASSIGNMENT_EXTENDED, subject=assignment, actor=person, until=str(until), reason=reason)


def refuse_extension(assignment: Assignment, person: Person, reason: str) -> None:
    """Refuse more time, with the reason. Raises AlreadyDone, Denied, Invalid."""
    _begin(assignment, person)
    _require_asked(assignment)
    ASSIGNMENT.advance(assignment.state, AssignmentAct.REFUSE_EXTENSION)
    reason = required(reason, "decision")
    _answered(assignment)
    record(Event.ASSIGNMENT_EXTENSION_REFUSED, subject=assignment, actor=person, reason=reason)


def cancel(assignment: Assignment, person: Person, reason: str) -> None:
    """The side that asked calls the matter off at this receiver. Raises AlreadyDone, Denied, Invalid."""
    _begin(assignment, person, done=AssignmentState.CANCELLED)
    state = ASSIGNMENT.advance(assignment.state, AssignmentAct.CANCEL)
    reason = required(reason, "cancel_reason")
    assignment.state, assignment.ended_at = state, now()
    _answered(assignment)
    record(Event.ASSIGNMENT_CANCELLED, subject=assignment, actor=person, reason=reason)


def cancel_all(task: Task, person: Person, reason: str) -> int:
    """Call the whole request off: at every receiver where it is open. Raises AlreadyDone when it is nowhere."""
    items.lock(task.item)
    running = [row for row in task.assignments if row.state in OPEN]
    if not running:
        raise AlreadyDone(DONE)
    for row in running:
        cancel(row, person, reason)
    return len(running)


def lock_items(session: Session, item_ids: Iterable[int]) -> None:
    """Keep the rows of several requests' items, before those of their assignments: one order for all (`address`)."""
    for item_id in sorted(set(item_ids)):
        items.lock(session.get_one(Item, item_id))


def lock(assignment: Assignment) -> Session:
    """Read it anew and keep its row until the transaction ends; every act on it begins with that."""
    session = session_of(assignment)
    session.flush()
    session.refresh(assignment, with_for_update={"of": Assignment})
    return session


def required(text: str, field: str, longest: int = LONGEST_REASON) -> str:
    """A text that must be there, and that the content gate lets pass. Raises Invalid."""
    return said(text, field, longest)


def _begin(assignment: Assignment, person: Person, done: AssignmentState | None = None) -> None:
    lock(assignment)
    if not policy.decides(assignment.task, person):
        raise Denied("Only the side that asked can do this.")
    if done is not None and assignment.state == done:
        raise AlreadyDone(DONE)


def _require_draft(task: Task, person: Person) -> Session:
    session = items.lock(task.item)
    if task.item.state != ItemState.DRAFTING or not item_policy.may_edit(task.item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    session.refresh(task, ["assignments"])
    return session


def _require_asked(assignment: Assignment) -> None:
    if assignment.asked_at is None:
        raise AlreadyDone("Nobody asks for more time, or it is decided already.")


def _answered(assignment: Assignment) -> None:
    assignment.asked_until, assignment.asked_at, assignment.asked_reason = None, None, ""


def _due(assignment: Assignment) -> date:
    assert assignment.due_on is not None  # by a constraint, once it is sent
    return assignment.due_on
