"""What one unit owes and did, and its exemptions."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.clock import today
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.units.models import Unit
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.workstatus import board as boards
from portal.workstatus import duties as rules
from portal.workstatus import operations, queries
from portal.workstatus.board import Status
from portal.workstatus.forms import ExemptionForm
from portal.workstatus.views.blueprint import WRITERS, blueprint, ways
from portal.workstatus.views.board import FACES, chosen_year

LATE = (Status.MISSING, Status.LATE)


@blueprint.get("/duties")
@requires(*WRITERS)
def duties() -> str:
    """What my unit owes and did."""
    return _page(current_person().unit, "duties")


@blueprint.get("/units/<int:unit_id>")
@requires(*WRITERS, Permission.WORKSTATUS_OVERSEE)
def unit(unit_id: int) -> str:
    """What a unit owes and did: for the office, and for the unit itself."""
    return _page(queries.get_unit(db(), current_person(), unit_id), "board")


def _page(unit: Unit, way: str, form: ExemptionForm | None = None) -> str:
    person, year = current_person(), chosen_year()
    manages = person.may(Permission.WORKSTATUS_MANAGE)
    rows = [
        (due, Status(status), at, item, rules.days_late(due, at) if status in LATE else 0)
        for due, status, at, item in boards.of_unit(db(), unit.id, year)
    ]
    return render_template(
        "workstatus/unit.html",
        ways=ways(way),
        unit=unit,
        own=unit.id == person.unit_id and person.may(Permission.CONTENT_WRITE),
        overseen=way == "board" and person.may(Permission.WORKSTATUS_OVERSEE),
        rows=rows,
        readable=queries.readable(db(), person, unit, [item for *_, item, _late in rows if item]),
        year=year,
        years=sorted({*queries.years(db()), today().year}, reverse=True),
        exemptions=queries.exemptions(db(), unit.id),
        form=(form or ExemptionForm(formdata=None)) if manages and way == "board" else None,
        **FACES,
    )


@blueprint.post("/units/<int:unit_id>/exemptions")
@requires(Permission.WORKSTATUS_MANAGE)
def exempt(unit_id: int) -> Any:
    """Free a unit of what is due in a period."""
    person, form = current_person(), ExemptionForm()
    found = queries.get_unit(db(), person, unit_id)
    if form.validate() and form.first_on.data and form.last_on.data:
        try:
            operations.exempt(db(), person, found, form.first_on.data, form.last_on.data, form.reason.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The unit is exempted."), "success")
            return redirect(url_for(".unit", unit_id=unit_id), 303)
    return _page(found, "board", form), 422


@blueprint.post("/exemptions/<int:exemption_id>/lift")
@requires(Permission.WORKSTATUS_MANAGE)
def lift(exemption_id: int) -> Response:
    """End an exemption."""
    grant = operations.get_exemption(db(), current_person(), exemption_id)
    operations.lift(grant, current_person())
    flash(gettext("The exemption is lifted."), "success")
    return redirect(url_for(".unit", unit_id=grant.unit_id), 303)
