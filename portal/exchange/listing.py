"""The lists of the exchange: the inbox with its tabs and filters, the sent documents; keyset pages, no totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload, lazyload

from portal.core.db import at_most
from portal.core.runtime import current
from portal.core.text import N_
from portal.documents.models import Attachment, Document
from portal.exchange import claiming, queries
from portal.exchange.lifecycle import DeliveryState as S
from portal.exchange.models import Delivery
from portal.people.facts import facts_of
from portal.people.models import Person
from portal.units.models import Unit

PAGE_ROWS = 20
SENDERS_OF = 200
"""Latest deliveries whose senders the filter offers."""
COUNT_LIMIT = 99
"""Nobody needs to know exactly how many more there are, and counting them all costs."""


@dataclass(frozen=True)
class Tab:
    """One view of the inbox; `counted` when its number is shown."""

    key: str
    label: str
    states: tuple[S, ...]
    counted: bool = True


TABS = (
    Tab("todo", N_("To do"), queries.WAITING),
    Tab("checked", N_("Checked"), (S.CHECKED,)),
    Tab("received", N_("Received"), (S.RECEIVED,), counted=False),
    Tab("returned", N_("Returned"), (S.RETURNED,)),
    Tab("all", N_("All"), tuple(S), counted=False),
)


CLAIMS = {"mine": N_("Claimed by me"), "free": N_("Not claimed"), "others": N_("Claimed by others")}


@dataclass(frozen=True)
class Filter:
    """What the reader looks for; `before` is the id the page before this one ended with."""

    text: str = ""
    kind: str = ""
    unit: int | None = None
    claim: str = ""
    """One of CLAIMS."""
    before: int | None = None


@dataclass(frozen=True)
class Row:
    """A line of the inbox."""

    delivery: Delivery
    attachments: int


def tab_named(key: str) -> Tab:
    """The tab, or the first for an unknown name."""
    return next((tab for tab in TABS if tab.key == key), TABS[0])


def counts(session: Session, person: Person) -> dict[str, int]:
    """How many deliveries the counted tabs hold, none counted beyond the limit; one statement."""
    key = ("inbox counts", facts_of(person))
    answer, _ = current().prepared.ask(session, key, lambda: (_counting(person), None))
    return dict(answer.one()._mapping)


def _counting(person: Person) -> Select[Any]:
    columns = [
        select(func.count())
        .select_from(
            queries.visible_to(person)
            .with_only_columns(Delivery.id)
            .where(Delivery.state.in_(tab.states))
            .limit(COUNT_LIMIT + 1)
            .subquery()
        )
        .scalar_subquery()
        .label(tab.key)
        for tab in TABS
        if tab.counted
    ]
    return select(*columns)


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many deliveries wait in the unit's inbox, for the navigation."""
    some = queries.visible_to(person).with_only_columns(Delivery.id).where(Delivery.state.in_(queries.WAITING))
    return at_most(COUNT_LIMIT + 1, some)


def inbox(session: Session, person: Person, tab: Tab, wanted: Filter) -> tuple[list[Row], bool]:
    """One page of the inbox, newest first, and whether older ones follow."""
    if wanted == Filter():  # what is looked for differs every time
        key = ("inbox", facts_of(person), tab.key)
        found, _ = current().prepared.ask(session, key, lambda: (_page(person, tab, wanted), None))
    else:
        found = session.execute(_page(person, tab, wanted))
    rows = found.all()
    return [Row(delivery, count) for delivery, count in rows[:PAGE_ROWS]], len(rows) > PAGE_ROWS


def _page(person: Person, tab: Tab, wanted: Filter) -> Select[Any]:
    files = select(func.count()).where(Attachment.document_id == Delivery.document_id).scalar_subquery()
    statement = queries.visible_to(person).join(Delivery.document).add_columns(files)
    statement = statement.where(*_conditions(wanted), *_claimed(person, wanted))
    if len(tab.states) < len(S):
        statement = statement.where(Delivery.state.in_(tab.states))
    document = contains_eager(Delivery.document).options(defer(Document.text), joinedload(Document.unit))
    claimers = [
        joinedload(one).options(lazyload(Person.unit), lazyload(Person.role_rows))
        for one in (Delivery.claimed_by, Delivery.claimed_for)
    ]
    return statement.options(document, *claimers).order_by(Delivery.id.desc()).limit(PAGE_ROWS + 1)


def senders(session: Session, person: Person) -> list[tuple[int, str]]:
    """The units the inbox's latest deliveries came from, for the filter: a few, however large the city is."""
    key = ("inbox senders", facts_of(person))
    answer, _ = current().prepared.ask(session, key, lambda: (_senders(person), None))
    return [(row.id, row.name) for row in answer]


def _senders(person: Person) -> Select[int, str]:
    latest = (
        queries.visible_to(person)
        .order_by(Delivery.id.desc())
        .limit(SENDERS_OF)
        .with_only_columns(Delivery.document_id)
    )
    from_there = select(Document.unit_id).where(Document.id.in_(latest.scalar_subquery()))
    return select(Unit.id, Unit.name).where(Unit.id.in_(from_there)).order_by(Unit.sort_key, Unit.id)


def sent(session: Session, person: Person, wanted: Filter) -> tuple[Sequence[Document], bool]:
    """One page of the unit's sent documents, newest first, and whether older ones follow."""
    statement = queries.sent_by(person).options(defer(Document.text))
    if wanted.text:
        statement = statement.where(_mentions(wanted.text))
    if wanted.before is not None:
        statement = statement.where(Document.id < wanted.before)
    rows = session.scalars(statement.order_by(Document.id.desc()).limit(PAGE_ROWS + 1)).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(_mentions(wanted.text))
    if wanted.kind:
        conditions.append(Document.kind == wanted.kind)
    if wanted.unit is not None:
        conditions.append(Document.unit_id == wanted.unit)
    if wanted.before is not None:
        conditions.append(Delivery.id < wanted.before)
    return conditions


def _claimed(person: Person, wanted: Filter) -> list[ColumnElement[bool]]:
    if wanted.claim == "free":
        return [Delivery.claimed_by_id.is_(None)]
    if wanted.claim == "mine":
        return [claiming.held_by(person)]
    if wanted.claim == "others":
        return [claiming.held_by_others(person)]
    return []


def _mentions(text: str) -> ColumnElement[bool]:
    """In the title, or in the number: 政办发〔2026〕12 finds 南政办发〔2026〕12号."""
    year, serial = (cast(column, String) for column in (Document.number_year, Document.number_serial))
    number = Document.number_code + "〔" + year + "〕" + serial + "号"
    return or_(Document.title.contains(text, autoescape=True), number.contains(text, autoescape=True))
