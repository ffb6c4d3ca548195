"""Reading journals: whatever a reader sees here goes by the reader scopes of `portal.content` (M-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from portal.content import feeds, readers
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.readers import Key, Scope
from portal.core.db import at_most, session_of
from portal.core.errors import NotFound
from portal.journals import policy
from portal.journals.models import Journal, JournalArticle, JournalIssue, JournalReaderKey, JournalSubscription
from portal.people.models import Person
from portal.units.models import Unit

KINDS = (ItemKind.JOURNAL_ISSUE,)
PAGE = 20
MOST_FOUND = 50


@dataclass(frozen=True)
class Piece:
    """An article in its issue."""

    item: Item
    column: str
    byline: str


def visible(session: Session, person: Person) -> ColumnElement[bool]:
    """The condition that a journal exists for the person: read as a rule, read in one issue, or made by their unit."""
    keys = readers.keys_of(session, person)
    row, out = JournalReaderKey, aliased(JournalReaderKey)
    meant = and_(
        exists().where(row.journal_id == Journal.id, row.key.in_(keys), ~row.excluded),
        ~exists().where(out.journal_id == Journal.id, out.key.in_(keys), out.excluded),
    )
    issue = aliased(JournalIssue)
    reads_one = exists(
        select(issue.item_id)
        .join(Item, Item.id == issue.item_id)
        .where(issue.journal_id == Journal.id, items.published(keys))
    )
    made_here = Journal.holder_id == person.unit_id if policy.makes(person) else false()
    return or_(meant, reads_one, made_here)


def journals(session: Session, person: Person) -> Sequence[Any]:
    """(journal, newest readable label, followed) of all journals that exist for the person."""
    keys = readers.keys_of(session, person)
    newest = (
        select(JournalIssue.label)
        .join(Item, Item.id == JournalIssue.item_id)
        .where(JournalIssue.journal_id == Journal.id, items.published(keys))
        .order_by(Item.published_at.desc(), Item.id.desc())
        .limit(1)
        .correlate(Journal)
        .scalar_subquery()
    )
    return session.execute(
        select(Journal, newest, _followed(person))
        .where(visible(session, person))
        .options(joinedload(Journal.holder))
        .order_by(Journal.closed_at.is_not(None), Journal.holder_id, Journal.name)
        .limit(500)
    ).all()


def _followed(person: Person) -> ColumnElement[bool]:
    row = JournalSubscription
    return exists().where(row.journal_id == Journal.id, row.person_id == person.id)


def get_journal(session: Session, person: Person, journal_id: int) -> Journal:
    """A journal that exists for the person. Raises NotFound."""
    statement = select(Journal).where(Journal.id == journal_id, visible(session, person))
    journal = session.scalars(statement.options(joinedload(Journal.holder), selectinload(Journal.editors))).first()
    if journal is None:
        raise NotFound("There is no such journal, or it isn't for you.")
    return journal


def get_inside(session: Session, person: Person, journal_id: int, *, edits: bool = False) -> Journal:
    """A journal of the person's unit, for those who make it. Raises NotFound."""
    journal = session.get(Journal, journal_id, options=[joinedload(Journal.holder), selectinload(Journal.editors)])
    if journal is None or not (policy.edits if edits else policy.sees_inside)(journal, person):
        raise NotFound("There is no such journal, or it isn't for you.")
    return journal


def follows(session: Session, person: Person, journal: Journal) -> bool:
    """Whether the person follows it."""
    return session.get(JournalSubscription, (journal.id, person.id)) is not None


def colleagues(session: Session, person: Person, accounts: Sequence[str]) -> Sequence[Person]:
    """Those of these accounts that are open and of the person's unit."""
    mine = Person.unit_id == person.unit_id, Person.closed_at.is_(None)
    return session.scalars(select(Person).where(Person.account.in_(accounts), *mine)).unique().all()


def has_numbers(session: Session, journal_id: int) -> bool:
    """Whether an issue of the journal was numbered."""
    numbered = JournalIssue.journal_id == journal_id, JournalIssue.number.is_not(None)
    return session.scalar(select(JournalIssue.item_id).where(*numbered).limit(1)) is not None


def name_taken(session: Session, unit_id: int, name: str, but_id: int | None) -> bool:
    """Whether another journal of the unit is called so."""
    of_unit = or_(Journal.unit_id == unit_id, Journal.holder_id == unit_id)
    found = session.scalars(select(Journal.id).where(of_unit, Journal.name == name)).all()
    return any(number != but_id for number in found)


def default_scope(journal: Journal) -> Scope:
    """Who reads the journal as a rule."""
    keys = [(Key.read(row.key), row.excluded) for row in journal.reader_keys]
    return Scope(tuple(key for key, out in keys if not out), tuple(key for key, out in keys if out))


def issue_row(session: Session, item: Item) -> JournalIssue:
    """What an issue has beside its item."""
    return session.get_one(JournalIssue, item.id, options=[joinedload(JournalIssue.journal).joinedload(Journal.holder)])


def issue_of(article: Item) -> Item:
    """The issue an article stands in. Raises NotFound for one that was taken out."""
    if article.parent is None or article.kind != ItemKind.ARTICLE:
        raise NotFound(items.GONE)
    return article.parent


def articles(session: Session, issue: Item, *options: Any) -> list[Piece]:
    """The articles of an issue in their order."""
    rows = session.execute(
        select(Item, JournalArticle.column, JournalArticle.byline)
        .join(JournalArticle, JournalArticle.item_id == Item.id)
        .where(Item.parent_id == issue.id, Item.state != ItemState.DISCARDED)
        .options(joinedload(Item.author), selectinload(Item.files), *options)
        .order_by(Item.position, Item.id)
    ).unique()
    return [Piece(*row) for row in rows]


def by_column(pieces: Sequence[Piece]) -> list[tuple[str, list[Piece]]]:
    """Neighbours of one column together."""
    return [(column, list(group)) for column, group in groupby(pieces, key=lambda piece: piece.column)]


def labels(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(journal, label) of issues by item."""
    rows = session.execute(
        select(JournalIssue.item_id, Journal.name, JournalIssue.label)
        .join(Journal, Journal.id == JournalIssue.journal_id)
        .where(JournalIssue.item_id.in_(ids))
    )
    return {number: (name, label) for number, name, label in rows} if ids else {}


def received(
    session: Session, person: Person, before: feeds.Place | None = None, *, unread: bool = False
) -> feeds.Page:
    """Issues for the person, newest first."""
    return feeds.page(session, person, KINDS, before=before, limit=PAGE, unread=unread)


def readable_issues(session: Session, person: Person, journal_id: int) -> Any:
    """(item, row) of the issues of a journal that are out and that the person may read, or makes."""
    readable = items.published(readers.keys_of(session, person))
    if policy.makes(person):
        readable = or_(readable, and_(Item.state == ItemState.PUBLISHED, Item.holder_id == person.unit_id))
    return (
        select(Item, JournalIssue)
        .join(JournalIssue, JournalIssue.item_id == Item.id)
        .where(JournalIssue.journal_id == journal_id, readable)
    )


def archive_years(session: Session, person: Person, journal_id: int) -> Sequence[Any]:
    """(year, issues) of a journal, newest year first; what one can't read isn't counted."""
    rows = readable_issues(session, person, journal_id).with_only_columns(JournalIssue.year, func.count())
    return session.execute(rows.group_by(JournalIssue.year).order_by(JournalIssue.year.desc())).all()


def archive(session: Session, person: Person, journal_id: int, year: int) -> Sequence[Any]:
    """The issues of a year, newest first."""
    rows = readable_issues(session, person, journal_id).where(JournalIssue.year == year)
    return session.execute(rows.order_by(Item.published_at.desc(), Item.id.desc()).limit(400)).all()


def neighbours(session: Session, person: Person, item: Item, row: JournalIssue) -> tuple[Any, Any]:
    """(item id, label) of the issue before and of the one after, among those the person may read."""
    if item.published_at is None:
        return None, None
    place, here = tuple_(Item.published_at, Item.id), (item.published_at, item.id)
    readable = readable_issues(session, person, row.journal_id).with_only_columns(Item.id, JournalIssue.label)
    before = readable.where(place < here).order_by(Item.published_at.desc(), Item.id.desc()).limit(1)
    after = readable.where(place > here).order_by(Item.published_at, Item.id).limit(1)
    return session.execute(before).first(), session.execute(after).first()


def search(session: Session, person: Person, text: str) -> Sequence[Any]:
    """(issue or article, journal, label) with these words in the title, newest first.

    The newest issues one may read are looked through, with their articles; the archive of a journal goes back further.
    """
    keys, words = readers.keys_of(session, person), text.split()[:5]
    if not words:
        return []
    top, found = aliased(Item), aliased(Item)
    newest = feeds.newest(keys, person.id, KINDS, limit=feeds.LOOKED_THROUGH).subquery()
    looked_at = select(newest.c.item_id)
    titled = and_(*(found.title.icontains(word, autoescape=True) for word in words))
    statement = (
        select(found, Journal.name, JournalIssue.label)
        .join(top, top.id == func.coalesce(found.parent_id, found.id))
        .join(JournalIssue, JournalIssue.item_id == top.id)
        .join(Journal, Journal.id == JournalIssue.journal_id)
        .where(
            or_(found.id.in_(looked_at), found.parent_id.in_(looked_at)),
            found.kind.in_((ItemKind.JOURNAL_ISSUE, ItemKind.ARTICLE)),
            titled,
            found.state == ItemState.PUBLISHED,
        )
        .order_by(found.published_at.desc(), found.id.desc())
        .limit(MOST_FOUND)
    )
    return session.execute(statement).all()


def made(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[Any], bool]:
    """(item, row) of the unit's issues in every state, newest first."""
    statement = (
        items.own(person, ItemKind.JOURNAL_ISSUE)
        .join(JournalIssue, JournalIssue.item_id == Item.id)
        .add_columns(JournalIssue)
        .options(joinedload(Item.author), joinedload(JournalIssue.journal))
        .order_by(Item.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(Item.id < before)
    rows = session.execute(statement).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def own_journals(session: Session, person: Person) -> Sequence[Journal]:
    """The journals of the person's unit, those that ended last."""
    statement = select(Journal).where(Journal.holder_id == person.unit_id)
    return session.scalars(statement.order_by(Journal.closed_at.is_not(None), Journal.name)).all()


def new_followed(person: Person, *columns: Any) -> Select[Any]:
    """New issues of followed journals, of those that came out since the person followed."""
    keys = readers.keys_of(session_of(person), person)
    row = JournalSubscription
    new = feeds.newest(keys, person.id, KINDS, limit=feeds.LOOKED_THROUGH, unread=True).subquery()
    return (
        select(*columns)
        .select_from(new)
        .join(Item, Item.id == new.c.item_id)
        .join(JournalIssue, JournalIssue.item_id == Item.id)
        .join(row, row.journal_id == JournalIssue.journal_id)
        .join(Journal, Journal.id == row.journal_id)
        .join(Unit, Unit.id == Item.unit_id)
        .where(row.person_id == person.id, Item.published_at >= row.since)
    )


def unread(person: Person) -> ColumnElement[int]:
    """How many new issues of followed journals wait, for the menu."""
    return at_most(99, new_followed(person, Item.id))
