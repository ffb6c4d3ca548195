"""Lists of documents: the tabs as data, filters, keyset pages; each page a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, defer, joinedload, lazyload

from portal.core.db import at_most
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.documents import queries
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, ReviewStep
from portal.people.models import Person

PAGE_ROWS = 20


@dataclass(frozen=True)
class Tab:
    """One view of the list: who has it, which documents are in it; `todo`: they wait for this person.

    `sees` is the part of what is visible that can be in it: the unit's own, those issued with others, or both.
    """

    key: str
    label: str
    permissions: tuple[P, ...]
    holds: Callable[[Person], ColumnElement[bool]]
    sees: Callable[[Person], ColumnElement[bool]] = queries.own
    todo: bool = False


def _in(*states: S) -> Callable[[Person], ColumnElement[bool]]:
    return lambda person: Document.state.in_(states)


def _drafts(person: Person) -> ColumnElement[bool]:
    return queries.at_drafting_desk_of(person) & (Document.state == S.DRAFTING)


def _waiting(person: Person) -> ColumnElement[bool]:
    steps = select(ReviewStep.id).where(ReviewStep.document_id == Document.id, queries.at_desk_of(person))
    return steps.correlate(Document).exists()


def _to_stamp(person: Person) -> ColumnElement[bool]:
    return Document.id.in_(queries.to_stamp_at(person))


TABS = (
    Tab(
        "waiting",
        N_("Waiting for me"),
        (P.DOCUMENTS_REVIEW, P.DOCUMENTS_ISSUE),
        _waiting,
        sees=queries.visible,
        todo=True,
    ),
    Tab("number", N_("To be numbered"), (P.DOCUMENTS_NUMBER,), _in(S.ISSUED), todo=True),
    Tab("stamp", N_("To be stamped"), (P.DOCUMENTS_STAMP,), _to_stamp, sees=queries.visible, todo=True),
    Tab("send", N_("To be sent"), (P.DOCUMENTS_SEND,), _in(S.SEALED), todo=True),
    Tab("drafts", N_("My drafts"), (P.DOCUMENTS_DRAFT,), _drafts, todo=True),
    Tab(
        "progress",
        N_("Under way"),
        (P.DOCUMENTS_VIEW,),
        _in(S.REVIEWING, S.ISSUED, S.NUMBERED, S.FROZEN, S.SEALING, S.SEALED),
    ),
    Tab("sent", N_("Sent"), (P.DOCUMENTS_VIEW,), _in(S.SENT)),
    Tab("joint", N_("Issued with other units"), (P.DOCUMENTS_VIEW,), _in(*S), sees=queries.jointly),
    Tab("all", N_("All"), (P.DOCUMENTS_VIEW,), _in(*S)),
)
WAITING = TABS[0]


@dataclass(frozen=True)
class Filter:
    """What the reader looks for; `before` is the id the page before this one ended with."""

    text: str = ""
    kind: str = ""
    before: int | None = None


def tabs_for(person: Person) -> list[Tab]:
    """The tabs that fit the person's roles."""
    return [tab for tab in TABS if any(person.may(permission) for permission in tab.permissions)]


def documents_in(tab: Tab, person: Person) -> Select[Document]:
    """The tab's documents that the person may see."""
    return select(Document).where(tab.sees(person), tab.holds(person))


def waiting_count(person: Person) -> ColumnElement[int]:
    """How many drafts wait for the person, for the navigation."""
    return at_most(queries.COUNT_LIMIT + 1, documents_in(WAITING, person).with_only_columns(Document.id))


def page(session: Session, person: Person, tab: Tab, wanted: Filter) -> tuple[Sequence[Document], bool]:
    """One page, newest first, and whether older ones follow."""
    statement = documents_in(tab, person).order_by(Document.id.desc()).limit(PAGE_ROWS + 1)
    if wanted.text:
        statement = statement.where(_mentions(wanted.text))
    if wanted.kind:
        statement = statement.where(Document.kind == wanted.kind)
    if wanted.before is not None:
        statement = statement.where(Document.id < wanted.before)
    drafter = joinedload(Document.drafter).options(lazyload(Person.unit), lazyload(Person.role_rows))
    rows = session.scalars(statement.options(drafter, defer(Document.text))).all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def _mentions(text: str) -> ColumnElement[bool]:
    """In the title, or a number: 12 finds 南政办发〔2026〕12号."""
    digits = "".join(char for char in text.rpartition("〕")[2] if char.isdigit())
    in_title = Document.title.contains(text, autoescape=True)
    if digits and digits == text.rpartition("〕")[2].strip("号 ") and len(digits) < 9:
        return or_(in_title, Document.number_serial == int(digits))
    return in_title
