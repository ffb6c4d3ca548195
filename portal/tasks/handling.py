"""Dealing with what is asked: accept it, say who does it, reply within the limit or explain why not (GZ42)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.said import said
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.rules import ExchangeRules
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.tasks import files, limits, policy
from portal.tasks.lifecycle import ASSIGNMENT, AssignmentAct, AssignmentState
from portal.tasks.models import Assignment, Reply, ReplyFile
from portal.tasks.operations import LONGEST_REASON, address, lock, required

LONGEST_REPLY = 10_000


def accept(assignment: Assignment, person: Person) -> None:
    """Take the matter on; where nobody was named, whoever accepts deals with it. Raises AlreadyDone, Denied."""
    _begin(assignment, person)
    if assignment.state != AssignmentState.SENT:
        raise AlreadyDone("This was accepted already.")
    _require_dealing(assignment, person)
    assignment.state = ASSIGNMENT.advance(assignment.state, AssignmentAct.ACCEPT)
    assignment.accepted_at = now()
    if assignment.assignee_id is None:
        assignment.assignee_id = person.desk_id
    record(Event.ASSIGNMENT_ACCEPTED, subject=assignment, actor=person)


def assign(assignment: Assignment, person: Person, to: Person | None, reason: str) -> None:
    """Say who of the unit deals with it, with a reason where somebody does. Raises AlreadyDone, Denied, Invalid."""
    items.lock(assignment.task.item)
    _begin(assignment, person)
    ASSIGNMENT.advance(assignment.state, AssignmentAct.ASSIGN)
    if not policy.may_assign(assignment, person):
        raise Denied("This matter isn't yours to assign.")
    if to is None or to.unit_id != assignment.holder_id or to.closed_at is not None:
        raise Invalid("Choose somebody of your unit.", field="assignee")
    former = assignment.assignee_id
    if former == to.id:
        raise AlreadyDone("This person deals with it already.")
    reason = said(reason, "assign_reason", LONGEST_REASON, needed=former is not None)
    assignment.assignee_id, assignment.assignee = to.id, to
    address(assignment.task)
    record(Event.ASSIGNMENT_ASSIGNED, subject=assignment, actor=person, former=former, assignee=to.id, reason=reason)


def ask_extension(
    assignment: Assignment, person: Person, rules: ExchangeRules, until: date | None, reason: str
) -> None:
    """Ask the requester for more time. Raises AlreadyDone while a request is open, Denied, Invalid."""
    _begin(assignment, person)
    ASSIGNMENT.advance(assignment.state, AssignmentAct.ASK_EXTENSION)
    _require_dealing(assignment, person)
    if assignment.asked_at is not None:
        raise AlreadyDone("More time was asked for already; the requester decides.")
    until = limits.require_later(until, assignment, rules, "until")
    reason = required(reason, "why")
    assignment.asked_until, assignment.asked_reason, assignment.asked_at = until, reason, now()
    record(Event.ASSIGNMENT_EXTENSION_ASKED, subject=assignment, actor=person, until=str(until), reason=reason)


def explain(assignment: Assignment, person: Person, reason: str) -> None:
    """Tell the requester why it takes longer (GZ42). Raises AlreadyDone for the same words again, Denied, Invalid."""
    _begin(assignment, person)
    ASSIGNMENT.advance(assignment.state, AssignmentAct.EXPLAIN)
    _require_dealing(assignment, person)
    reason = required(reason, "delay")
    if reason == assignment.delay_reason:
        raise AlreadyDone("The requester has read this already.")
    assignment.delay_reason, assignment.delayed_at = reason, now()
    record(Event.ASSIGNMENT_DELAY_EXPLAINED, subject=assignment, actor=person, reason=reason)


def reply(assignment: Assignment, person: Person, text: str, received: Sequence[ReplyFile] = ()) -> Reply:
    """Answer with text and files, which `files.take` has received before. Raises as `check_reply` does."""
    session = _begin(assignment, person)
    check_reply(assignment, person, text, len(received))
    state = ASSIGNMENT.advance(assignment.state, AssignmentAct.REPLY)
    text = required(text, "reply", LONGEST_REPLY)
    answer = Reply(
        number=len(assignment.replies) + 1,
        text=text,
        author_id=person.id,
        author_for_id=person.acting_for.id if person.acting_for else None,
        at=now(),
        files=list({file.digest: file for file in received}.values()),
    )
    assignment.replies.append(answer)
    assignment.state, assignment.replied_at = state, answer.at
    assignment.asked_until, assignment.asked_at, assignment.asked_reason = None, None, ""
    session.flush()
    record(Event.ASSIGNMENT_REPLIED, subject=assignment, actor=person, reply=answer.number, files=len(answer.files))
    return answer


def check_reply(assignment: Assignment, person: Person, text: str, count: int) -> None:
    """Whether this person may reply so, with `count` files: asked without a lock too, before those are looked into.

    Raises AlreadyDone, Denied, Invalid, Refused.
    """
    if assignment.state == AssignmentState.REPLIED:
        raise AlreadyDone("The reply was sent already.")
    ASSIGNMENT.advance(assignment.state, AssignmentAct.REPLY)
    if not policy.receives(assignment, person):
        raise Denied("Only the side that was asked can do this.")
    _require_dealing(assignment, person)
    required(text, "reply", LONGEST_REPLY)
    files.check(count)


def _begin(assignment: Assignment, person: Person) -> Session:
    session = lock(assignment)
    if not policy.receives(assignment, person):
        raise Denied("Only the side that was asked can do this.")
    return session


def _require_dealing(assignment: Assignment, person: Person) -> None:
    if not policy.deals_with(assignment, person):
        raise Denied("Somebody else deals with this matter. Have it assigned to you first.")
