"""Public pages of a unit that applies to join: it has no account, a secret link leads back to its application (U-1)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound
from portal.registration import application_presentation as presentation
from portal.registration import applications, applications_queries
from portal.registration.application_forms import BringForm, ChangeForm, JoinForm
from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import problems, tidied
from portal.registration.blueprint import blueprint
from portal.registration.evidence import Evidence
from portal.web.access import person_or_none, public
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.web.files import send_stored
from portal.web.limits import limiter

# By address, as for logging in: far above what a unit needs, far below filling the list with nonsense.
APPLY_RATE = "30 per minute"
LINK_RATE = "120 per minute"


@blueprint.route("/apply", methods=["GET", "POST"])
@public
@limiter.limit(APPLY_RATE, methods=["POST"])
def apply() -> Any:
    """The application, by the unit itself or by an official for it."""
    form = JoinForm()
    form.offer(applications_queries.districts(db()))
    if form.validate_on_submit() and _sound(form):
        _, token = applications.enter_application(db(), form.content, person_or_none())
        flash(gettext("The application is kept. Print the form now and keep this page's address."), "success")
        return redirect(url_for(".applicant", token=token), 303)
    return _form_page(form)


@blueprint.get("/a/<token>")
@public
@limiter.limit(LINK_RATE)
def applicant(token: str) -> Any:
    """The applicant's own page: what is next, the form, the files, the state and the reason."""
    application = applications_queries.by_token(db(), token)
    return _applicant_page(application, token, BringForm.for_application(application))


@blueprint.route("/a/<token>/change", methods=["GET", "POST"])
@public
@limiter.limit(APPLY_RATE, methods=["POST"])
def change(token: str) -> Any:
    """Correct what was written; the form must be signed anew then."""
    application = applications_queries.by_token(db(), token)
    form = ChangeForm.for_application(application)
    form.offer(applications_queries.districts(db()))
    if form.validate_on_submit() and _sound(form, identity_known=True):
        applications.change_application(application, form.content)
        flash(gettext("The application is changed. If the form was printed before, print it again."), "success")
        return redirect(url_for(".applicant", token=token), 303)
    return _form_page(form, token)


def _sound(form: JoinForm, *, identity_known: bool = False) -> bool:
    """Whether nothing speaks against what was entered; everything that does is told at once."""
    found = problems(db(), tidied(form.content), identity_known=identity_known)
    for problem in found:
        form.attach(problem)
    return not found


def _form_page(form: JoinForm, token: str | None = None) -> Any:
    page = render_template("registration/apply.html", form=form, token=token)
    return page, 422 if form.errors else 200


@blueprint.post("/a/<token>/files")
@public
@limiter.limit(APPLY_RATE)
def bring(token: str) -> Any:
    """Take in the scan of the signed form, or other evidence."""
    application = applications_queries.by_token(db(), token)
    form = BringForm.for_application(application)
    if form.validate_on_submit():
        db().commit()  # nothing is changed yet, and no lock may be held while the file is taken in
        try:
            brought = applications.receive_file(runtime(), form.file.data.stream, form.file.data.filename)
            applications.attach_file(application, brought, Evidence(form.evidence.data))
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for(".applicant", token=token) + "#files", 303)
    return _applicant_page(application, token, form)


@blueprint.post("/a/<token>/files/<int:file_id>/remove")
@public
@limiter.limit(APPLY_RATE)
def remove(token: str, file_id: int) -> Response:
    """Take a file back."""
    applications.detach_file(applications_queries.by_token(db(), token), file_id)
    return _back(token)


@blueprint.get("/a/<token>/files/<int:file_id>")
@public
@limiter.limit(LINK_RATE)
def brought_file(token: str, file_id: int) -> Response:
    """A file the applicant brought."""
    file = applications.file_of(applications_queries.by_token(db(), token), file_id)
    return send_stored(file.digest, file.media_type, file.name)


@blueprint.get("/a/<token>/form.pdf")
@public
@limiter.limit(LINK_RATE)
def printed_form(token: str) -> Response:
    """The form to be signed and sealed 《业务申请表》."""
    return form_file(applications_queries.by_token(db(), token))


def form_file(application: UnitApplication) -> Response:
    """The printed form. Raises NotFound until the worker has made it."""
    if application.form_digest is None:
        raise NotFound("The form isn't made yet. Look again in a moment.")
    name = presentation.form_name(application)
    return send_stored(application.form_digest, "application/pdf", name, inline=True)


@blueprint.post("/a/<token>/form")
@public
@limiter.limit(APPLY_RATE)
def remake(token: str) -> Response:
    """Ask again for a form that couldn't be made."""
    applications.remake_form(applications_queries.by_token(db(), token))
    return _back(token)


@blueprint.post("/a/<token>/submit")
@public
@limiter.limit(APPLY_RATE)
def submit(token: str) -> Response:
    """Hand the application in."""
    applications.submit_application(applications_queries.by_token(db(), token))
    flash(gettext("The application is submitted. This page shows how it goes on."), "success")
    return _back(token)


@blueprint.post("/a/<token>/withdraw")
@public
@limiter.limit(APPLY_RATE)
def withdraw(token: str) -> Response:
    """Take the application back."""
    application = applications_queries.by_token(db(), token)
    if request.form.get("confirmed") == "yes":
        applications.withdraw_application(application)
        flash(gettext("The application is withdrawn."), "success")
    return _back(token)


def _back(token: str) -> Response:
    return redirect(url_for(".applicant", token=token), 303)


def _applicant_page(application: UnitApplication, token: str, form: BringForm) -> Any:
    page = render_template(
        "registration/applicant.html",
        application=application,
        token=token,
        form=form,
        look=presentation,
        link=url_for(".applicant", token=token, _external=True),
        lacking=applications.lacking(application),
        say=say,
        largest=applications.LARGEST,
    )
    return page, 422 if form.errors else 200
