"""The clock and the city's working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import CITY_ZONE, Calendar, frozen, now, official_date, to_city, today

CUTOFF = time(15)
NOTICES = Calendar()


def city(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def test_a_stopped_clock_stands_until_moved_and_runs_again_afterwards() -> None:
    with frozen(city("2026-01-05T09:00")) as hands:
        assert now() == datetime(2026, 1, 5, 1, tzinfo=UTC)
        assert now().tzinfo is UTC
        hands.advance(timedelta(minutes=5))
        assert now() == datetime(2026, 1, 5, 1, 5, tzinfo=UTC)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_city_is_a_day_ahead_in_the_evening_of_utc() -> None:
    with frozen(datetime(2026, 1, 4, 17, tzinfo=UTC)):
        assert today() == date(2026, 1, 5)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_city(datetime(2026, 1, 5))


def test_the_date_of_documents_has_no_leading_zeros() -> None:
    assert official_date(date(2026, 1, 5)) == "2026年1月5日"


@pytest.mark.req("X-3")
@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-01-04", True),  # Sunday, worked for New Year
        ("2026-01-02", False),  # Friday of the New Year holiday
        ("2026-02-14", True),  # Saturday, worked for Spring Festival
        ("2026-02-23", False),
        ("2026-05-09", True),
        ("2026-09-25", False),  # Mid-Autumn
        ("2026-10-10", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2026-03-07", False),  # an ordinary Saturday
        ("2026-03-09", True),
    ],
)
def test_holidays_and_make_up_days_follow_the_notices(day: str, working: bool) -> None:
    found = NOTICES.day(date.fromisoformat(day))
    assert (found.working, found.confirmed) == (working, True)


@pytest.mark.req("X-3")
@pytest.mark.parametrize(
    ("sent", "counted"),
    [
        ("2026-03-09T14:59:59", "2026-03-09"),
        ("2026-03-09T15:00:00", "2026-03-10"),
        ("2026-03-06T15:30:00", "2026-03-09"),  # Friday afternoon
        ("2026-03-07T10:00:00", "2026-03-09"),  # Saturday morning
        ("2026-02-13T16:00:00", "2026-02-14"),  # the worked Saturday before Spring Festival
        ("2026-02-14T16:00:00", "2026-02-24"),  # over the whole festival
        ("2026-10-01T08:00:00", "2026-10-08"),
    ],
)
def test_a_sending_counts_as_that_day_before_the_cutoff_else_as_the_next_working_day(sent: str, counted: str) -> None:
    assert NOTICES.counted_day(city(sent), CUTOFF) == date.fromisoformat(counted)


@pytest.mark.req("X-3")
def test_the_cutoff_is_city_time_whatever_zone_the_moment_is_in() -> None:
    assert NOTICES.counted_day(datetime(2026, 3, 9, 6, 59, tzinfo=UTC), CUTOFF) == date(2026, 3, 9)
    assert NOTICES.counted_day(datetime(2026, 3, 9, 7, 0, tzinfo=UTC), CUTOFF) == date(2026, 3, 10)


def test_an_override_stands_above_the_notice() -> None:
    typhoon, extra = date(2026, 9, 15), date(2026, 9, 19)
    calendar = Calendar(overrides={typhoon: False, extra: True})
    assert not calendar.is_working(typhoon)
    assert calendar.is_working(extra)
    assert calendar.counted_day(city("2026-09-15T09:00"), CUTOFF) == date(2026, 9, 16)


def test_a_year_without_notice_follows_the_law_alone_and_is_unconfirmed() -> None:
    far = 2041
    assert [NOTICES.is_working(date(far, month, day)) for month, day in ((1, 1), (5, 2), (10, 3))] == [False] * 3
    monday = NOTICES.day(date(far, 3, 4))
    assert (monday.working, monday.confirmed) == (True, False)
    known = Calendar(overrides={date(far, 3, 4): False}, confirmed_years=frozenset({far}))
    assert not known.is_working(date(far, 3, 4))
    assert known.day(date(far, 3, 5)).confirmed


def test_a_missing_notice_is_told_from_mid_november() -> None:
    calendar = Calendar(confirmed_years=frozenset({2041}))
    assert calendar.missing_year(date(2041, 11, 14)) is None
    assert calendar.missing_year(date(2041, 11, 15)) == 2042
    assert calendar.missing_year(date(2042, 1, 1)) == 2042


def test_working_days_are_counted_from_the_next_one() -> None:
    assert NOTICES.add_working_days(date(2026, 2, 13), 0) == date(2026, 2, 13)
    assert NOTICES.add_working_days(date(2026, 2, 13), 2) == date(2026, 2, 24)
    with pytest.raises(ValueError, match="forward"):
        NOTICES.add_working_days(date(2026, 2, 13), -1)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-09T09:00", 2, "2026-03-09T11:00"),
        ("2026-03-09T11:30", 1, "2026-03-09T13:30"),  # over lunch
        ("2026-03-09T16:30", 1, "2026-03-10T09:30"),  # over night
        ("2026-03-07T10:00", 1, "2026-03-09T10:00"),  # from a Saturday
        ("2026-03-09T06:00", 7, "2026-03-09T17:00"),
    ],
)
def test_only_office_hours_count(start: str, hours: int, end: str) -> None:
    assert NOTICES.add_working_hours(city(start), timedelta(hours=hours)) == city(end)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 9, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(hours=40)),
    st.timedeltas(timedelta(0), timedelta(hours=40)),
)
def test_working_hours_add_up(at: datetime, first: timedelta, second: timedelta) -> None:
    once = NOTICES.add_working_hours(at, first + second)
    assert NOTICES.add_working_hours(NOTICES.add_working_hours(at, first), second) == once
    assert once >= at
