"""What accounts put on a desk: neglect among the people one looks after, as counts that open their list (A-5)."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import listing
from portal.people.listing import Wanted
from portal.people.models import Person
from portal.people.piles import Part, Pile, SectionKind, counted

PEOPLE = "staff.index"
STATES = {"no-password": Wanted.NO_PASSWORD, "no-mobile": Wanted.NO_MOBILE}
SECTIONS = (
    SectionKind("no-password", N_("People who can't log in yet"), "key", Part.WATCH, PEOPLE, 160, own=True),
    SectionKind(
        "no-mobile", N_("People without a confirmed mobile number"), "phone", Part.WATCH, PEOPLE, 170, own=True
    ),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that accounts fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """How many of the people the person administers still lack something."""
    if person.may(P.PEOPLE_ADMINISTER):
        for section, state in STATES.items():
            count = listing.count(person, state)
            yield counted(section, person.unit.short_name, count, PEOPLE, {"state": state.value})
