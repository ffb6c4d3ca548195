"""Editing journals: issues, their articles and proofs, following (M-6, GZ45).

Handing in, approving, publishing and withdrawing an issue are the acts of every item; its articles go with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from portal.content import jobs, readers, texts
from portal.content import operations as items
from portal.content import policy as item_policy
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.journals import policy, queries
from portal.journals.models import (
    FORMATS,
    Journal,
    JournalArticle,
    JournalIssue,
    JournalReaderKey,
    JournalSubscription,
    Numbering,
)
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

NOT_YOURS = "Only the publishers of the unit edit its journals."
LONGEST_COLUMN = 40
MOST_ARTICLES = 200


@dataclass(frozen=True)
class Masthead:
    """What a journal is called and how it is counted."""

    name: str
    subtitle: str = ""
    licence: str = ""
    numbering: Numbering = Numbering.YEARLY
    columns: str = ""
    editors: tuple[str, ...] = ()
    """Accounts of people of the unit."""


def found_journal(session: Session, person: Person, head: Masthead) -> Journal:
    """Begin a journal of the person's unit. Raises Denied, Invalid."""
    if not policy.publishes(person):
        raise Denied(NOT_YOURS)
    journal = Journal(unit_id=person.unit_id, created_at=now(), numbering=head.numbering)
    _put(session, person, journal, head)
    session.add(journal)
    session.flush()
    record(Event.JOURNAL_FOUNDED, subject=journal, actor=person, name=journal.name)
    return journal


def change_journal(journal: Journal, person: Person, head: Masthead, *, closed: bool = False) -> None:
    """Change what a journal is called, who edits it, how it is counted, or end it. Raises Denied, Invalid, Refused."""
    session = _locked(journal, person)
    if head.numbering != journal.numbering and queries.has_numbers(session, journal.id):
        raise Invalid("Issues are out already: their way of counting stays.", field="numbering")
    journal.numbering = head.numbering
    _put(session, person, journal, head)
    if closed != (journal.closed_at is not None):
        journal.closed_at = now() if closed else None
    session.flush()
    record(Event.JOURNAL_CHANGED, subject=journal, actor=person, name=journal.name, closed=closed)


def set_default_readers(journal: Journal, person: Person, scope: readers.Scope) -> None:
    """Say who reads the journal as a rule; each new issue begins with it. Raises Denied, Invalid."""
    _locked(journal, person)
    _set_default_readers(journal, person, scope)


def add_default_reader(journal: Journal, person: Person, key: readers.Key, *, excluded: bool = False) -> None:
    """Add a line to the scope as it is now: what others change at the same time isn't lost."""
    _locked(journal, person)
    _set_default_readers(journal, person, queries.default_scope(journal).with_line(key, excluded=excluded))


def remove_default_reader(journal: Journal, person: Person, key: str, *, excluded: bool = False) -> None:
    """Take a line out of the scope as it is now."""
    _locked(journal, person)
    _set_default_readers(journal, person, queries.default_scope(journal).without_line(key, excluded=excluded))


def _set_default_readers(journal: Journal, person: Person, scope: readers.Scope) -> None:
    session, keys = session_of(journal), (*scope.included, *scope.excluded)
    if len(keys) > items.MOST_KEYS:
        raise Invalid("At most %(most)s lines say who reads an item. Make a group.", field="key", most=items.MOST_KEYS)
    there_already = {row.key for row in journal.reader_keys}
    if not readers.exist(session, keys, of_unit=journal.holder_id, known=there_already):
        raise Invalid("There is no such set of readers.", field="key")
    readers.make_known(session, (str(key) for key in keys))
    wanted = {(str(key), out) for side, out in ((scope.included, False), (scope.excluded, True)) for key in side}
    kept = [row for row in journal.reader_keys if (row.key, row.excluded) in wanted]
    new = wanted - {(row.key, row.excluded) for row in kept}
    journal.reader_keys = kept + [JournalReaderKey(key=key, excluded=excluded) for key, excluded in sorted(new)]
    session.flush()
    record(
        Event.JOURNAL_READERS_SET,
        subject=journal,
        actor=person,
        included=[str(key) for key in scope.included],
        excluded=[str(key) for key in scope.excluded],
    )


def names_group(session: Session, key: str) -> bool:
    """Whether a journal is read by the group as a rule."""
    return session.scalar(select(JournalReaderKey.journal_id).where(JournalReaderKey.key == key).limit(1)) is not None


def draft_issue(journal: Journal, person: Person, title: str, text: str = "") -> Item:
    """Begin an issue, read by those who read the journal. Raises Denied, Invalid, Refused for a journal that ended."""
    session = _locked(journal, person)
    if journal.closed_at is not None:
        raise Refused("This journal has ended: it has no new issues.")
    item = items.draft(session, person, ItemKind.JOURNAL_ISSUE, title, text)
    session.add(JournalIssue(item_id=item.id, journal_id=journal.id))
    items.put_readers(item, queries.default_scope(journal), known={row.key for row in journal.reader_keys})
    session.flush()
    return item


def draft_article(issue: Item, person: Person, title: str, text: str, *, column: str = "", byline: str = "") -> Item:
    """Add an article to an issue being made: behind the last of its column. Raises Denied, Invalid, Refused."""
    session = _editable(issue, person)
    if len(issue.parts) >= MOST_ARTICLES:
        raise Refused("An issue has %(most)s articles at most.", most=MOST_ARTICLES)
    column, rows = _column(column), queries.articles(session, issue)
    same = [place for place, row in enumerate(rows, start=1) if row.column == column]
    place = (same[-1] if same and column else len(rows)) + 1
    item = items.draft(session, person, ItemKind.ARTICLE, title, text, parent=issue)
    session.add(JournalArticle(item_id=item.id, column=column, byline=_byline(byline)))
    order = [row.item for row in rows]
    order.insert(place - 1, item)
    _number(order)
    session.flush()
    return item


def change_article(article: Item, person: Person, *, column: str, byline: str) -> None:
    """Change an article's column and byline; title and text are the item's. Raises Denied, Invalid."""
    session = _editable(queries.issue_of(article), person)
    row = session.get_one(JournalArticle, article.id)
    column, byline = _column(column), _byline(byline)
    if (row.column, row.byline) != (column, byline):
        row.column, row.byline, article.changed_at = column, byline, now()
        article.version += 1
        record(Event.ITEM_CHANGED, subject=article, actor=person, version=article.version)


def move_article(article: Item, person: Person, steps: int) -> None:
    """Move an article up (-1) or down (1) in its issue. Raises Denied, Refused at either end."""
    issue = queries.issue_of(article)
    session = _editable(issue, person)
    order = [row.item for row in queries.articles(session, issue)]
    place = order.index(article)
    target = place + (1 if steps > 0 else -1)
    if not 0 <= target < len(order):
        raise Refused("It stands at the end of the issue already.")
    order[place], order[target] = order[target], order[place]
    _number(order)
    session.flush()
    record(Event.ITEM_MOVED, subject=article, actor=person, position=article.position)


def remove_article(article: Item, person: Person) -> None:
    """Take an article out of an issue being made. Raises Denied, AlreadyDone."""
    issue = queries.issue_of(article)
    session = _editable(issue, person)
    items.discard(article, person)
    session.flush()
    _number([row.item for row in queries.articles(session, issue)])


def ask_proof(issue: Item, person: Person) -> None:
    """Have the worker set the pages: with the mark of a proof, or, once it is out, those that could not be set.

    Raises Denied, Refused where the pages of what is out are set or being set.
    """
    session = items.lock(issue)
    if not item_policy.sees_inside(issue, person):
        raise Denied(NOT_YOURS)
    if issue.state in (ItemState.DRAFTING, ItemState.SUBMITTED):
        session.get_one(JournalIssue, issue.id).proofed_at = now()
    elif issue.state != ItemState.PUBLISHED or jobs.setting_of(session, issue) != jobs.Setting.FAILED:
        raise Refused("This issue is out: its pages are set already.")
    jobs.ask_pages(session, issue)
    record(Event.ITEM_PROOF_ASKED, subject=issue, actor=person, version=issue.version)


def give_number(session: Session, item: Item) -> None:
    """Told when an issue is published: it gets the next number, and the worker sets its pages.

    The journal's row is locked, so that two issues published at once get two numbers, without a gap.
    """
    if item.kind != ItemKind.JOURNAL_ISSUE:
        return
    issue = session.get_one(JournalIssue, item.id)
    locked = select(Journal).where(Journal.id == issue.journal_id).with_for_update()
    journal = session.scalars(locked.execution_options(populate_existing=True)).one()
    year = to_city(item.published_at or now()).year
    series = year if journal.numbering == Numbering.YEARLY else 0
    last = select(func.max(JournalIssue.number)).where(
        JournalIssue.journal_id == journal.id, JournalIssue.series == series
    )
    issue.year, issue.series, issue.number = year, series, (session.scalar(last) or 0) + 1
    issue.label = FORMATS[Numbering(journal.numbering)].format(year=year, number=issue.number)
    jobs.ask_pages(session, item)
    record(Event.ITEM_NUMBERED, subject=item, journal=journal.id, number=issue.number, label=issue.label)


def take_pages(session: Session, item: Item, count: int) -> None:
    """Told when the worker has set an issue: how many sheets it would be on paper."""
    if item.kind == ItemKind.JOURNAL_ISSUE:
        session.get_one(JournalIssue, item.id).pages = count


def paper(session: Session, item: Item) -> tuple[str, dict[str, Any]] | None:
    """What the pages of an issue are filled with; None for other kinds."""
    if item.kind != ItemKind.JOURNAL_ISSUE:
        return None
    issue = session.get_one(JournalIssue, item.id)
    values = {
        "issue": issue,
        "journal": issue.journal,
        "columns": queries.by_column(queries.articles(session, item, undefer(Item.text))),
        "proof": item.state != ItemState.PUBLISHED,
        "made_at": now(),
        "written": texts.html,
    }
    return "journal_issue.html", values


def follow(session: Session, journal: Journal, person: Person) -> None:
    """Follow a journal: its next issues lie on the desk until opened. Raises AlreadyDone."""
    if (
        session.get(JournalSubscription, (journal.id, person.id), with_for_update=True, populate_existing=True)
        is not None
    ):
        raise AlreadyDone("You follow this journal already.")
    session.add(JournalSubscription(journal_id=journal.id, person_id=person.id, since=now()))
    session.flush()
    record(Event.JOURNAL_FOLLOWED, subject=journal, actor=person, following=True)


def unfollow(session: Session, journal: Journal, person: Person) -> None:
    """Follow it no more. Raises AlreadyDone."""
    row = session.get(JournalSubscription, (journal.id, person.id), with_for_update=True, populate_existing=True)
    if row is None:
        raise AlreadyDone("You don't follow this journal.")
    session.delete(row)
    record(Event.JOURNAL_FOLLOWED, subject=journal, actor=person, following=False)


def _locked(journal: Journal, person: Person) -> Session:
    session = session_of(journal)
    session.flush()
    session.refresh(journal, with_for_update={"of": Journal})
    if not policy.edits(journal, person):
        raise Denied(NOT_YOURS)
    return session


def _editable(issue: Item, person: Person) -> Session:
    session = items.lock(issue)
    if not item_policy.may_edit(issue, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    return session


def _put(session: Session, person: Person, journal: Journal, head: Masthead) -> None:
    name = " ".join(head.name.split())
    if not 1 <= len(name) <= 40:
        raise Invalid("A name has 1 to %(longest)s characters.", field="name", longest=40)
    if queries.name_taken(session, person.unit_id, name, journal.id):
        raise Invalid("The unit has a journal of this name.", field="name")
    columns = list(dict.fromkeys(_column(line) for line in head.columns.splitlines() if line.strip()))
    journal.name, journal.subtitle, journal.licence = name, head.subtitle.strip(), head.licence.strip()
    journal.columns = "\n".join(columns)
    journal.editors = _editors(session, person, head.editors)


def _editors(session: Session, person: Person, accounts: Sequence[str]) -> list[Person]:
    found = {one.account: one for one in queries.colleagues(session, person, accounts)}
    for account in accounts:
        if account not in found:
            raise Invalid("Nobody in your unit has the account %(account)s.", field="editors", account=account)
    return list(found.values())


def _column(name: str) -> str:
    name = " ".join(name.split())
    if len(name) > LONGEST_COLUMN:
        raise Invalid("A column's name has at most %(most)s characters.", field="column", most=LONGEST_COLUMN)
    return name


def _byline(name: str) -> str:
    return " ".join(name.split())[:100]


def _number(order: Sequence[Item]) -> None:
    for place, item in enumerate(order, start=1):
        if item.position != place:
            item.position = place
