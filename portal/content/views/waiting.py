"""The list behind the home page: what waits for the reader's approval, and what was returned to them."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.content import waiting as lists
from portal.content.kinds import KINDS
from portal.content.views.blueprint import blueprint
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/waiting")
@requires(Permission.CONTENT_VIEW)
def waiting() -> str:
    """Items of every kind to approve, or returned, newest first."""
    person, before = current_person(), request.args.get("before", type=int)
    side = request.args.get("side", "")
    if side not in lists.SIDES:
        side = lists.APPROVE if lists.approves(person) else lists.RETURNED
    rows, more = lists.page(db(), person, side, before)
    return render_template(
        "content/waiting.html",
        rows=rows,
        side=side,
        sides=lists,
        kinds=KINDS,
        newest=url_for(".waiting", side=side) if before else None,
        older=url_for(".waiting", side=side, before=rows[-1].id) if more else None,
    )
