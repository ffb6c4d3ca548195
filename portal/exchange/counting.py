"""The working day a sending or a reception counts as (X-3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.core.clock import Calendar, now, to_city
from portal.core.runtime import current


def counted_day(at: datetime) -> date:
    """The day `at` counts as: the same working day before the cut-off, else the next one (GZ30, GZ33)."""
    return Calendar().counted_day(at, current().rules.same_day_until)


def reception_time() -> timedelta:
    """How long a recipient may take before the sender is told (X-9)."""
    return timedelta(hours=current().rules.reception_check_hours)


def overdue_since() -> datetime:
    """What was delivered before this moment and isn't received is late."""
    return now() - reception_time()


def city_day(at: datetime) -> date:
    """The date of a moment in the city."""
    return to_city(at).date()
