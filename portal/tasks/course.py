"""The course of a request at one receiver, from the ledger, with both names of whoever stood in for another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.tasks.models import Assignment, Reply
from portal.tasks.reminders import OVER
from portal.units.models import Unit

WHAT = {
    Event.ASSIGNMENT_ACCEPTED: N_("Taken on"),
    Event.ASSIGNMENT_ASSIGNED: N_("Assigned to %(name)s"),
    Event.ASSIGNMENT_CANCELLED: N_("Called off"),
    Event.ASSIGNMENT_CLOSED: N_("Reply accepted, done"),
    Event.ASSIGNMENT_DELAY_EXPLAINED: N_("Delay explained"),
    Event.ASSIGNMENT_EXTENDED: N_("New limit granted: %(day)s"),
    Event.ASSIGNMENT_EXTENSION_ASKED: N_("Asked for a new limit: %(day)s"),
    Event.ASSIGNMENT_EXTENSION_REFUSED: N_("More time refused"),
    Event.ASSIGNMENT_HANDED_OVER: N_("Handed over to %(name)s"),
    Event.ASSIGNMENT_INHERITED: N_("Passed to the successor unit %(name)s"),
    Event.ASSIGNMENT_REMINDED: N_("Reminder: due on %(day)s"),
    Event.ASSIGNMENT_REPLIED: N_("Replied"),
    Event.ASSIGNMENT_SENT: N_("Sent, due on %(day)s"),
    Event.ASSIGNMENT_SENT_BACK: N_("Reply sent back, due on %(day)s"),
}
OVERDUE = N_("Overdue since the end of %(day)s")
STATES = {
    Event.ASSIGNMENT_CANCELLED: "refused",
    Event.ASSIGNMENT_EXTENSION_REFUSED: "refused",
    Event.ASSIGNMENT_SENT_BACK: "refused",
    Event.ASSIGNMENT_REMINDED: "waiting",
}


@dataclass(frozen=True)
class Line:
    """One thing that happened; `what` is a msgid with `params`."""

    what: str
    params: dict[str, str]
    who: str
    acting_for: str
    unit: str
    at: datetime
    words: str
    reply: Reply | None
    state: str


def course_of(session: Session, row: Assignment) -> list[Line]:
    """What happened, oldest first."""
    events = history(session, "assignment", row.id)
    ids = {one for event in events for one in (event.actor_id, event.acting_for_id, event.facts.get("assignee")) if one}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    heirs = {event.facts["heir"] for event in events if "heir" in event.facts} | {
        e.unit_id for e in events if e.unit_id
    }
    named = select(Unit).where(Unit.id.in_(heirs)).options(selectinload(Unit.names))
    units = {unit.id: unit for unit in session.scalars(named)}
    replies = {reply.number: reply for reply in row.replies}
    return [_line(event, people, units, replies) for event in events]


def _line(event: LedgerEvent, people: dict[int, Person], units: dict[int, Unit], replies: dict[int, Reply]) -> Line:
    facts, kind = event.facts, Event(event.kind)
    actor, stood_for = people.get(event.actor_id or 0), people.get(event.acting_for_id or 0)
    unit = units.get(event.unit_id or 0)
    shows_reply = kind is Event.ASSIGNMENT_REPLIED
    return Line(
        what=OVERDUE if facts.get("why") == OVER else WHAT[kind],
        params=_params(facts, people, units),
        who=actor.name if actor else "",
        acting_for=stood_for.name if stood_for else "",
        unit=unit.short_name_at(event.at) if unit else "",
        at=event.at,
        words=str(facts.get("reason") or ""),
        reply=replies.get(facts["reply"]) if shows_reply else None,
        state=STATES.get(kind, "done"),
    )


def _params(facts: dict[str, Any], people: dict[int, Person], units: dict[int, Unit]) -> dict[str, str]:
    params: dict[str, str] = {}
    if day := facts.get("due_on") or facts.get("until"):
        params["day"] = date.fromisoformat(day).isoformat()
    if "assignee" in facts:
        assignee = people.get(facts["assignee"] or 0)
        params["name"] = assignee.name if assignee else ""
    if "heir" in facts:
        params["name"] = units[facts["heir"]].name
    return params
