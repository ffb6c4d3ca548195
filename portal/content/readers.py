"""Reader scopes: who may see an item, said by rules and evaluated when somebody looks (M-6).

A scope is a list of **keys**, included or excluded. A key names a set of people: `all`, `unit:12` (of the unit),
`under:12` (of it and the units below it), `district:5` (0: the city's own), `tier:city`, `kind:department`,
`group:7`, `person:88`; after the first six, `&role:leader` narrows it to a role. A reader may see an item when one of
their keys includes it and none excludes it. The same rule stands here three times, for one reader, for a list of items,
and for a list of people; a property test holds them together.

Whoever stands in for somebody has that one's personal keys instead of their own, marked with the kinds they count for:
`task@person:88` opens what a task asks of that person, `@person:88` opens nothing and shuts whatever excludes them
(decision 24).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, and_, cast, exists, false, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from portal.content.kinds import KINDS
from portal.content.models import Item, ReaderGroup, ReaderGroupMember, ReaderKey, ReaderSet
from portal.core.errors import Invalid
from portal.core.runtime import current
from portal.people.facts import facts_of
from portal.people.models import Person, RoleAssignment
from portal.people.roles import Role
from portal.units.models import Tier, Unit, UnitKind

ALL = "all"
ROLE_MARK = "&role:"
DESK_MARK = "@"
PERSONAL = ("person:", "group:")
"""Beginnings of the keys that name people."""
# Which sets there are: how the value after the colon is read; None: there is none.
SETS: dict[str, type[int] | type[Tier] | type[UnitKind] | None] = {
    ALL: None,
    "unit": int,
    "under": int,
    "district": int,
    "tier": Tier,
    "kind": UnitKind,
    "group": int,
    "person": int,
}
NARROWED = frozenset({ALL, "unit", "under", "district", "tier", "kind"})
"""Sets that a role may narrow."""


@dataclass(frozen=True)
class Key:
    """A set of people: its name, its value ("" for all), and the role that narrows it."""

    of: str
    value: str = ""
    role: Role | None = None

    def __str__(self) -> str:
        named = f"{self.of}:{self.value}" if self.value else self.of
        return f"{named}{ROLE_MARK}{self.role}" if self.role else named

    @classmethod
    def read(cls, written: str) -> Key:
        """The key in its written form. Raises Invalid for anything else."""
        named, _, role = written.partition(ROLE_MARK)
        of, _, value = named.partition(":")
        try:
            kind = SETS[of]
            value = str(kind(value)) if kind is not None else value
            key = cls(of, value, Role(role) if role else None)
        except (KeyError, ValueError):
            raise Invalid("There is no such set of readers.", field="key") from None
        if str(key) != written or (key.role and of not in NARROWED) or bool(value) != (kind is not None):
            raise Invalid("There is no such set of readers.", field="key")
        return key


@dataclass(frozen=True)
class Scope:
    """The keys of an item: those who read it, and those of them who don't."""

    included: tuple[Key, ...]
    excluded: tuple[Key, ...] = ()

    @classmethod
    def of(cls, item: Item) -> Scope:
        """The scope of a stored item."""
        keys = [(Key.read(row.key), row.excluded) for row in item.reader_keys]
        return cls(tuple(key for key, out in keys if not out), tuple(key for key, out in keys if out))

    def with_line(self, key: Key, *, excluded: bool = False) -> Scope:
        """With one line more; the same line twice is one."""
        inside, outside = (self.included, self.excluded)
        if key in (outside if excluded else inside):
            return self
        return Scope(inside, (*outside, key)) if excluded else Scope((*inside, key), outside)

    def without_line(self, key: str, *, excluded: bool = False) -> Scope:
        """Without the line that reads so."""
        kept = tuple(one for one in (self.excluded if excluded else self.included) if str(one) != key)
        return Scope(self.included, kept) if excluded else Scope(kept, self.excluded)

    def widens(self, before: Scope) -> bool:
        """Whether somebody may read by it who might not by the scope before, as far as the lines say."""
        return bool(set(self.included) - set(before.included) or set(before.excluded) - set(self.excluded))


def keys_of(session: Session, person: Person) -> tuple[str, ...]:
    """The keys of a reader that some item is read by, in the roles worked in now; read once for all a page asks.

    A reader with many roles has a hundred keys, but items are read by few of them: those are what feeds cost.
    """
    kept: dict[Any, tuple[str, ...]] = session.info.setdefault("reader keys", {})
    asker = facts_of(person)
    if asker not in kept:
        rows, _ = current().prepared.ask(session, ("reader keys", asker), lambda: (_known_keys(person), None))
        own = tuple(rows.scalars())
        kept[asker] = own if person.acting is None else tuple(_at_desk(session, person, own))
    return kept[asker]


def asker_of(session: Session, person: Person) -> Hashable:
    """What a statement depends on that asks for the person's own things and for what they may read."""
    return facts_of(person), keys_of(session, person)


def _at_desk(session: Session, person: Person, own: Sequence[str]) -> Iterator[str]:
    """The keys at another's desk: what names that one, marked with the kinds that the delegated roles open.

    What names the reader themself waits until they switch back, but shuts as ever.
    """
    yield from (f"{DESK_MARK}{key}" if key.startswith(PERSONAL) else key for key in own)
    there = session.scalars(select(ReaderSet.key).where(or_(*_personal(person.desk_id)))).all()
    opened = ("", *(kind for kind, rules in KINDS.items() if rules.desk & person.roles))
    yield from (f"{kind}{DESK_MARK}{key}" for kind in opened for key in there)


def _personal(person_id: int) -> tuple[ColumnElement[bool], ...]:
    member = ReaderGroupMember
    groups = select(literal("group:") + cast(member.group_id, String)).where(member.person_id == person_id)
    return ReaderSet.key == f"person:{person_id}", ReaderSet.key.in_(groups)


def opening(kind: str, keys: Sequence[str]) -> list[str]:
    """The keys, as items store them, that open items of this kind to their reader."""
    marked = f"{kind}{DESK_MARK}"
    return [key.removeprefix(marked) for key in keys if DESK_MARK not in key or key.startswith(marked)]


def desks(keys: Sequence[str]) -> set[int]:
    """The people at whose desk the reader works, beside their own."""
    marked = f"{DESK_MARK}person:"
    return {int(key.removeprefix(marked)) for key in keys if key.startswith(marked)}


def forget_keys(session: Session) -> None:
    """What keys there are has changed: they are read anew."""
    session.info.pop("reader keys", None)


def _known_keys(person: Person) -> Select[Any]:
    """One statement: the literal keys, those of the units above, and those of the groups, as far as they are known."""
    unit = person.unit
    sets = _sets(unit)
    roles = ("", *(f"{ROLE_MARK}{role}" for role in sorted(person.roles)))
    literals = [f"{key}{role}" for key in sets for role in roles]
    line = _line(unit)
    above = [literal("under:") + cast(line.c.id, String) + literal(role) for role in roles]
    return select(ReaderSet.key).where(
        or_(
            ReaderSet.key.in_(literals),
            *(ReaderSet.key.in_(select(key).select_from(line)) for key in above),
            *_personal(person.id),
        )
    )


def _sets(unit: Unit) -> tuple[Key, ...]:
    """The sets of readers a unit is in as a whole; those under units above it come from `_line`."""
    return (
        Key(ALL),
        Key("unit", str(unit.id)),
        Key("district", str(unit.district_id or 0)),
        Key("tier", unit.tier),
        Key("kind", unit.kind),
    )


def reaches(session: Session, scope: Scope, unit: Unit) -> bool:
    """Whether a unit as a whole is in a scope: whoever joins it tomorrow reads it too."""
    above = session.scalars(select(_line(unit).c.id))
    keys = {*_sets(unit), *(Key("under", str(number)) for number in above)}
    return any(key in keys for key in scope.included) and not any(key in keys for key in scope.excluded)


def _line(unit: Unit) -> CTE:
    """The unit and all above it."""
    above = select(Unit.id, Unit.parent_id).where(Unit.id == unit.id).cte("line", recursive=True)
    parent = aliased(Unit)
    return above.union(select(parent.id, parent.parent_id).join(above, parent.id == above.c.parent_id))


def make_known(session: Session, keys: Iterable[str]) -> None:
    """Keep that items are read by these keys; two who do so at once both come through."""
    wanted = set(keys)
    there = set(session.scalars(select(ReaderSet.key).where(ReaderSet.key.in_(wanted)))) if wanted else set()
    if missing := sorted(wanted - there):
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        rows = [{"key": key} for key in missing]
        session.execute(dialect.insert(ReaderSet).values(rows).on_conflict_do_nothing())
        forget_keys(session)


def addressed(keys: Sequence[str], item_id: ColumnElement[int] | Any = Item.id) -> ColumnElement[bool]:
    """The condition that a reader with `keys` is in the scope of the item; its state is asked elsewhere."""
    plain = [key for key in keys if DESK_MARK not in key]
    marked = [key.split(DESK_MARK) for key in keys if DESK_MARK in key and not key.startswith(DESK_MARK)]
    opened = or_(ReaderKey.key.in_(plain), *((ReaderKey.kind == kind) & (ReaderKey.key == key) for kind, key in marked))
    inside = exists().where(ReaderKey.item_id == item_id, opened, ~ReaderKey.excluded)
    return inside & not_excluded(keys, item_id)


def not_excluded(keys: Sequence[str], item_id: ColumnElement[int] | Any) -> ColumnElement[bool]:
    """The condition that nothing excludes a reader with `keys`, nor the one they stand in for."""
    out = aliased(ReaderKey)
    shutting = {key.rpartition(DESK_MARK)[2] for key in keys}
    return ~exists().where(out.item_id == item_id, out.key.in_(sorted(shutting)), out.excluded)


def people_in(scope: Scope) -> Select[Any]:
    """Everybody in the scope who has an open account: what a publisher sees before publishing."""
    inside = [_people_of(key) for key in scope.included]
    outside = [_people_of(key) for key in scope.excluded]
    statement = select(Person).join(Unit, Unit.id == Person.unit_id).where(Person.closed_at.is_(None))
    return statement.where(or_(*inside) if inside else false(), ~or_(*outside) if outside else literal(True))


def _people_of(key: Key) -> ColumnElement[bool]:
    condition = _set_of(key)
    if key.role is None:
        return condition
    held = exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role == key.role)
    return and_(condition, held)


def _set_of(key: Key) -> ColumnElement[bool]:
    match key.of:
        case "unit":
            return Person.unit_id == int(key.value)
        case "under":
            return Person.unit_id.in_(_below(int(key.value)))
        case "district":
            # The city's own units have none: compared with nothing, nobody would be excluded, nor anybody left.
            return func.coalesce(Unit.district_id, 0) == int(key.value)
        case "tier":
            return Unit.tier == key.value
        case "kind":
            return Unit.kind == key.value
        case "group":
            member = ReaderGroupMember
            return exists().where(member.group_id == int(key.value), member.person_id == Person.id)
        case "person":
            return Person.id == int(key.value)
    return literal(True)


def _below(unit_id: int) -> Select[Any]:
    below = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    child = aliased(Unit)
    below = below.union(select(child.id).join(below, child.parent_id == below.c.id))
    return select(below.c.id)


def exist(session: Session, keys: Iterable[Key], *, of_unit: int | None = None, known: Collection[str] = ()) -> bool:
    """Whether every unit, group and person named is there.

    Who is in a group is its unit's business: groups of `of_unit` exist, and those in `known`; others don't.
    """
    wanted: dict[str, set[int]] = {}
    for key in keys:
        if SETS[key.of] is int and key.value != "0" and not (key.of == "group" and str(key) in known):
            wanted.setdefault(key.of, set()).add(int(key.value))
    return all(_all_there(session, of, ids, of_unit) for of, ids in wanted.items())


def _all_there(session: Session, of: str, ids: set[int], of_unit: int | None) -> bool:
    model: Any = {"person": Person, "group": ReaderGroup}.get(of, Unit)
    found = select(model.id).where(model.id.in_(ids))
    if of == "group":
        found = found.where(ReaderGroup.unit_id == of_unit)
    return len(set(session.scalars(found))) == len(ids)


def names_for(session: Session, keys: Iterable[Key]) -> dict[tuple[str, str], str]:
    """The names of the units, groups and people in the keys, in three statements at most."""
    return dict(_names(session, list(keys)))


def _names(session: Session, keys: Sequence[Key]) -> Iterator[tuple[tuple[str, str], str]]:
    for sets, column in (
        (("unit", "under", "district"), Unit.name),
        (("group",), ReaderGroup.name),
        (("person",), Person.name),
    ):
        ids = {int(key.value) for key in keys if key.of in sets}
        if not ids:
            continue
        rows = session.execute(select(column.class_.id, column).where(column.class_.id.in_(ids)))
        for number, name in rows:
            for of in sets:
                yield (of, str(number)), name
