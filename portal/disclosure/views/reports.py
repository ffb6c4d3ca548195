"""Figures by year, and the annual reports made of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.clock import today
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.disclosure import figures, queries, report_queries
from portal.disclosure.forms import ReportForm
from portal.disclosure.operations import reports as acts
from portal.disclosure.views.blueprint import HANDLERS, blueprint, tabs_of
from portal.disclosure.words import ANSWER_LABELS, APPLICANT_LABELS
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say
from portal.web.files import send_stored

OUTLINE = "一、总体情况\n\n二、存在的主要问题及改进情况\n\n三、其他需要报告的事项\n"


@blueprint.route("/disclosure/reports", methods=["GET", "POST"])
@requires(*HANDLERS)
def reports() -> Any:
    """The unit's figures of a year, its reports, and the writing of one."""
    person = current_person()
    year = request.args.get("year", today().year, type=int)
    year = min(max(year, acts.FIRST_YEAR), today().year)
    form = ReportForm(year=report_queries.last_year(), text=OUTLINE)
    if form.validate_on_submit():
        try:
            acts.write_report(db(), person, form.year.data or 0, form.text.data or "")
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            flash(gettext("The report is kept; its pages are being made."), "success")
            return redirect(url_for(".reports"), 303)
    rows = report_queries.reports_of(db(), person)
    page = render_template(
        "disclosure/reports.html",
        tabs_=tabs_of("disclosure.reports"),
        form=form,
        year=year,
        this_year=today().year,
        figures=figures.of_year(db(), person.unit, year),
        answers=ANSWER_LABELS,
        applicants=APPLICANT_LABELS,
        rows=rows,
        publishable={row.id for row in rows if acts.may_publish(row, person)},
        due=acts.due_on(report_queries.last_year()),
        writes=person.may(P.DISCLOSURE_HANDLE),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/disclosure/reports/<int:report_id>/pdf")
@requires(*HANDLERS)
def report_pdf(report_id: int) -> Response:
    """The pages of a report of the unit."""
    report = report_queries.get_report(db(), current_person(), report_id)
    if report.digest is None:
        raise NotFound(queries.GONE)
    return send_stored(report.digest, "application/pdf", f"{report.year}年度报告.pdf", inline=True)


@blueprint.post("/disclosure/reports/<int:report_id>/publish")
@requires(P.DISCLOSURE_CONSENT)
def publish_report(report_id: int) -> Response:
    """Publish a report."""
    acts.publish_report(report_queries.get_report(db(), current_person(), report_id), current_person())
    flash(gettext("The report is public now."), "success")
    return redirect(url_for(".reports"), 303)
