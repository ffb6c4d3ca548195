"""Pages of password slips, of the office's filings, and of confirming a mobile number."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, after_this_request, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import listing, mobile, scope, slips
from portal.people.admin_forms import MobileCodeForm
from portal.people.admin_presentation import city_day, detail, what
from portal.people.lifecycle import SLIP_LABELS, SlipState
from portal.units import queries as units
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("slips", __name__)
NAVIGATION = [
    NavItem(N_("Filings"), "file-certificate", "slips.filings", (Permission.PEOPLE_FILINGS,), order=35, group=REGISTER)
]


@blueprint.post("/people/<int:person_id>/slip")
@requires(Permission.PEOPLE_ADMINISTER)
def ask(person_id: int) -> Response:
    """Ask for the slip of one person: a first password, or a new one for a forgotten one (A-4)."""
    slip = slips.ask_slip(scope.person_for(db(), current_person(), person_id), current_person())
    return redirect(url_for("slips.show", slip_id=slip.id), 303)


@blueprint.post("/people/slips")
@requires(Permission.PEOPLE_ADMINISTER)
def ask_all() -> Response:
    """Ask for slips for everybody in a unit who has no password."""
    actor = current_person()
    unit = scope.unit_for(db(), actor, request.form.get("unit", actor.unit_id, type=int))
    slip = slips.ask_slips(db(), actor, unit)
    return redirect(url_for("slips.show", slip_id=slip.id), 303)


@blueprint.get("/people/slips/<int:slip_id>")
@requires(Permission.PEOPLE_ADMINISTER)
def show(slip_id: int) -> str:
    """How far a sheet is, and the way to fetch it."""
    slip = slips.get_for(db(), current_person(), slip_id)
    return render_template("staff/slip.html", slip=slip, label=SLIP_LABELS[SlipState(slip.state)], days=slips.KEPT.days)


@blueprint.post("/people/slips/<int:slip_id>/fetch")
@requires(Permission.PEOPLE_ADMINISTER, fresh=N_("Fetch a sheet of password slips"))
def fetch(slip_id: int) -> Any:
    """Give the sheet out, once, to who asked for it and has proved anew who they are."""
    actor, work = current_person(), runtime()
    slip = slips.get_for(db(), actor, slip_id)
    pdf = slips.fetch(work, slip, actor)

    @after_this_request
    def discard(response: Response) -> Response:
        slips.discard(work, slip)
        return response

    answer = send_file(io.BytesIO(pdf), "application/pdf", as_attachment=True, download_name=f"slips-{slip.id}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/people/filings")
@requires(Permission.PEOPLE_FILINGS)
def filings() -> str:
    """Every change of people and roles, as filed with the office 备案 (GZ13)."""
    unit_id = request.args.get("unit", type=int)
    rows, more = listing.filings(
        db(),
        unit_id=unit_id,
        first=city_day("from"),
        last=city_day("to", after=True),
        before=request.args.get("before", type=int),
    )
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key != "before" and value}
    return render_template(
        "staff/filings.html",
        rows=[(row, what(row.event.kind), detail(row)) for row in rows],
        units=units.all_units(db()),
        unit_id=unit_id,
        older=url_for("slips.filings", **kept, before=rows[-1].event.id) if more else None,
    )


@blueprint.route("/profile/mobile", methods=["GET", "POST"])
@requires(Permission.PEOPLE_PROFILE)
def confirm_mobile() -> Any:
    """Enter the code that was sent to a new number (A-5)."""
    person, form = current_person(), MobileCodeForm()
    if form.validate_on_submit():
        try:
            mobile.confirm(person, form.code.data)
        except Invalid as error:  # not raised further: the try counts
            form.attach(error)
        else:
            flash(gettext("The mobile number is confirmed."), "success")
            return redirect(url_for("people.profile"), 303)
    pending = mobile.pending_of(db(), person)
    if pending is None and not form.errors:
        return redirect(url_for("people.profile"), 303)
    return render_template("staff/mobile.html", form=form, pending=pending), 422 if form.errors else 200


@blueprint.post("/profile/mobile/again")
@requires(Permission.PEOPLE_PROFILE)
def send_again() -> Response:
    """Send another code to the number that waits."""
    person = current_person()
    pending = mobile.pending_of(db(), person)
    if pending is None:
        raise Refused("No number waits to be confirmed.")
    mobile.ask_code(person, pending.mobile)
    flash(gettext("Another code was sent."), "success")
    return redirect(url_for("slips.confirm_mobile"), 303)
