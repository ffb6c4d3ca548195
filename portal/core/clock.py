"""The one clock of the whole code, and the working days of the city.

All timestamps are UTC with time zone; what people read is Asia/Shanghai. Working days come from the yearly
notices of the State Council (chinesecalendar), corrected by the overrides the office has entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar import constants as notices

CITY_ZONE = ZoneInfo("Asia/Shanghai")

# Legal days on the same date each year (as revised from 2025-01-01); the lunar ones need the notice.
FIXED_LEGAL_DAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

# The yearly notice comes in early November; from this day on its absence is worth a warning.
NOTICE_EXPECTED = (11, 15)

_NOTICED_YEARS = frozenset(day.year for day in notices.holidays)


@dataclass(slots=True)
class Hands:
    """The hands of a stopped clock, moved by a test."""

    at: datetime

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by `step`."""
        self.at += step


# Module-wide and not a context variable: a stopped clock holds for the threads of a test server too.
_stopped: Hands | None = None


def now() -> datetime:
    """Return the present moment, UTC with time zone."""
    return datetime.now(UTC) if _stopped is None else _stopped.at


@contextmanager
def frozen(at: datetime) -> Iterator[Hands]:
    """Stop the clock at `at` (aware) for the block; the hands it gives can be advanced. For tests."""
    global _stopped
    before, _stopped = _stopped, Hands(_aware(at).astimezone(UTC))
    try:
        yield _stopped
    finally:
        _stopped = before


def to_city(at: datetime) -> datetime:
    """Return the aware moment `at` as the city's clocks show it."""
    return _aware(at).astimezone(CITY_ZONE)


def today() -> date:
    """Return the date it is in the city."""
    return to_city(now()).date()


def official_date(day: date) -> str:
    """Return the date as documents write it, without leading zeros (GB/T 9704 7.3.5.4): 2026年1月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar; `confirmed` is False while its year's holiday notice is unknown (未确认)."""

    date: date
    working: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The spans of a working day in city time, ascending and apart."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(17)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The city's working days.

    `overrides` says of single dates whether they are worked and stands above everything; `confirmed_years`
    are years whose notice the office has entered whole.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()
    hours: OfficeHours = OfficeHours()

    def day(self, day: date) -> Day:
        """Return what `day` is: by override, else by the notice, else Monday to Friday by the law alone."""
        if day in self.overrides:
            return Day(day, self.overrides[day], confirmed=True)
        if day.year in _NOTICED_YEARS:
            return Day(day, chinese_calendar.is_workday(day), confirmed=True)
        working = day.weekday() < 5 and (day.month, day.day) not in FIXED_LEGAL_DAYS
        return Day(day, working, confirmed=day.year in self.confirmed_years)

    def is_working(self, day: date) -> bool:
        """Return whether offices work on `day`."""
        return self.day(day).working

    def covers(self, year: int) -> bool:
        """Return whether the holiday notice of `year` is known."""
        return year in _NOTICED_YEARS or year in self.confirmed_years

    def missing_year(self, on: date) -> int | None:
        """Return the year whose notice is overdue on the day `on`; None when all is well."""
        if not self.covers(on.year):
            return on.year
        late = (on.month, on.day) >= NOTICE_EXPECTED
        return on.year + 1 if late and not self.covers(on.year + 1) else None

    def next_working_day(self, day: date) -> date:
        """Return the first working day after `day`."""
        following = day + timedelta(days=1)
        while not self.is_working(following):
            following += timedelta(days=1)
        return following

    def counted_day(self, sent_at: datetime, cutoff: time) -> date:
        """Return the day whose exchange a sending belongs to (GZ30, GZ33).

        Before the cut-off of a working day, city time, it is that day; else the next working day.
        """
        moment = to_city(sent_at)
        if self.is_working(moment.date()) and moment.time() < cutoff:
            return moment.date()
        return self.next_working_day(moment.date())

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`, which itself never counts; `count` ≥ 0."""
        if count < 0:
            raise ValueError("working days are counted forward")
        for _ in range(count):
            day = self.next_working_day(day)
        return day

    def add_working_hours(self, at: datetime, length: timedelta) -> datetime:
        """Return when `length` of office hours will have passed since `at`, in UTC."""
        if length < timedelta(0):
            raise ValueError("working hours are counted forward")
        moment, left = _aware(at), length
        for start, end in self._spans_from(to_city(at).date()):
            begin = max(start, moment)
            if begin < end:
                if left <= end - begin:
                    return (begin + left).astimezone(UTC)
                left -= end - begin
        raise AssertionError("working days never end")

    def _spans_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give the office hours of `day`, if it is worked, and of each later working day without end."""
        if not self.is_working(day):
            day = self.next_working_day(day)
        while True:
            for start, end in self.hours.spans:
                yield datetime.combine(day, start, CITY_ZONE), datetime.combine(day, end, CITY_ZONE)
            day = self.next_working_day(day)


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without time zone")
    return at
