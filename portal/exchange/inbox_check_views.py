"""Pages of the looks at inboxes: noting a visit, the board of all units, its table to take away (A-10)."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import structlog
from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.permissions import Permission
from portal.core.sheets import harmless
from portal.core.text import N_
from portal.exchange import inbox_checks
from portal.exchange.inbox_checks import Place, Record
from portal.units.models import Unit
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import NavItem

log = structlog.get_logger(__name__)
blueprint = Blueprint("inbox_checks", __name__, url_prefix="/inbox-checks")
NAVIGATION = [
    NavItem(N_("Looks at inboxes"), "checklist", "inbox_checks.board", (Permission.EXCHANGE_SUPERVISE,), order=25),
]
MOST_UNITS = 100_000
STATE_LABELS = {
    "done": N_("looked at"),
    "missed": N_("neglected"),
    "open": N_("still to be looked at"),
    "ahead": N_("to come"),
    "none": N_("not in exchange yet"),
}


def note_visit() -> None:
    """Note the look of the person's unit at its inbox, apart from the page, which never fails for it."""
    person, at = current_person(), now()
    if not inbox_checks.is_counted(person) or inbox_checks.is_noted(db(), person.unit_id, at):
        return
    stood_for = person.acting_for.id if person.acting_for else None
    try:
        with unit_of_work(runtime().engine) as own:
            inbox_checks.note(own, person.id, stood_for, person.unit_id, at)
    except SQLAlchemyError as error:  # a colleague was quicker, or the database is busy: the next visit counts
        log.info("a look at the inbox was not noted", unit=person.unit_id, error=type(error).__name__)


def own_record() -> tuple[list[date], Record]:
    """The record of the reader's unit, with the look that was noted a moment ago apart from this request's reading."""
    with unit_of_work(runtime().engine, writes=False) as reading:
        return inbox_checks.record_of(reading, current_person().unit)


@blueprint.get("")
@requires(Permission.EXCHANGE_SUPERVISE)
def board() -> str:
    """Units and working days: who looked, who neglected; today's neglect first."""
    person, district = current_person(), request.args.get("district", type=int)
    days, records, ended = inbox_checks.board(db(), person, district, _place())
    beyond: dict[str, Any] | None = _address_of(ended)
    return render_template(
        "exchange/inbox_checks.html",
        days=days,
        records=records,
        labels=STATE_LABELS,
        district=district,
        districts=_districts(),
        older=url_for("inbox_checks.board", district=district, **beyond) if beyond else None,
        newest=url_for("inbox_checks.board", district=district) if _place() else None,
    )


@blueprint.get("/table.csv")
@requires(Permission.EXCHANGE_SUPERVISE)
def table() -> Response:
    """The same of every unit the reader watches, as a table for the calculation program."""
    district = request.args.get("district", type=int)
    days, records, _ = inbox_checks.board(db(), current_person(), district, limit=MOST_UNITS)
    page = io.StringIO()
    writer = csv.writer(page)
    halves = _halves(len(records[0].days[0]) if records else 1)
    writer.writerow(
        [
            gettext("Unit"),
            gettext("Neglected"),
            *(f"{day.isoformat()} {half}".strip() for day in days for half in halves),
        ]
    )
    for record in records:
        marks = [gettext(STATE_LABELS[mark.state]) for marks in record.days for mark in marks]
        writer.writerow([harmless(record.unit.name), record.missed, *marks])
    # The mark at the head lets the usual program read it as UTF-8.
    return Response(
        "\ufeff" + page.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=inbox-checks-{days[-1].isoformat()}.csv"},
    )


def _halves(count: int) -> list[str]:
    return [gettext("morning"), gettext("afternoon")] if count > 1 else [""]


def _place() -> Place | None:
    """Where the page before this one ended, as the address has it."""
    looks, place, unit = (request.args.get(name, type=int) for name in ("looks", "place", "unit"))
    return None if looks is None or place is None or unit is None else Place(looks, place, unit)


def _address_of(place: Place | None) -> dict[str, Any] | None:
    return {"looks": place.looks, "place": place.sort_key, "unit": place.unit_id} if place else None


def _districts() -> list[tuple[int, str]]:
    """The districts to choose from, for those who watch more than one."""
    if not current_person().unit.is_office:
        return []
    units = db().scalars(
        select(Unit).where(Unit.id == Unit.district_id, Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)
    )
    return [(unit.id, unit.name) for unit in units]
