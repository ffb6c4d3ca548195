"""Template filters: moments as the city's clocks show them, dates as officials write them, sizes.

Every filter gives an empty string for None, so that a page needs no condition around a date not set yet.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask
from flask_babel import get_locale

from portal.core.clock import now, official_date, to_city
from portal.core.text import N_
from portal.web.shortcuts import gettext, ngettext

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
KILO = 1024


def _city_day(value: date) -> date:
    """The day in the city: of an aware moment, or the date itself."""
    return to_city(value).date() if isinstance(value, datetime) else value


def city_date(value: date | None) -> str:
    """Return `2026-11-20`, for tables."""
    return "" if value is None else _city_day(value).isoformat()


def city_time(at: datetime | None) -> str:
    """Return `2026-11-20 16:22`, for records."""
    return "" if at is None else to_city(at).strftime("%Y-%m-%d %H:%M")


def short_time(at: datetime | None) -> str:
    """Return `11-20 16:22` in the running year, the full form otherwise; for narrow columns and timelines."""
    if at is None:
        return ""
    moment = to_city(at)
    return moment.strftime("%m-%d %H:%M") if moment.year == to_city(now()).year else city_time(at)


def written_date(value: date | None) -> str:
    """Return the date as officials write it: 2026年11月20日, in English 20 November 2026."""
    if value is None:
        return ""
    day = _city_day(value)
    locale = get_locale()
    if locale is not None and locale.language == "en":
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return official_date(day)


def weekday(value: date | None) -> str:
    """Return the day of the week in the reader's language."""
    return "" if value is None else gettext(WEEKDAYS[_city_day(value).weekday()])


def time_left(deadline: datetime | None) -> str:
    """Return how far away `deadline` is, or by how much it is passed, in its largest unit."""
    if deadline is None:
        return ""
    left = deadline - now()
    if left < timedelta(0):
        return gettext("%(span)s overdue", span=_span(-left))
    return gettext("%(span)s left", span=_span(left))


def _span(length: timedelta) -> str:
    if length >= timedelta(days=1):
        return str(ngettext("%(num)s day", "%(num)s days", length.days))
    if length >= timedelta(hours=1):
        return ngettext("%(num)s hour", "%(num)s hours", int(length / timedelta(hours=1)))
    return ngettext("%(num)s minute", "%(num)s minutes", int(length / timedelta(minutes=1)))


def filesize(count: int | None) -> str:
    """Return a number of bytes as people read it: `812 B`, `485 KB`, `12.3 MB`."""
    if count is None:
        return ""
    size = float(count)
    for unit, digits in (("B", 0), ("KB", 0), ("MB", 1)):
        if size < KILO:
            return f"{size:.{digits}f}".removesuffix(".0") + f" {unit}"
        size /= KILO
    return f"{size:.2f} GB"


def iso(at: datetime) -> str:
    """Return the moment for a `datetime` attribute, UTC to the second."""
    return at.isoformat(timespec="seconds")


def said(stored: str | None) -> str:
    """A sentence kept in a row, in the reader's language; plain text, which `_` in a template would trust as markup."""
    return gettext(stored) if stored else ""


def install(app: Flask) -> None:
    """Make the filters known to the templates of `app`."""
    app.jinja_env.filters.update(
        city_date=city_date,
        city_time=city_time,
        short_time=short_time,
        official_date=written_date,
        weekday=weekday,
        time_left=time_left,
        filesize=filesize,
        iso=iso,
        said=said,
    )
