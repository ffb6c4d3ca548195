"""The board of a year as a file: asked for, made by a worker, taken once."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored
from portal.workstatus import operations, queries
from portal.workstatus.views.blueprint import blueprint, ways

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.post("/board/exports")
@requires(Permission.WORKSTATUS_OVERSEE)
def ask_export() -> Response:
    """Ask for the file."""
    year = request.form.get("year", 0, type=int)
    made = operations.ask_export(db(), current_person(), year, request.form.get("form", ""))
    return redirect(url_for(".export", export_id=made.id), 303)


@blueprint.get("/board/exports/<int:export_id>")
@requires(Permission.WORKSTATUS_OVERSEE)
def export(export_id: int) -> str:
    """Wait for it, then take it."""
    made = queries.get_export(db(), current_person(), export_id)
    return render_template("workstatus/export.html", ways=ways("board"), export=made)


@blueprint.post("/board/exports/<int:export_id>/take")
@requires(Permission.WORKSTATUS_OVERSEE)
def take_export(export_id: int) -> Response:
    """Take it, once."""
    made = queries.get_export(db(), current_person(), export_id)
    digest = operations.take_export(made, current_person())
    return send_stored(digest, TYPES[made.form], f"{made.year}年工作动态报送情况.{made.form}")
