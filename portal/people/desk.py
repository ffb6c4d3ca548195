"""What accounts put on a desk: heads of units to confirm or filed; neglect, as counts that open their list (A-5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import aliased

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import headship, listing
from portal.people.headship_models import WISH_LABELS, HeadshipFiling, Wish
from portal.people.lifecycle import HEADSHIP_LABELS, HeadshipState
from portal.people.listing import Wanted
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, counted, found
from portal.units.models import Unit

PEOPLE, PERSON, HEADS = "staff.index", "staff.show", "headship.index"
TO_CONFIRM, FILED = "heads-to-confirm", "heads-filed"
STATES = {"no-password": Wanted.NO_PASSWORD, "no-mobile": Wanted.NO_MOBILE}
SECTIONS = (
    SectionKind(TO_CONFIRM, N_("Heads of units to confirm"), "gavel", Part.TODO, HEADS, 129),
    SectionKind(FILED, N_("Head of our unit, filed with the office"), "gavel", Part.WATCH, HEADS, 158, own=True),
    SectionKind("no-password", N_("People who can't log in yet"), "key", Part.WATCH, PEOPLE, 160, own=True),
    SectionKind(
        "no-mobile", N_("People without a confirmed mobile number"), "phone", Part.WATCH, PEOPLE, 170, own=True
    ),
)


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that accounts fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Heads to confirm and filed; how many of the people the person administers still lack something."""
    if person.may(P.PEOPLE_ADMINISTER):
        yield Pile(TO_CONFIRM, _heads(TO_CONFIRM, headship.waiting_for(person)), _to_confirm_line)
        yield Pile(FILED, _heads(FILED, headship.of_own_unit(person)), _filed_line)
        for section, state in STATES.items():
            count = listing.count(person, state)
            yield counted(section, person.unit.short_name, count, PEOPLE, {"state": state.value})


def _heads(key: str, filings: Select[Any]) -> Select[Any]:
    """Filings about heads: one reads of whom, of which unit and what is wished."""
    meant = aliased(Person)
    columns = found(
        key,
        id=HeadshipFiling.person_id,
        title=meant.name,
        at=HeadshipFiling.filed_at,
        party=Unit.short_name,
        state=HeadshipFiling.state,
        mark=HeadshipFiling.wish,
    )
    rows = filings.join(meant, meant.id == HeadshipFiling.person_id)
    return rows.with_only_columns(*columns, maintain_column_froms=True).order_by(HeadshipFiling.id)


def _to_confirm_line(row: Found) -> Line:
    wish = WISH_LABELS[Wish(row.mark or "")]
    return Line(TO_CONFIRM, row.title, PERSON, {"person_id": row.id}, row.at, party=row.party or "", state=wish)


def _filed_line(row: Found) -> Line:
    state = HEADSHIP_LABELS[HeadshipState(row.state)]
    late = row.state == HeadshipState.REFUSED
    return Line(FILED, row.title, PERSON, {"person_id": row.id}, row.at, state=state, late=late)
