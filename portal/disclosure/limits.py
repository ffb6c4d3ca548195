"""The time limits of disclosure in working days: a day counts whole, whatever the hour."""

from __future__ import annotations

from datetime import datetime, time

from portal.core.clock import CITY_ZONE, Calendar, now, to_city

_LAST = time(23, 59, 59)


def due_after(at: datetime, days: int) -> datetime:
    """The end of the `days`-th working day after the moment."""
    return datetime.combine(Calendar().add_working_days(to_city(at).date(), days), _LAST, CITY_ZONE)


def is_late(due_at: datetime | None) -> bool:
    """Whether the limit has passed."""
    return due_at is not None and due_at < now()
