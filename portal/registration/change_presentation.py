"""Changes of units as pages show them: the way, the course, the dry run beside what was done."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.registration.change_lifecycle import OPEN, ChangeState
from portal.registration.change_models import UnitChange

S = ChangeState
TONES = {
    S.FILED: "info",
    S.AGREED: "info",
    S.REVIEWED: "active",
    S.DONE: "good",
    S.REFUSED: "bad",
    S.WITHDRAWN: "neutral",
}
WAY = (
    (N_("Unit applies"), S.FILED),
    (N_("Unit head agrees"), S.AGREED),
    (N_("Office reviews"), S.REVIEWED),
    (N_("Office carries it out"), S.DONE),
)
COURSE = {
    Event.UNIT_CHANGE_FILED: N_("Applied for"),
    Event.UNIT_CHANGE_PEOPLE_NAMED: N_("People who stay named"),
    Event.UNIT_CHANGE_AGREED: N_("Unit head agreed"),
    Event.UNIT_CHANGE_REVIEWED: N_("Office reviewed"),
    Event.UNIT_CHANGE_CONFIRMED: N_("Numbers of the dry run confirmed"),
    Event.UNIT_CHANGE_CARRIED_OUT: N_("Carried out"),
    Event.UNIT_CHANGE_REFUSED: N_("Refused"),
    Event.UNIT_CHANGE_WITHDRAWN: N_("Withdrawn"),
}
STOPS = frozenset({Event.UNIT_CHANGE_REFUSED, Event.UNIT_CHANGE_WITHDRAWN})


def way_of(change: UnitChange) -> list[dict[str, str]]:
    """The steps for the macro."""
    order = [state for _, state in WAY]
    stopped = change.state not in order
    reached = -1 if stopped else order.index(S(change.state))
    items = []
    for place, (label, _) in enumerate(WAY):
        state = "done" if place <= reached else "current" if place == reached + 1 else "waiting"
        items.append({"label": gettext(label), "state": "skipped" if stopped and place else state})
    if stopped:
        items[0]["state"] = "done"
        items[1]["state"] = "refused"
    return items


def course_of(session: Session, change: UnitChange) -> list[dict[str, Any]]:
    """What happened, newest first, with the opinions."""
    events = history(session, "unit-change", change.id)
    ids = {event.actor_id for event in events if event.actor_id is not None}
    people = {person_id: session.get_one(Person, person_id) for person_id in ids}
    return [
        {
            "what": gettext(COURSE[Event(event.kind)]),
            "who": people[event.actor_id].name if event.actor_id else "",
            "unit": people[event.actor_id].unit.short_name_at(event.at) if event.actor_id else "",
            "at": event.at,
            "opinion": event.facts.get("opinion", ""),
            "state": "refused" if event.kind in STOPS else "done",
        }
        for event in reversed(events)
    ]


def compared(shown: list[dict[str, Any]], result: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The rows by unit, blocking ones first, each with the number of what was done, once it is."""
    done = {(row["unit"], row["key"]): row["count"] for row in result or ()}
    rows = [{**row, "done": done.get((row["unit"], row["key"]))} for row in shown]
    rows.sort(key=lambda row: (row["unit"], not row["blocking"]))
    return [
        {"unit": name, "rows": list(group), "places": places}
        for places, (name, group) in enumerate(groupby(rows, key=lambda row: row["unit_name"]))
    ]


def is_open(change: UnitChange) -> bool:
    """Whether the case is under way."""
    return change.state in OPEN
