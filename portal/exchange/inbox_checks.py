"""Whether units look at their inboxes each working morning and afternoon (A-10, EE11), and who neglected it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ScalarSelect, Select, func, select, tuple_
from sqlalchemy.orm import Session

from portal.core.clock import Calendar, now, to_city
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.exchange.models import Half, InboxCheck
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.models import Unit
from portal.units.policy import Scope, units_within

NOON = time(12)
DAYS_SHOWN = 10
OWN_DAYS = 5
PAGE_ROWS = 50
Looked = Collection[tuple[int, date, str]]


@dataclass(frozen=True)
class Mark:
    """A half (or a whole day, where one look is enough): done, missed, open while it lasts, ahead, or none."""

    state: str


@dataclass(frozen=True)
class Record:
    """A unit with its marks, day by day, and how many looks it missed."""

    unit: Unit
    days: tuple[tuple[Mark, ...], ...]

    @property
    def missed(self) -> int:
        """How many looks are missing in the days shown."""
        return sum(mark.state == "missed" for marks in self.days for mark in marks)

    @property
    def neglects_today(self) -> bool:
        """Whether a look of the newest day is missing."""
        return any(mark.state == "missed" for mark in self.days[-1])


@dataclass(frozen=True)
class Place:
    """Where a page of the board ended: looks of the newest day, place in the register."""

    looks: int
    sort_key: int
    unit_id: int


def half_of(at: datetime) -> Half:
    """The half of the day a moment falls in, city time."""
    return Half.MORNING if to_city(at).time() < NOON else Half.AFTERNOON


def is_counted(person: Person) -> bool:
    """Whether a visit of this person now is a look of their unit at its inbox."""
    return person.may(Permission.EXCHANGE_CHECK) and Calendar().is_working(to_city(now()).date())


def is_noted(session: Session, unit_id: int, at: datetime) -> bool:
    """Whether the half that `at` falls in has its look already."""
    wanted = select(InboxCheck.id).where(
        InboxCheck.unit_id == unit_id, InboxCheck.day == to_city(at).date(), InboxCheck.half == half_of(at)
    )
    return session.scalar(wanted) is not None


def note(session: Session, person_id: int, for_id: int | None, unit_id: int, at: datetime) -> InboxCheck:
    """Keep that somebody of the unit looked; the first one in each half counts."""
    look = InboxCheck(
        unit_id=unit_id, day=to_city(at).date(), half=half_of(at), person_id=person_id, for_id=for_id, at=at
    )
    session.add(look)
    session.flush()
    return look


def working_days(count: int) -> list[date]:
    """The last `count` working days, the newest last; today when it is one."""
    calendar, day = Calendar(), to_city(now()).date()
    found: list[date] = []
    while len(found) < count:
        if calendar.is_working(day):
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]


def record_of(session: Session, unit: Unit, days: int = OWN_DAYS) -> tuple[list[date], Record]:
    """A unit's own record."""
    shown = working_days(days)
    return shown, _record(unit, shown, _looks(session, [unit.id], shown))


def board(
    session: Session, person: Person, district: int | None = None, after: Place | None = None, limit: int = PAGE_ROWS
) -> tuple[list[date], list[Record], Place | None]:
    """One page of units with the days shown, those that neglected the newest day first, and where the next begins."""
    shown = working_days(DAYS_SHOWN)
    looks = _looks_on(shown[-1])
    statement = visible_units(person).add_columns(looks)
    if district is not None:
        statement = statement.where(Unit.district_id == district)
    if after is not None:
        place = tuple_(looks, Unit.sort_key, Unit.id)
        statement = statement.where(place > tuple_(after.looks, after.sort_key, after.unit_id))
    rows = session.execute(statement.order_by(looks, Unit.sort_key, Unit.id).limit(limit + 1)).all()
    units = [unit for unit, _ in rows[:limit]]
    looked = _looks(session, [unit.id for unit in units], shown)
    last = rows[limit - 1] if len(rows) > limit else None
    ended = Place(last[1], last[0].sort_key, last[0].id) if last else None
    return shown, [_record(unit, shown, looked) for unit in units], ended


def visible_units(person: Person) -> Select[Unit]:
    """The units whose looks the person watches: all for the office, those of the own district for its manager."""
    statement = select(Unit).where(Unit.left_at.is_(None))
    return statement.where(units_within(Scope.CITY if person.unit.is_office else Scope.DISTRICT, person.unit))


def neglected_by(session: Session, person: Person) -> str | None:
    """What the person's desk tells of today: the half (or the day) in which nobody looked; None when all is well."""
    if not (person.may(Permission.EXCHANGE_CHECK) or Role.UNIT_HEAD in person.roles):
        return None
    days, record = record_of(session, person.unit, days=1)
    if days[-1] != to_city(now()).date():
        return None
    missed = [place for place, mark in enumerate(record.days[-1]) if mark.state == "missed"]
    if not missed:
        return None
    return list(Half)[missed[-1]].value if len(record.days[-1]) > 1 else "day"


def _looks_on(day: date) -> ScalarSelect[int]:
    looks = select(func.count()).where(InboxCheck.day == day, InboxCheck.unit_id == Unit.id)
    return looks.correlate(Unit).scalar_subquery()


def _looks(session: Session, unit_ids: Sequence[int], days: Sequence[date]) -> set[tuple[int, date, str]]:
    # One unit's stand on each home page; the units of a board change from page to page.
    if len(unit_ids) == 1:
        key = ("looks", unit_ids[0], days[0], days[-1])
        answer, _ = current().prepared.ask(session, key, lambda: (_noted(unit_ids, days), None))
        return {(row.unit_id, row.day, row.half) for row in answer}
    return {(row.unit_id, row.day, row.half) for row in session.execute(_noted(unit_ids, days))}


def _noted(unit_ids: Sequence[int], days: Sequence[date]) -> Select[int, date, str]:
    return select(InboxCheck.unit_id, InboxCheck.day, InboxCheck.half).where(
        InboxCheck.unit_id.in_(unit_ids), InboxCheck.day.between(days[0], days[-1])
    )


def _record(unit: Unit, days: Sequence[date], looked: Looked) -> Record:
    return Record(unit, tuple(_marks(unit, day, looked) for day in days))


def _marks(unit: Unit, day: date, looked: Looked) -> tuple[Mark, ...]:
    done = [(unit.id, day, half.value) in looked for half in Half]
    joined = to_city(unit.joined_at).date()
    evening = Calendar().hours.spans[-1][1]
    if current().rules.inbox_checks_a_day == 1:
        return (Mark(_state(any(done), day, time(), evening, joined)),)
    return (
        Mark(_state(done[0], day, time(), NOON, joined)),
        Mark(_state(done[1], day, NOON, evening, joined)),
    )


def _state(done: bool, day: date, begins: time, ends: time, joined: date) -> str:
    if done:
        return "done"
    here = to_city(now())
    if (day <= joined and day < here.date()) or day < joined:
        return "none"  # the unit wasn't there the whole day
    if here.date() > day or here.time() >= ends:
        return "missed"
    return "open" if here.time() >= begins else "ahead"
