"""Ranking of the units, a unit's own figures, the table of points, exports."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_skeleton
from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext

from portal.briefs import charts, export, scoring, statistics
from portal.briefs.forms import PointsForm
from portal.briefs.models import AWARD_LABELS, Award
from portal.briefs.views.blueprint import blueprint, tabs
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITES = (Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE)


def _month() -> str:
    """The month in the address; anything but one of the last twelve is the present one."""
    wanted = request.values.get("month", "")
    return wanted if wanted in statistics.months() else statistics.this_month()


def _named(month: str) -> str:
    """2026年11月, as the reader's language writes a month."""
    return format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=get_locale())


@blueprint.get("/ranking")
@requires(Permission.BRIEFS_EDIT)
def ranking() -> str:
    """Units by points in a month, with the course of twelve months."""
    month = _month()
    rows = statistics.ranking(db(), month)
    course = statistics.by_month(db(), last=month)
    return render_template(
        "briefs/ranking.html",
        tabs=tabs("ranking"),
        month=month,
        named=_named(month),
        months=[(one, _named(one)) for one in reversed(statistics.months())],
        rows=rows,
        bars=charts.bars([(row.unit.short_name, row.points, False) for row in rows]),
        pairs=charts.pairs([(one.month[2:], one.sent, one.adopted) for one in course]),
    )


@blueprint.get("/figures")
@requires(*WRITES)
def figures() -> str:
    """What my unit sent in twelve months, what was adopted, and where it stands."""
    unit, month = current_person().unit, _month()
    course = statistics.by_month(db(), unit.id, month)
    standings = statistics.ranking(db(), month)
    return render_template(
        "briefs/figures.html",
        tabs=tabs("figures"),
        unit=unit,
        month=month,
        course=course,
        standing=statistics.place_of(standings, unit.id),
        of=len(standings),
        overdue=statistics.overdue(db(), unit.id),
        pairs=charts.pairs([(one.month[2:], one.sent, one.adopted) for one in course]),
    )


@blueprint.route("/points", methods=["GET", "POST"])
@requires(*WRITES, Permission.BRIEFS_EDIT)
def points() -> Any:
    """The table of points, open to every unit; editors change it, and its history says who did."""
    person, form = current_person(), PointsForm()
    if form.validate_on_submit():
        try:
            scoring.set_points(db(), person, Award(form.award.data), form.points.data or 0, form.note.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The points hold from now on; those given before stay."), "success")
            return redirect(url_for(".points"), 303)
    page = render_template(
        "briefs/points.html",
        tabs=tabs("points"),
        form=form,
        table=[(AWARD_LABELS[award], value) for award, value in scoring.table(db()).items()],
        history=scoring.history(db()),
        labels=AWARD_LABELS,
        edits=person.may(Permission.BRIEFS_EDIT),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/ranking.csv")
@requires(Permission.BRIEFS_EDIT)
def ranking_csv() -> Response:
    """The ranking of a month as CSV."""
    month = _month()
    answer = Response(export.text(db(), month), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="briefs-{month}.csv"'
    return answer


@blueprint.post("/exports")
@requires(Permission.BRIEFS_EDIT)
def ask_export() -> Any:
    """Ask for the ranking of a month as a workbook."""
    made = export.ask(db(), current_person(), _month())
    return redirect(url_for(".exported", export_id=made.id), 303)


@blueprint.get("/exports/<int:export_id>")
@requires(Permission.BRIEFS_EDIT)
def exported(export_id: int) -> str:
    """Wait for the workbook, then take it."""
    tabs("ranking")
    return render_template("briefs/export.html", export=export.get(db(), current_person(), export_id))


@blueprint.get("/exports/<int:export_id>/file")
@requires(Permission.BRIEFS_EDIT)
def export_file(export_id: int) -> Any:
    """The workbook."""
    made = export.get(db(), current_person(), export_id)
    if made.digest is None:
        raise NotFound("There is no such workbook, or you didn't ask for it.")
    return send_stored(made.digest, WORKBOOK, f"政务信息排名 {made.month}.xlsx")
