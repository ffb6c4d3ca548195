"""What journals put on a desk: new issues of those one follows (M-9)."""

from __future__ import annotations

from collections.abc import Iterator

from portal.content.models import Item
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.journals import queries
from portal.journals.models import Journal, JournalIssue
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found

ISSUES = "journal-issues"
SECTIONS = (SectionKind(ISSUES, N_("Journals you follow"), "news", Part.NEWS, "journals.index", 245),)
SHOWN = 20


def sections() -> tuple[SectionKind, ...]:
    """The section of the home page that journals fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """New issues of followed journals, until they are opened."""
    if person.may(P.CONTENT_VIEW):
        columns = found(
            ISSUES, id=Item.id, title=Item.title, at=Item.published_at, party=Journal.name, number=JournalIssue.label
        )
        yield Pile(
            ISSUES, queries.new_followed(person, *columns).order_by(Item.published_at.desc()).limit(SHOWN), _line
        )


def _line(row: Found) -> Line:
    target = {"item_id": row.id}
    return Line(ISSUES, row.title, "journals.issue", target, row.at, party=row.party or "", number=row.number or "")
