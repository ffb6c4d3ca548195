"""Choosing whom an item is for on the page where it is written: units, people, one's own unit, everybody.

What is chosen are keys of `portal.content.readers` in their written form; the finer sets have a page of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.content import queries, readers, words
from portal.content.readers import ALL, Key, Scope
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.people.models import Person
from portal.units import groups
from portal.units import queries as units
from portal.units.models import Unit

NO_SUCH = N_("There is no such set of readers.")
FOUND = 12
"""Of units and of people each: who sees more has to say more."""


@dataclass(frozen=True)
class Choice:
    """A box to tick; `note` tells people of one name apart."""

    key: str
    name: str
    note: str = ""
    checked: bool = False


@dataclass(frozen=True)
class Picker:
    """What the page offers: the usual ones, those chosen, those found by a text or a group."""

    usual: list[Choice]
    chosen: list[Choice]
    found: list[Choice]
    groups: list[tuple[int, str]]
    text: str = ""
    looked: bool = False


def picker(
    session: Session, person: Person, keys: Sequence[Key], *, find: str = "", group: int = 0, named: bool = False
) -> Picker:
    """The picker with `keys` chosen; `named`: people and units only, no sets."""
    ticked = {str(key) for key in keys}
    usual = [] if named else [replace(one, checked=one.key in ticked) for one in _usual(session, person)]
    shown = {one.key for one in usual}
    lines = words.lines(session, Scope(tuple(keys)))
    chosen = [
        Choice(line.key, f"{line.who}（{line.role}）" if line.role else line.who, checked=True)
        for line in lines
        if line.key not in shown
    ]
    find = " ".join(find.split())
    found = look(session, person, find=find, group=group)
    there = shown | {one.key for one in chosen}
    return Picker(
        usual=usual,
        chosen=chosen,
        found=[one for one in found if one.key not in there],
        groups=groups.names_of(session, person),
        text=find,
        looked=bool(find or group),
    )


def look(session: Session, person: Person, *, find: str = "", group: int = 0) -> list[Choice]:
    """Units and people by a text, colleagues first; or the units of an address group, ticked."""
    if group:
        members = groups.members(session, groups.get_for(session, person, group))
        return [_unit(unit, checked=True) for unit in members]
    if not find:
        return []
    people = [_person(one) for one in _people(session, person, find)]
    return [*(_unit(unit) for unit in units.find(session, find, FOUND)), *people]


def people_names(session: Session, person: Person, find: str) -> list[tuple[str, str]]:
    """People by a text, as `person_named` reads them, each with the post. Accounts aren't told to everybody."""
    return [(written(one), one.title) for one in _people(session, person, find)]


def written(person: Person) -> str:
    """A person as one chooses them from a list: the name and the unit."""
    return f"{person.name}（{person.unit.short_name}）"


def lines_of(people: Iterable[Person]) -> list[str]:
    """People one a line, each so that the line names them alone: two of a name in a unit stand by their accounts."""
    there = list(people)
    same = Counter(written(one) for one in there)
    return sorted(written(one) if same[written(one)] == 1 else one.account for one in there)


def person_named(session: Session, text: str) -> Person | None:
    """The person chosen from the list, or named by an account one knows; None when it is nobody or more than one."""
    text = " ".join(text.split())
    return people_named(session, [text]).get(text)


def people_named(session: Session, lines: Sequence[str]) -> dict[str, Person]:
    """Those whom these lines name, each by its line, in two statements; what names nobody or several is left out."""
    by_account = select(Person).where(Person.account.in_(lines))
    found = {one.account: one for one in session.scalars(by_account).unique()}
    names = {line.rpartition("（")[0] for line in lines if line.endswith("）")}
    called = select(Person).where(Person.name.in_(names), Person.closed_at.is_(None))
    people: dict[str, list[Person]] = {}
    for one in session.scalars(called).unique() if names else ():
        people.setdefault(written(one), []).append(one)
    return {line: people[line][0] for line in lines if len(people.get(line, ())) == 1} | found


def unit_names(session: Session, _person: Person, find: str) -> list[tuple[str, str]]:
    """Names of units by a text; they tell enough."""
    return [(unit.name, "") for unit in units.find(session, find, FOUND)]


def _people(session: Session, person: Person, find: str) -> Sequence[Person]:
    # A beginning of an account finds nobody: with lockouts by account, a list of them is a list of whom to lock out.
    fits = or_(Person.name.contains(find, autoescape=True), Person.account == find)
    statement = select(Person).where(Person.closed_at.is_(None), fits)
    order = (Person.unit_id != person.unit_id, Person.name, Person.id)
    return session.scalars(statement.order_by(*order).limit(FOUND)).unique().all()


def keys_from(session: Session, person: Person, written: Iterable[str], known: Collection[str] = ()) -> list[Key]:
    """The keys a form sends, each once, in their order. Raises Invalid, for groups of other units too.

    `known`: keys the item has already; nothing else of another unit's groups is shown, not even their names.
    """
    try:
        keys = [Key.read(one) for one in dict.fromkeys(written)]
    except Invalid:
        raise Invalid(NO_SUCH, field="to") from None
    if not readers.exist(session, keys, of_unit=person.unit_id, known=known):
        raise Invalid(NO_SUCH, field="to")
    return keys


def _usual(session: Session, person: Person) -> list[Choice]:
    kept = [Choice(f"group:{group.id}", group.name) for group in queries.groups_of(session, person)]
    return [
        Choice(ALL, gettext("Everybody")),
        Choice(f"unit:{person.unit_id}", gettext("My unit")),
        *kept[:8],
    ]


def _unit(unit: Unit, *, checked: bool = False) -> Choice:
    return Choice(f"unit:{unit.id}", unit.name, gettext("Unit"), checked)


def _person(person: Person) -> Choice:
    note = " · ".join(part for part in (person.unit.short_name, person.title) if part)
    return Choice(f"person:{person.id}", person.name, note)
