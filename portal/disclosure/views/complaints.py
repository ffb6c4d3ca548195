"""Complaints about disclosure, for the office."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.clock import now
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission as P
from portal.disclosure import personal, request_queries
from portal.disclosure.forms import ComplaintAnswerForm
from portal.disclosure.lifecycle import COMPLAINT_LABELS, COMPLAINT_TONES, ComplaintState
from portal.disclosure.operations.complaints import answer_complaint
from portal.disclosure.views.blueprint import blueprint, tabs_of
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say


@blueprint.get("/disclosure/complaints")
@requires(P.DISCLOSURE_MANAGE)
def complaints() -> str:
    """Complaints, those to be answered first."""
    tab = "ended" if request.args.get("tab") == "ended" else "open"
    before = request.args.get("before", type=int)
    rows, more = request_queries.complaint_page(db(), tab, before)
    return render_template(
        "disclosure/complaints.html",
        tabs_=tabs_of("disclosure.complaints"),
        tab=tab,
        rows=rows,
        labels={state: (COMPLAINT_LABELS[state], COMPLAINT_TONES[state]) for state in ComplaintState},
        moment=now(),
        newest=url_for(".complaints", tab=tab) if before else None,
        older=url_for(".complaints", tab=tab, before=rows[-1].id) if more else None,
    )


@blueprint.route("/disclosure/complaints/<int:complaint_id>", methods=["GET", "POST"])
@requires(P.DISCLOSURE_MANAGE)
def complaint(complaint_id: int) -> Any:
    """A complaint, and its answer."""
    g.nav, person = "disclosure.index", current_person()
    found, form = request_queries.get_complaint(db(), person, complaint_id), ComplaintAnswerForm()
    if form.validate_on_submit():
        justified = {"yes": True, "no": False}.get(form.justified.data or "")
        try:
            answer_complaint(found, person, justified=justified, text=form.text.data or "", rules=runtime().rules)
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            flash(gettext("The answer is recorded."), "success")
            return redirect(url_for(".complaint", complaint_id=complaint_id), 303)
    state = ComplaintState(found.state)
    page = render_template(
        "disclosure/complaint.html",
        made=found,
        form=form,
        applicant=personal.opened(found),
        state=(COMPLAINT_LABELS[state], COMPLAINT_TONES[state]),
        late=state == ComplaintState.RECEIVED and found.due_at < now(),
    )
    return page, 422 if form.errors else 200
