"""What special reports put on a desk: reports to read, instructions to answer, and those one gave (M-4, M-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import case, cast, or_, select
from sqlalchemy.types import String

from portal.content import queries, readers
from portal.content.models import Item
from portal.core.clock import today
from portal.core.db import session_of
from portal.core.permissions import Permission as P
from portal.core.prepared import moment
from portal.core.text import N_
from portal.people.models import Person
from portal.people.piles import Found, Line, Part, Pile, SectionKind, found
from portal.reports.models import Instruction
from portal.reports.policy import is_leader
from portal.reports.queries import KINDS, given_by, to_answer
from portal.units.models import Unit

ANSWER, NEW, GIVEN = "reports-to-answer", "reports-new", "reports-instructed"
SECTIONS = (
    SectionKind(ANSWER, N_("Leaders’ instructions to answer"), "gavel", Part.TODO, "reports.written", 137, tone="warn"),
    SectionKind(GIVEN, N_("Instructions you gave"), "gavel", Part.WATCH, "reports.index", 182),
    SectionKind(NEW, N_("Special reports for you"), "report", Part.NEWS, "reports.index", 221),
)
SHOWN = 20
LOOKED_BACK = timedelta(days=7)
"""How long an answer stays on the desk of the leader who asked."""
DUE = N_("to be answered by this day")


def sections() -> tuple[SectionKind, ...]:
    """The sections of the home page that reports fill."""
    return SECTIONS


def piles(person: Person) -> Iterator[Pile]:
    """Reports not opened yet, instructions to answer, and those the person gave."""
    if person.may(P.CONTENT_WRITE) or person.may(P.CONTENT_APPROVE):
        columns = found(
            ANSWER, id=Item.id, title=Item.title, at=Instruction.given_at, party=Person.name,
            mark=cast(Instruction.due_on, String),
        )  # fmt: skip
        rows = to_answer(person).join(Person, Person.id == Instruction.person_id)
        rows = rows.with_only_columns(*columns, maintain_column_froms=True)
        yield Pile(ANSWER, rows.order_by(Instruction.due_on, Instruction.id), _to_answer)
    if is_leader(person):
        recent = or_(Instruction.answered_at.is_(None), Instruction.answered_at > moment(LOOKED_BACK))
        columns = found(
            GIVEN, id=Item.id, title=Item.title, at=Instruction.given_at, party=Unit.short_name,
            mark=cast(Instruction.due_on, String),
            state=case((Instruction.answered_at.is_(None), "waiting"), else_="answered"),
        )  # fmt: skip
        rows = given_by(person).join(Unit, Unit.id == Item.holder_id).where(recent)
        rows = rows.with_only_columns(*columns, maintain_column_froms=True)
        yield Pile(GIVEN, rows.order_by(Instruction.answered_at.is_(None), Instruction.id), _given)
    if person.may(P.CONTENT_VIEW):
        keys = readers.keys_of(session_of(person), person)
        new = queries.newest(keys, person.id, KINDS, limit=SHOWN, unread=True).subquery()
        columns = found(NEW, id=Item.id, title=Item.title, at=Item.published_at, party=Unit.short_name)
        rows = select(*columns).join_from(new, Item, Item.id == new.c.item_id).join(Unit, Unit.id == Item.unit_id)
        yield Pile(NEW, rows.order_by(Item.published_at.desc()), _new)


def _new(row: Found) -> Line:
    return Line(NEW, row.title, "reports.report", {"item_id": row.id}, row.at, party=row.party or "")


def _to_answer(row: Found) -> Line:
    day = row.mark or ""
    late = day < today().isoformat()
    target = {"item_id": row.id}
    return Line(
        ANSWER, row.title, "reports.report", target, row.at, party=row.party or "", number=day, state=DUE, late=late
    )


def _given(row: Found) -> Line:
    answered = row.state == "answered"
    late = not answered and (row.mark or "") < today().isoformat()
    state = N_("answered") if answered else N_("overdue") if late else N_("waiting for the answer")
    return Line(
        GIVEN, row.title, "reports.report", {"item_id": row.id}, row.at, party=row.party or "", state=state, late=late
    )
