"""Pages of requests for comments."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response, flash, g, redirect, render_template, url_for
from flask_babel import gettext

from portal.content.uploads import SUFFIXES
from portal.core.clock import now
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.core.sheets import harmless
from portal.support.forms import AnswerForm, ConsultationForm, SummaryForm
from portal.support.models import Consultation
from portal.support.operations import consultations as acts
from portal.support.queries import consultations as queries
from portal.support.views.blueprint import before, blueprint, pages
from portal.support.views.disputes import _attach
from portal.units.queries import all_units
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored
from portal.web.filters import city_time

NAV = "support.downloads"


@blueprint.get("/consultations")
@requires(Permission.SUPPORT_VIEW)
def consultations() -> str:
    """Requests for comments: those the unit is asked, for the office all."""
    g.nav = NAV
    rows, more = queries.listed(db(), current_person(), before())
    ids = [item.id for item, _own in rows]
    return render_template(
        "support/consultations.html",
        rows=rows,
        counts=queries.counts(db(), ids),
        now=now(),
        **pages("support.consultations", ids[-1] if ids else None, more),
    )


@blueprint.route("/consultations/new", methods=["GET", "POST"])
@requires(Permission.SUPPORT_MANAGE)
def new_consultation() -> Any:
    """Ask units for comments."""
    g.nav, person, form = NAV, current_person(), ConsultationForm()
    form.units.choices = [(unit.id, unit.short_name) for unit in all_units(db()) if unit.id != person.unit_id]
    if form.validate_on_submit():
        try:
            item = acts.publish(
                runtime(),
                db(),
                person,
                title=form.title.data,
                text=form.text.data,
                due_on=form.due_on.data,
                unit_ids=None if form.whom.data == "all" else form.units.data,
                key=form.request_key,
                incoming=form.incoming(),
            )
        except (Invalid, Refused) as error:
            _attach(form, error)
        else:
            flash(gettext("The request for comments is published."), "success")
            return redirect(url_for(".consultation", consultation_id=item.id), 303)
    return render_template("support/consultation_new.html", form=form, **_upload()), 422 if form.errors else 200


def _upload() -> dict[str, Any]:
    return {"limit": runtime().rules.max_document_bytes, "suffixes": SUFFIXES}


@blueprint.get("/consultations/<int:consultation_id>")
@requires(Permission.SUPPORT_VIEW)
def consultation(consultation_id: int) -> Any:
    """The request, the own answer; for the office everybody's."""
    return _page(queries.get_for(db(), current_person(), consultation_id))


def _page(item: Consultation, form: AnswerForm | None = None, summary: SummaryForm | None = None) -> Any:
    g.nav, person = NAV, current_person()
    manages, own = person.may(Permission.SUPPORT_MANAGE), queries.asked_of(db(), person, item.id)
    if form is None:
        form = AnswerForm(formdata=None, version=str(own.version if own else 0), text=own.text if own else "")
    form.dropped.choices = [(file.id, file.name) for file in own.files] if own else []
    over = now() >= item.due_at
    page = render_template(
        "support/consultation.html",
        item=item,
        own=own,
        over=over,
        form=form,
        summary=summary or SummaryForm(formdata=None),
        answers=queries.answers(db(), item) if manages else [],
        may_answer=own is not None
        and person.may(Permission.SUPPORT_DISPUTE)
        and item.concluded_at is None
        and not (own.answered_at and over),
        **_upload(),
    )
    return page, 422 if form.errors or (summary and summary.errors) else 200


@blueprint.post("/consultations/<int:consultation_id>/answer")
@requires(Permission.SUPPORT_DISPUTE)
def answer_consultation(consultation_id: int) -> Any:
    """Send or revise the unit's answer."""
    asked, form = queries.get_asked(db(), current_person(), consultation_id), AnswerForm()
    try:
        acts.answer(
            runtime(),
            asked,
            current_person(),
            text=form.text.data or "",
            version=int(form.version.data) if (form.version.data or "").isdecimal() else 0,
            incoming=form.incoming(),
            dropped=form.dropped.data or (),
        )
    except (Invalid, Refused) as error:
        _attach(form, error)
        return _page(asked.consultation, form=form)
    flash(gettext("The answer of your unit is sent."), "success")
    return redirect(url_for(".consultation", consultation_id=consultation_id), 303)


@blueprint.post("/consultations/<int:consultation_id>/summary")
@requires(Permission.SUPPORT_MANAGE)
def conclude_consultation(consultation_id: int) -> Any:
    """Publish the summary."""
    item, form = queries.get_for(db(), current_person(), consultation_id), SummaryForm()
    try:
        acts.conclude(runtime(), item, current_person(), form.summary.data or "")
    except Invalid as error:
        form.attach(error)
        return _page(item, summary=form)
    flash(gettext("The summary is published."), "success")
    return redirect(url_for(".consultation", consultation_id=item.id), 303)


@blueprint.get("/consultations/<int:consultation_id>/answers.csv")
@requires(Permission.SUPPORT_MANAGE)
def export_answers(consultation_id: int) -> Response:
    """The answers as a list for a spreadsheet."""
    item = queries.get_for(db(), current_person(), consultation_id)
    out = io.StringIO("\ufeff")  # so that the usual spreadsheet reads it as UTF-8
    out.seek(1)
    writer = csv.writer(out)
    writer.writerow([gettext("Unit"), gettext("Answered"), gettext("Late"), gettext("Answer"), gettext("Files")])
    for row in queries.answers(db(), item):
        late = gettext("yes") if row.late else ""
        names = "; ".join(file.name for file in row.files)
        cells = (row.unit.name, city_time(row.answered_at), late, row.text or "", names)
        writer.writerow([harmless(cell) for cell in cells])
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=consultation-{item.id}.csv"
    return response


@blueprint.get("/consultations/<int:consultation_id>/files/<int:file_id>")
@requires(Permission.SUPPORT_VIEW)
def consultation_file(consultation_id: int, file_id: int) -> Any:
    """A file of the request or of an answer."""
    file = queries.get_file(db(), current_person(), consultation_id, file_id)
    return send_stored(file.digest, file.media_type, file.name)
