"""What happened to a delivery, read from the ledger for its timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.exchange.models import COPY_KIND_LABELS, CopyKind, Delivery
from portal.ledger import queries as ledger
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LABELS = {
    Event.DELIVERY_DELIVERED: N_("Delivered"),
    Event.DELIVERY_CLAIMED: N_("Claimed"),
    Event.DELIVERY_RELEASED: N_("Released to the unit"),
    Event.DELIVERY_TAKEN_OVER: N_("Taken over"),
    Event.DELIVERY_HANDED_OVER: N_("Handed over"),
    Event.DELIVERY_OPENED: N_("Opened"),
    Event.DELIVERY_CHECKED: N_("Checks confirmed"),
    Event.DELIVERY_RECEIVED: N_("Received"),
    Event.DELIVERY_RETURNED: N_("Returned"),
    Event.DELIVERY_RECALLED: N_("Recalled"),
    Event.DELIVERY_URGED: N_("Urged by the sender"),
    Event.DELIVERY_FILE_TAKEN: N_("Attachment downloaded"),
    Event.DELIVERY_MORE_ASKED: N_("More copies asked for"),
    Event.DELIVERY_MORE_GRANTED: N_("More copies granted"),
    Event.DELIVERY_MORE_REFUSED: N_("More copies refused"),
}
REFUSALS = frozenset({Event.DELIVERY_RETURNED, Event.DELIVERY_RECALLED, Event.DELIVERY_MORE_REFUSED})


@dataclass(frozen=True)
class Happening:
    """One line of the timeline: msgids with parameters; `opinion` is somebody's own words."""

    what: str
    at: datetime
    who: str = ""
    acting_for: str = ""
    unit: str = ""
    opinion: str = ""
    detail: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    refused: bool = False


def of(session: Session, delivery: Delivery) -> list[Happening]:
    """Everything that happened, oldest first."""
    events = ledger.history(session, "delivery", delivery.id)
    people = _actors(session, events)
    return [_happening(event, people) for event in events if event.kind in LABELS]


def _actors(session: Session, events: Sequence[LedgerEvent]) -> Mapping[int, Person]:
    ids = {some for event in events for some in _named(event) if some is not None}
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _named(event: LedgerEvent) -> tuple[int | None, ...]:
    return event.actor_id, event.acting_for_id, event.facts.get("former"), event.facts.get("claimed_by")


def _happening(event: LedgerEvent, people: Mapping[int, Person]) -> Happening:
    person, stood_for = people.get(event.actor_id or 0), people.get(event.acting_for_id or 0)
    kind = Event(event.kind)
    detail, params = _claims(event.facts, people) or _detail(kind, event.facts)
    return Happening(
        what=LABELS[kind],
        at=event.at,
        who=person.name if person else "",
        acting_for=stood_for.name if stood_for else "",
        unit=person.unit.short_name_at(event.at) if person else "",
        opinion=event.facts.get("reason") or event.facts.get("message") or "",
        detail=detail,
        params=params,
        refused=kind in REFUSALS,
    )


def _claims(facts: Mapping[str, Any], people: Mapping[int, Person]) -> tuple[str, dict[str, Any]] | None:
    """Who had the item before, and who has it now, when it passed from hand to hand."""
    if "former" not in facts:
        return None
    former, later = people[facts["former"]].name, people.get(facts.get("claimed_by") or 0)
    if later is None:
        return N_("It was %(name)s's until then."), {"name": former}
    return N_("From %(former)s to %(name)s."), {"former": former, "name": later.name}


def _detail(kind: Event, facts: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The facts in words, as a msgid with its parameters."""
    if kind is Event.DELIVERY_DELIVERED:
        return N_("May print %(copies)s copies."), {"copies": facts["print_quota"]}
    if kind is Event.DELIVERY_RECEIVED:
        how = COPY_KIND_LABELS[CopyKind(facts["how"])]
        return N_("%(how)s; counts as received on %(day)s."), {"how": how, "day": facts["counted_on"]}
    if kind is Event.DELIVERY_FILE_TAKEN:
        return "%(name)s", {"name": facts["name"]}
    if kind is Event.DELIVERY_MORE_ASKED:
        return N_("%(count)s copies more."), {"count": facts["wanted"]}
    if kind is Event.DELIVERY_MORE_GRANTED:
        return N_("%(count)s copies more."), {"count": facts["granted"]}
    return "", {}
