"""The board of all units, and its lists of late and missing items."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from portal.core.clock import today
from portal.core.permissions import Permission
from portal.units.models import TIER_LABELS, Tier
from portal.web.access import requires
from portal.web.database import db
from portal.workstatus import board as boards
from portal.workstatus import duties, queries
from portal.workstatus.board import Filter, Status
from portal.workstatus.models import DUE_LABELS, DueKind
from portal.workstatus.views.blueprint import blueprint, ways

FACES = {"labels": boards.LABELS, "tones": boards.TONES, "signs": boards.SIGNS, "statuses": list(Status)}


def chosen_year() -> int:
    """The year the address names, or this one."""
    year = request.args.get("year", type=int)
    return year if year and 2000 <= year < 2200 else today().year


@blueprint.get("/board")
@requires(Permission.WORKSTATUS_OVERSEE)
def board() -> str:
    """Every unit and month as a table in colours and signs."""
    wanted = _filter()
    found = boards.board(db(), wanted)
    said = {"year": wanted.year, "kind": wanted.kind, "unit": wanted.text, "tier": wanted.tier, "only": wanted.only}
    here: dict[str, Any] = {key: value for key, value in said.items() if value}
    following = {**here, "after": "-".join(map(str, found.following))} if found.following else here
    return render_template(
        "workstatus/board.html",
        ways=ways("board"),
        board=found,
        wanted=wanted,
        years=sorted({*queries.years(db()), today().year}, reverse=True),
        kinds=DUE_LABELS,
        tiers=TIER_LABELS,
        first=url_for(".board", **here) if wanted.after else None,
        following=url_for(".board", **following) if found.following else None,
        **FACES,
    )


def _filter() -> Filter:
    args = request.args
    return Filter(
        year=chosen_year(),
        kind=args["kind"] if args.get("kind") in list(DueKind) else "",
        text=args.get("unit", "").strip()[:100],
        tier=args["tier"] if args.get("tier") in list(Tier) else "",
        only=args["only"] if args.get("only") in list(Status) else "",
        after=pair("after"),
    )


def pair(name: str) -> tuple[int, int] | None:
    """Two numbers of the address by which a page begins; nonsense is the beginning."""
    first, _, second = request.args.get(name, "").partition("-")
    return (int(first), int(second)) if first.isdecimal() and second.isdecimal() else None


@blueprint.get("/board/cases")
@requires(Permission.WORKSTATUS_OVERSEE)
def cases() -> str:
    """Which units are late, and with what."""
    year, month, after = chosen_year(), request.args.get("month", type=int), pair("after")
    status = Status.LATE if request.args.get("status") == Status.LATE else Status.MISSING
    rows, more = boards.cases(db(), year, status, month, after)
    here: dict[str, Any] = {"year": year, "status": status.value}
    if month is not None:
        here["month"] = month
    older = {**here, "after": f"{rows[-1][1].id}-{rows[-1][0].id}"} if rows else here
    return render_template(
        "workstatus/cases.html",
        ways=ways("board"),
        rows=[(unit, due, at, item, duties.days_late(due, at)) for unit, due, at, item in rows],
        year=year,
        month=month,
        status=status,
        newest=url_for(".cases", **here) if after else None,
        older=url_for(".cases", **older) if more else None,
        **FACES,
    )
