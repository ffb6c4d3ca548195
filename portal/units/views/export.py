"""The register as a file: CSV streamed at once, a workbook from a worker."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.core.clock import to_city, today
from portal.core.db import unit_of_work
from portal.core.permissions import Permission as P
from portal.units import export, keeping
from portal.units.views.blueprint import blueprint, tabs
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/register.csv")
@requires(P.UNITS_MAINTAIN)
def register_csv() -> Response:
    """The whole register, line by line while it is read."""
    engine = runtime().engine

    def body() -> object:
        with unit_of_work(engine, writes=False) as session:
            yield from export.lines(session)

    answer = Response(body(), mimetype="text/csv")  # type: ignore[arg-type]
    answer.headers["Content-Disposition"] = f'attachment; filename="units-{today().isoformat()}.csv"'
    return answer


@blueprint.post("/register/workbook")
@requires(P.UNITS_MAINTAIN)
def ask_workbook() -> AnyResponse:
    """Ask for the workbook."""
    made = keeping.ask_workbook(db(), current_person())
    return redirect(url_for("units.workbook", export_id=made.id), 303)


@blueprint.get("/register/workbook/<int:export_id>")
@requires(P.UNITS_MAINTAIN)
def workbook(export_id: int) -> str:
    """Wait for it, then take it."""
    made = keeping.get_export(db(), current_person(), export_id)
    return render_template("units/workbook.html", tabs=tabs("register"), export=made)


@blueprint.post("/register/workbook/<int:export_id>/take")
@requires(P.UNITS_MAINTAIN)
def take_workbook(export_id: int) -> AnyResponse:
    """Take it, once."""
    made = keeping.get_export(db(), current_person(), export_id)
    digest = keeping.take_workbook(made, current_person())
    return send_stored(digest, WORKBOOK, f"单位名录 {to_city(made.asked_at).date().isoformat()}.xlsx")
