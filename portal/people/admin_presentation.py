"""How lists of people and their histories are read from a request and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from portal.core.clock import CITY_ZONE
from portal.core.text import N_
from portal.ledger.vocabulary import Event
from portal.people import leaving, listing
from portal.people.headship_models import WISH_LABELS, Wish
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.roles import ROLE_LABELS, Role

TEXTS = {
    Event.PERSON_CHANGED: N_("Particulars changed"),
    Event.PERSON_CLOSED: N_("Account closed"),
    Event.PERSON_LOCKED: N_("Account locked for a while"),
    Event.PERSON_MOBILE_CONFIRMED: N_("Mobile number confirmed"),
    Event.PERSON_MOVED: N_("Moved to another unit"),
    Event.PERSON_OPENED: N_("Account opened"),
    Event.PERSON_PASSWORD_CHANGED: N_("Password changed"),
    Event.PERSON_PASSWORD_ISSUED: N_("Initial password issued"),
    Event.PERSON_PASSWORD_VOIDED: N_("Initial password void: slip not fetched"),
    Event.PERSON_PROFILE_CHANGED: N_("Profile changed"),
    Event.PERSON_REOPENED: N_("Account opened again"),
    Event.PERSON_SECOND_FACTOR_SET: N_("Second factor set up"),
    Event.ROLE_ASKED: N_("Filed for the office to confirm"),
    Event.ROLE_CONFIRMED: N_("Confirmed by the office"),
    Event.ROLE_GIVEN: N_("Role given"),
    Event.ROLE_REFUSED: N_("Refused by the office"),
    Event.ROLE_TAKEN: N_("Role taken"),
    Event.ROLE_WITHDRAWN: N_("Filing taken back"),
}
FIELDS = {
    "division": N_("Division"),
    "identity_hash": N_("Identity number"),
    "mobile": N_("Mobile number"),
    "name": N_("Name"),
    "title": N_("Post"),
}
REFUSED = (
    Event.PERSON_CLOSED,
    Event.PERSON_LOCKED,
    Event.PERSON_PASSWORD_VOIDED,
    Event.ROLE_REFUSED,
    Event.ROLE_TAKEN,
)


def read_filter() -> listing.Filter:
    """The filter a request asks for; what isn't one is left out."""
    args = request.args
    state, role = args.get("state", listing.Wanted.OPEN.value), args.get("role", "")
    name, last = args.get("name"), args.get("last", type=int)
    return listing.Filter(
        q=args.get("q", "")[:40],
        unit=args.get("of", "").strip()[:40],
        unit_id=args.get("unit", type=int),
        role=role if role in ROLE_LABELS else "",
        state=state if state in listing.WANTED_LABELS else "",
        after=(name, last) if name is not None and last is not None else None,
    )


def next_page(rows: Sequence[Person]) -> str:
    """The address of the page after these rows."""
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in ("name", "last") and value}
    return url_for("staff.index", **kept, name=rows[-1].name, last=rows[-1].id)


def successors_of(works: Sequence[OpenWork]) -> dict[str, int]:
    """Who was chosen for each kind of work."""
    chosen = {work.key: request.form.get(leaving.field_of(work.key), type=int) for work in works}
    return {key: person_id for key, person_id in chosen.items() if person_id is not None}


def happened(filing: listing.Filing) -> dict[str, Any]:
    """An event of an account as an item of the timeline."""
    kind = Event(filing.event.kind)
    return {
        "what": what(kind),
        "who": filing.actor or "",
        "at": filing.event.at,
        "state": "refused" if kind in REFUSED else "done",
        "detail": detail(filing),
    }


def what(kind: str) -> str:
    """The kind of event in the reader's language."""
    text = TEXTS.get(Event(kind))
    return gettext(text) if text else kind


def detail(filing: listing.Filing) -> str:
    """What an event says beyond its kind."""
    facts = filing.event.facts
    parts = []
    if wish := facts.get("wish"):
        parts.append(gettext(WISH_LABELS[Wish(wish)]))
    elif role := facts.get("role"):
        parts.append(gettext(ROLE_LABELS[Role(role)]))
    parts += [gettext(FIELDS[name]) for name in facts.get("fields", ()) if name in FIELDS]
    if filing.event.kind == Event.PERSON_MOVED:
        parts.append(gettext("from %(before)s to %(unit)s", before=facts["before"], unit=facts["unit"]))
    if reason := facts.get("reason"):
        parts.append(reason)
    names = sorted(set(facts.get("successors", {}).values()))
    if names:
        parts.append(gettext("handed over to %(names)s", names="、".join(names)))
    return " · ".join(parts)


def city_day(name: str, *, after: bool = False) -> datetime | None:
    """The beginning of the day in a request's argument, or of the day after it."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
        return datetime(day.year, day.month, day.day, tzinfo=CITY_ZONE) + timedelta(days=int(after))
    except (ValueError, OverflowError):
        return None
