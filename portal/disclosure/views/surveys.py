"""Questionnaires inside the unit that asks."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, render_template, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.clock import today
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission as P
from portal.core.sheets import harmless
from portal.disclosure import survey_queries
from portal.disclosure.forms import SurveyForm
from portal.disclosure.lifecycle import SURVEY_LABELS, SURVEY_TONES, SurveyState
from portal.disclosure.operations import surveys as acts
from portal.disclosure.request_models import DisclosureSurvey
from portal.disclosure.views.blueprint import HANDLERS, blueprint, tabs_of
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say

MOST_EXPORTED = 50_000
SHOWN_TEXTS = 200
# A table program takes a cell that begins so for a formula.


@blueprint.get("/disclosure/surveys")
@requires(*HANDLERS)
def surveys() -> str:
    """The unit's questionnaires."""
    return render_template(
        "disclosure/surveys.html",
        tabs_=tabs_of("disclosure.surveys"),
        rows=survey_queries.surveys_of(db(), current_person()),
        labels={state: (SURVEY_LABELS[state], SURVEY_TONES[state]) for state in SurveyState},
    )


@blueprint.route("/disclosure/surveys/new", methods=["GET", "POST"])
@requires(P.DISCLOSURE_HANDLE)
def new_survey() -> Any:
    """Write a questionnaire."""
    g.nav, form = "disclosure.index", SurveyForm(opens_on=today(), closes_on=today() + timedelta(days=30))
    if form.validate_on_submit():
        try:
            made = acts.draft_survey(
                db(),
                current_person(),
                title=form.title.data or "",
                intro=form.intro.data or "",
                opens_on=form.opens_on.data,
                closes_on=form.closes_on.data,
                questions=form.questions.data or "",
            )
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            flash(gettext("The questionnaire is written; a head of the unit publishes it."), "success")
            return redirect(url_for(".survey", survey_id=made.id), 303)
    return render_template("disclosure/new_survey.html", form=form), 422 if form.errors else 200


@blueprint.get("/disclosure/surveys/<int:survey_id>")
@requires(*HANDLERS)
def survey(survey_id: int) -> str:
    """A questionnaire with what was answered."""
    g.nav, person = "disclosure.index", current_person()
    found = survey_queries.get_survey(db(), person, survey_id)
    sheets, counts = survey_queries.results(db(), found)
    texts: dict[int, list[str]] = {}
    for _sheet, question_id, choice, text in survey_queries.written_replies(db(), found, MOST_EXPORTED):
        if choice is None and len(texts.setdefault(question_id, [])) < SHOWN_TEXTS:
            texts[question_id].append(text)
    state = SurveyState(found.state)
    return render_template(
        "disclosure/survey.html",
        survey=found,
        sheets=sheets,
        counts=counts,
        texts=texts,
        state=(SURVEY_LABELS[state], SURVEY_TONES[state]),
        may_publish=acts.may_publish(found, person),
        may_close=state == SurveyState.PUBLISHED,
    )


@blueprint.post("/disclosure/surveys/<int:survey_id>/publish")
@requires(P.DISCLOSURE_CONSENT)
def publish_survey(survey_id: int) -> Response:
    """Publish a questionnaire."""
    acts.publish_survey(survey_queries.get_survey(db(), current_person(), survey_id), current_person())
    flash(gettext("The questionnaire is public from the day it opens."), "success")
    return redirect(url_for(".survey", survey_id=survey_id), 303)


@blueprint.post("/disclosure/surveys/<int:survey_id>/close")
@requires(*HANDLERS)
def close_survey(survey_id: int) -> Response:
    """End a questionnaire."""
    acts.close_survey(survey_queries.get_survey(db(), current_person(), survey_id), current_person())
    flash(gettext("The questionnaire takes no answers any more."), "success")
    return redirect(url_for(".survey", survey_id=survey_id), 303)


@blueprint.get("/disclosure/surveys/<int:survey_id>/csv")
@requires(*HANDLERS)
def survey_csv(survey_id: int) -> Response:
    """All answers as a table, a line a sheet."""
    found = survey_queries.get_survey(db(), current_person(), survey_id)
    content = io.BytesIO(_table(found).encode("utf-8-sig"))
    return send_file(
        content, mimetype="text/csv; charset=utf-8", as_attachment=True, download_name=f"问卷{found.id}结果.csv"
    )


def _table(found: DisclosureSurvey) -> str:
    choices = {question.id: question.choices for question in found.questions}
    lines: dict[int, dict[int, list[str]]] = {}
    for sheet, question_id, choice, text in survey_queries.written_replies(db(), found, MOST_EXPORTED):
        said = text if choice is None else str(choices[question_id][choice])
        lines.setdefault(sheet, {}).setdefault(question_id, []).append(said)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["序号", *(harmless(question.text) for question in found.questions)])
    for number, line in enumerate(lines.values(), start=1):
        writer.writerow([number, *(harmless("；".join(line.get(one.id, []))) for one in found.questions)])
    return out.getvalue()
