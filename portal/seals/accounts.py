"""The account of a ceremony (S-5): what the device signs of the room, and whether a page shows what was signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.core.text import N_
from portal.people.models import Person
from portal.seals import applications, custody_key
from portal.seals.models import Ceremony, Seat

ROOM = "room"
"""Under this name the account holds the room; accounts of before have none."""
APPLICATION, PEOPLE, NUMBER = N_("the application"), N_("the people in the room"), N_("the number of the ceremony")


@dataclass(frozen=True)
class Standing:
    """genuine: None where the custody key isn't at hand; differs: msgids of what the register tells otherwise."""

    genuine: bool | None
    differs: tuple[str, ...] = ()


def room_of(ceremony: Ceremony) -> dict[str, Any]:
    """Who is there for what: the seal server has checked it, and the custody key signs it with the rest."""
    application = ceremony.application
    return {
        "ceremony": ceremony.id,
        "number": ceremony.number,
        "called_by": _said_of(ceremony.called_by),
        "called_at": ceremony.called_at.isoformat(),
        "application": application.id,
        "unit": application.unit.name,
        "content": applications.content(application),
        "seats": _seats(ceremony),
    }


def facts_of(ceremony: Ceremony) -> dict[str, Any]:
    """The facts of the account the device signed; empty without one."""
    return json.loads(ceremony.transcript["body"]) if ceremony.transcript else {}


def has_room(ceremony: Ceremony) -> bool:
    """Whether the device signed who was there; accounts of before don't say it."""
    return bool(_room(facts_of(ceremony)))


def seats_of(ceremony: Ceremony) -> list[dict[str, Any]]:
    """Who was there: as the device signed it, else as the register tells."""
    return list(_room(facts_of(ceremony)).get("seats", ())) or _seats(ceremony)


def standing_of(ceremony: Ceremony, key_file: Path) -> Standing | None:
    """Whether the account is genuine and agrees with the register; None without an account."""
    if not ceremony.transcript:
        return None
    text = ceremony.transcript["body"]
    genuine = custody_key.is_signed(text, ceremony.transcript["signature"], key_file)
    try:
        facts = facts_of(ceremony)
    except ValueError:
        return Standing(genuine and False)
    # The custody key signs custody records too: only what tells an action is an account.
    if genuine and "action" not in facts:
        return Standing(False)
    return Standing(genuine, _differences(ceremony, facts))


def _differences(ceremony: Ceremony, facts: Mapping[str, Any]) -> tuple[str, ...]:
    room, approved = _room(facts), facts.get("approval")
    found = []
    if {ceremony.application_hash, applications.content_hash(ceremony.application)} != {approved}:
        found.append(APPLICATION)
    # Names and units may have changed since; an account is always the same person's.
    if room and _identities(room["seats"]) != _identities(_seats(ceremony)):
        found.append(PEOPLE)
    if room and (room["ceremony"], room["number"]) != (ceremony.id, ceremony.number):
        found.append(NUMBER)
    return tuple(found)


def _room(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return facts.get(ROOM) or {}


def _seats(ceremony: Ceremony) -> list[dict[str, Any]]:
    rows = sorted(ceremony.seats, key=lambda row: list(Seat).index(Seat(row.seat)))
    return [{"seat": row.seat, **_said_of(row.person), "taken_at": row.taken_at.isoformat()} for row in rows]


def _said_of(person: Person) -> dict[str, Any]:
    return {"account": person.account, "name": person.name, "unit": person.unit.name}


def _identities(seats: list[dict[str, Any]]) -> list[tuple[str, str, datetime]]:
    return [(seat["seat"], seat["account"], datetime.fromisoformat(seat["taken_at"])) for seat in seats]
