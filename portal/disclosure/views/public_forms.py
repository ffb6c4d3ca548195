"""What everybody may bring without an account: requests, complaints, opinions. A secret link leads back."""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.disclosure import queries, request_queries, survey_queries
from portal.disclosure.forms import ComplaintForm, CorrectionForm, RequestForm
from portal.disclosure.lifecycle import COMPLAINT_LABELS, COMPLAINT_TONES, ComplaintState, RequestState
from portal.disclosure.operations import requests as acts
from portal.disclosure.operations import surveys
from portal.disclosure.operations.complaints import enter_complaint
from portal.disclosure.presentation import request_values
from portal.disclosure.request_models import DisclosureRequest, DisclosureSurvey
from portal.disclosure.views.blueprint import blueprint
from portal.units.queries import all_units
from portal.web.access import public as anybody
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.web.files import send_stored
from portal.web.limits import limiter

# By address: a household or an office behind one address may ask a few things a day, a program may not.
ASK_RATE = "10 per minute; 60 per day"
LINK_RATE = "120 per minute"
OPINION_RATE = "30 per minute"
BROWSER = "gongwen_opinion"
YEAR = 365 * 24 * 3600


@blueprint.route("/open/requests/new", methods=["GET", "POST"])
@anybody
@limiter.limit(ASK_RATE, methods=["POST"])
def ask() -> Any:
    """Ask a unit for information; the receipt's address is shown once."""
    form = RequestForm(unit=request.args.get("unit", type=int))
    form.offer(all_units(db()))
    if form.validate_on_submit():
        try:
            unit = queries.get_unit(db(), form.unit.data)
            _, token = acts.enter_request(db(), unit, form.entry, runtime().rules)
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            flash(gettext("The request is received. Keep the address of this page: it is your receipt."), "success")
            return redirect(url_for(".receipt", token=token), 303)
    return render_template("open/ask.html", form=form, days=runtime().rules), 422 if form.errors else 200


@blueprint.get("/open/r/<token>")
@anybody
@limiter.limit(LINK_RATE)
def receipt(token: str) -> str:
    """The applicant's own page: where the request stands, what to correct, the answer."""
    return _receipt(request_queries.request_by_token(db(), token), token, CorrectionForm(formdata=None))


def _receipt(found: DisclosureRequest, token: str, form: CorrectionForm) -> str:
    return render_template(
        "open/receipt.html",
        token=token,
        form=form,
        link=url_for(".receipt", token=token, _external=True),
        open_=found.state in (RequestState.RECEIVED, RequestState.IN_HAND, RequestState.CORRECTION),
        **request_values(found),
    )


@blueprint.post("/open/r/<token>/correct")
@anybody
@limiter.limit(ASK_RATE)
def correct(token: str) -> Any:
    """Make clear what was asked."""
    found, form = request_queries.request_by_token(db(), token), CorrectionForm()
    try:
        acts.correct(found, form.text.data or "", runtime().rules)
    except (Invalid, Refused) as error:
        db().rollback()
        form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        return _receipt(request_queries.request_by_token(db(), token), token, form), 422
    flash(gettext("The correction is received; the time for the answer begins anew."), "success")
    return redirect(url_for(".receipt", token=token), 303)


@blueprint.post("/open/r/<token>/withdraw")
@anybody
@limiter.limit(ASK_RATE)
def withdraw(token: str) -> Response:
    """Take the request back."""
    found = request_queries.request_by_token(db(), token)
    if request.form.get("confirmed") == "yes":
        acts.withdraw(found, runtime().rules)
        flash(gettext("The request is withdrawn."), "success")
    return redirect(url_for(".receipt", token=token), 303)


@blueprint.get("/open/r/<token>/file")
@anybody
@limiter.limit(LINK_RATE)
def receipt_file(token: str) -> Response:
    """The file of the answer."""
    found = request_queries.request_by_token(db(), token)
    if found.file_digest is None:
        raise NotFound(queries.GONE)
    return send_stored(found.file_digest, found.file_type, found.file_name)


@blueprint.route("/open/complaints/new", methods=["GET", "POST"])
@anybody
@limiter.limit(ASK_RATE, methods=["POST"])
def complain() -> Any:
    """Complain to the office about a unit's disclosure."""
    form = ComplaintForm(unit=request.args.get("unit", type=int))
    form.unit.choices = [SelectChoice(unit.id, unit.name) for unit in all_units(db())]
    if form.validate_on_submit():
        try:
            unit = queries.get_unit(db(), form.unit.data)
            text = f"（申请编号：{form.number.data}）\n{form.text.data}" if form.number.data else form.text.data or ""
            _, token = enter_complaint(db(), unit, form.applicant, text, form.request_key, runtime().rules)
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            flash(gettext("The complaint is received. Keep the address of this page."), "success")
            return redirect(url_for(".complained", token=token), 303)
    return render_template("open/complain.html", form=form), 422 if form.errors else 200


@blueprint.get("/open/c/<token>")
@anybody
@limiter.limit(LINK_RATE)
def complained(token: str) -> str:
    """Where a complaint stands, and its answer."""
    found = request_queries.complaint_by_token(db(), token)
    state = ComplaintState(found.state)
    return render_template(
        "open/complained.html",
        made=found,
        state=(COMPLAINT_LABELS[state], COMPLAINT_TONES[state]),
        late=state == ComplaintState.RECEIVED and found.due_at < now(),
        link=url_for(".complained", token=token, _external=True),
    )


@blueprint.route("/open/surveys/<int:survey_id>", methods=["GET", "POST"])
@anybody
@limiter.limit(OPINION_RATE, methods=["POST"])
def open_survey(survey_id: int) -> Any:
    """A questionnaire: to answer while it is open, with its results once it is closed."""
    found, problem = survey_queries.public_survey(db(), survey_id), None
    if request.method == "POST":
        browser = request.cookies.get(BROWSER) or secrets.token_urlsafe(24)
        try:
            surveys.reply(db(), found, browser, *_given(found))
        except (Invalid, Refused, AlreadyDone) as error:
            db().rollback()
            problem = say(error)
        else:
            flash(gettext("Thank you. Your answers are received."), "success")
            return _with_browser(redirect(url_for(".open_survey", survey_id=survey_id), 303), browser)
    sheets, counts = survey_queries.results(db(), found)
    page = render_template(
        "open/survey.html",
        survey=found,
        sheets=sheets,
        counts=counts,
        takes=surveys.is_open(found),
        problem=problem,
        given=request.form,
    )
    return page, 422 if problem else 200


def _given(found: DisclosureSurvey) -> tuple[dict[int, list[int]], dict[int, str]]:
    """Choices and words by question; what is no number is no choice."""
    choices, words = {}, {}
    for question in found.questions:
        values = request.form.getlist(f"q{question.id}")
        choices[question.id] = [int(value) if value.isdecimal() else -1 for value in values]
        words[question.id] = values[0] if values else ""
    return choices, words


def _with_browser(response: Response, browser: str) -> Response:
    response.set_cookie(
        BROWSER,
        browser,
        max_age=YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
