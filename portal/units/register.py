"""The register of units 单位名录: pages, search, gaps. Never more rows than a page, never a count of all (U-7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.units import policy, queries
from portal.units.hooks import Gap, unit_gaps
from portal.units.models import ContactKind, Tier, Unit, UnitContact, UnitKind

PAGE_ROWS = 40
EXPORT_ROWS = 500
STATES = {"here": N_("In exchange"), "left": N_("Left the exchange")}
HISTORY_LINES = 30


@dataclass(frozen=True)
class Filter:
    """What the reader looks for; `after` is the (sort_key, id) the page before this one ended with."""

    text: str = ""
    kind: str = ""
    tier: str = ""
    district: int | None = None
    state: str = ""
    gaps: bool = False
    after: tuple[int, int] | None = None

    @property
    def level(self) -> bool:
        """Whether this is the top of the tree: the city's units and the districts, these unopened."""
        return not (self.text or self.kind or self.tier or self.district or self.state or self.gaps)


@dataclass(frozen=True)
class Row:
    """A line: the former names that were found, what is missing, and how many units a district opens to."""

    unit: Unit
    formerly: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    below: int = 0


@dataclass(frozen=True)
class Page:
    """Some rows in the order of the register, and where the next page begins."""

    rows: Sequence[Row]
    following: tuple[int, int] | None = field(default=None)


def page(session: Session, person: policy.Member, wanted: Filter) -> Page:
    """One page of the register, with the gaps of each unit when these are asked for."""
    statement = select(Unit).where(*_conditions(person, wanted)).order_by(Unit.sort_key, Unit.id)
    statement = statement.options(joinedload(Unit.successor), selectinload(Unit.names))
    units = session.scalars(statement.limit(PAGE_ROWS + 1)).all()
    shown, last = units[:PAGE_ROWS], units[PAGE_ROWS - 1] if len(units) > PAGE_ROWS else None
    missing = gaps_of(session, shown) if wanted.gaps else {}
    below = _units_of_districts(session, shown) if wanted.level else {}
    rows = [Row(unit, _found_by(unit, wanted.text), missing.get(unit.id, ()), below.get(unit.id, 0)) for unit in shown]
    return Page(rows, (last.sort_key, last.id) if last else None)


def get(session: Session, unit_id: int) -> Unit:
    """A unit, also one that has left: the register is open to everyone. Raises NotFound."""
    statement = select(Unit).where(Unit.id == unit_id)
    whole = (joinedload(Unit.parent), joinedload(Unit.successor), selectinload(Unit.names))
    unit = session.scalars(statement.options(*whole)).one_or_none()
    if unit is None:
        raise NotFound("There is no such unit.")
    return unit


def get_for(session: Session, person: policy.Member, unit_id: int) -> Unit:
    """A unit that is `person`'s to keep. Raises NotFound, Denied."""
    unit = get(session, unit_id)
    policy.require_administrator(person, unit)
    return unit


def districts(session: Session) -> Sequence[Unit]:
    """The district governments in exchange."""
    district = and_(Unit.tier == Tier.DISTRICT, Unit.kind == UnitKind.GOVERNMENT, Unit.left_at.is_(None))
    return session.scalars(select(Unit).where(district).order_by(Unit.sort_key, Unit.id)).all()


def contacts(session: Session, unit: Unit) -> Sequence[UnitContact]:
    """Whom the unit has named: leader, clerks, technicians."""
    rows = session.scalars(select(UnitContact).where(UnitContact.unit_id == unit.id).order_by(UnitContact.position))
    order = list(ContactKind)
    return sorted(rows, key=lambda contact: order.index(ContactKind(contact.kind)))


def heirs(session: Session, unit: Unit) -> Sequence[Unit]:
    """Units that have left and for which this one answers now."""
    return session.scalars(select(Unit).where(Unit.successor_id == unit.id).order_by(Unit.left_at)).all()


def history(session: Session, unit: Unit) -> Sequence[LedgerEvent]:
    """The last changes of the unit's scope, newest first (U-10)."""
    wanted = (LedgerEvent.subject_kind == "unit", LedgerEvent.subject_id == unit.id)
    statement = select(LedgerEvent).where(*wanted, LedgerEvent.kind == Event.UNIT_SCOPE_SET)
    return session.scalars(statement.order_by(LedgerEvent.id.desc()).limit(HISTORY_LINES)).all()


def gaps() -> list[Gap]:
    """Everything a unit must have and may lack (LYG 三（一）)."""
    return [
        Gap("leader", N_("no leader in charge"), ~_names(ContactKind.LEADER)),
        Gap("clerk", N_("no clerk named"), ~_names(ContactKind.CLERK)),
        *unit_gaps.call(),
    ]


def gaps_of(session: Session, units: Sequence[Unit]) -> dict[int, tuple[str, ...]]:
    """What each of `units` lacks, as msgids; one statement."""
    known = gaps()
    columns = [gap.missing.label(f"gap_{gap.key}") for gap in known]
    here = [unit.id for unit in units if unit.left_at is None]
    rows = session.execute(select(Unit.id, *columns).where(Unit.id.in_(here)))
    return {row[0]: tuple(gap.label for gap, missing in zip(known, row[1:], strict=True) if missing) for row in rows}


def everything(session: Session, wanted: Select[Unit] | None = None) -> Iterator[Unit]:
    """All units in the order of the register, a few hundred in memory at a time."""
    after: tuple[int, int] | None = None
    while True:
        statement = (wanted if wanted is not None else select(Unit)).order_by(Unit.sort_key, Unit.id).limit(EXPORT_ROWS)
        statement = statement.where(_behind(after)) if after else statement
        units = session.scalars(statement.options(joinedload(Unit.parent))).all()
        yield from units
        if len(units) < EXPORT_ROWS:
            return
        after = (units[-1].sort_key, units[-1].id)
        session.expunge_all()


def _conditions(person: policy.Member, wanted: Filter) -> Iterator[ColumnElement[bool]]:
    # Whoever types a name may not know that the unit has left: its entry leads to its successor.
    if wanted.state == "left":
        yield Unit.left_at.is_not(None)
    elif wanted.state == "here" or not wanted.text or wanted.gaps:
        yield Unit.left_at.is_(None)
    if wanted.text:
        yield queries.mentions(wanted.text)
    if wanted.kind:
        yield Unit.kind == wanted.kind
    if wanted.tier:
        yield Unit.tier == wanted.tier
    if wanted.district:
        yield Unit.district_id == wanted.district
    if wanted.gaps:
        yield policy.administered(person, Permission.UNITS_MAINTAIN)
        yield or_(*(gap.missing for gap in gaps()))
    if wanted.level:
        yield or_(Unit.district_id.is_(None), Unit.district_id == Unit.id)
    if wanted.after:
        yield _behind(wanted.after)


def _behind(place: tuple[int, int]) -> ColumnElement[bool]:
    return or_(Unit.sort_key > place[0], and_(Unit.sort_key == place[0], Unit.id > place[1]))


def _names(kind: ContactKind) -> ColumnElement[bool]:
    return exists().where(UnitContact.unit_id == Unit.id, UnitContact.kind == kind)


def _found_by(unit: Unit, text: str) -> tuple[str, ...]:
    """The former names that hold what was looked for, when the present one doesn't."""
    if not text or text in unit.name:
        return ()
    return tuple(former.name for former in unit.names if text in former.name or text in former.short_name)


def _units_of_districts(session: Session, units: Sequence[Unit]) -> dict[int, int]:
    ids = [unit.id for unit in units if unit.is_district_office]
    inside = (Unit.district_id.in_(ids), Unit.id != Unit.district_id, Unit.left_at.is_(None))
    rows = session.execute(select(Unit.district_id, func.count()).where(*inside).group_by(Unit.district_id))
    return {district: count for district, count in rows if district is not None}
