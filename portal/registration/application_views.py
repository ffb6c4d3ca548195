"""The reviewers' pages: the list of applications and filings, one application, the decision (U-2, U-6)."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.queries import history
from portal.people import queries as people
from portal.registration import application_presentation as presentation
from portal.registration import applications as acts
from portal.registration import applications_deciding as deciding
from portal.registration import applications_queries as queries
from portal.registration.application_forms import DecisionForm
from portal.registration.application_lifecycle import JoinAct
from portal.registration.application_models import UnitApplication
from portal.registration.applications_queries import Tab
from portal.registration.applying_views import form_file
from portal.registration.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

REVIEWING = (Permission.REGISTRATION_ENTER, Permission.REGISTRATION_REVIEW)
TABS = {
    Tab.WAITING: N_("To be decided"),
    Tab.UNDER_WAY: N_("Under way"),
    Tab.FILINGS: N_("Filings of districts"),
    Tab.REGISTERED: N_("Registered"),
    Tab.ENDED: N_("Refused or withdrawn"),
}
TOLD = {
    JoinAct.FILE: N_("You have agreed; the registration is filed with the municipal office, which enters the unit."),
    JoinAct.REGISTER: N_("The unit is registered, and its first administrator has an account."),
    JoinAct.RETURN: N_("The application is returned; the applicant sees what is missing."),
    JoinAct.REFUSE: N_("The application is refused; the applicant sees your reason."),
}


@blueprint.get("/applications")
@requires(*REVIEWING)
def applications() -> str:
    """Applications to join, by state, newest first."""
    wanted = request.args.get("tab", Tab.WAITING)
    tab = Tab(wanted) if wanted in list(Tab) else Tab.WAITING
    before = request.args.get("before", type=int)
    page = queries.listed(db(), current_person(), tab, before)
    return render_template(
        "registration/applications.html",
        rows=page.rows,
        tab=tab,
        tabs_by_state=TABS,
        waiting=db().scalar(select(queries.waiting_count(current_person()))),
        look=presentation,
        newest=url_for(".applications", tab=tab) if before else None,
        older=url_for(".applications", tab=tab, before=page.rows[-1].id) if page.more else None,
    )


@blueprint.get("/applications/<int:application_id>")
@requires(*REVIEWING)
def application(application_id: int) -> Any:
    """One application with its evidence, what speaks against it, and the decision."""
    found = queries.get_for(db(), current_person(), application_id)
    return _page(found, DecisionForm(formdata=None, account=found.admin_account))


@blueprint.post("/applications/<int:application_id>/decide")
@requires(*REVIEWING, fresh=N_("Decide on an application to join"))
def decide(application_id: int) -> Any:
    """Agree, register, return or refuse."""
    found, form = queries.get_for(db(), current_person(), application_id), DecisionForm()
    act = request.form.get("act", "")
    if act not in TOLD:
        abort(400)
    try:
        _carry_out(JoinAct(act), found, form)
    except Invalid as error:
        db().rollback()
        form.attach(error)
        return _page(queries.get_for(db(), current_person(), application_id), form, 422)
    flash(gettext(TOLD[JoinAct(act)]), "success")
    return redirect(url_for(".application", application_id=application_id), 303)


def _carry_out(act: JoinAct, found: UnitApplication, form: DecisionForm) -> None:
    person, opinion = current_person(), form.opinion.data or ""
    if act is JoinAct.REGISTER:
        deciding.register_application(found, person, opinion, form.account.data or "")
    elif act is JoinAct.FILE:
        deciding.file_with_office(found, person, opinion)
    elif act is JoinAct.RETURN:
        deciding.return_application(found, person, opinion)
    else:
        deciding.refuse_application(found, person, opinion)


@blueprint.get("/applications/<int:application_id>/form.pdf")
@requires(*REVIEWING)
def application_form(application_id: int) -> Response:
    """The form as it was printed, to compare with the scan."""
    return form_file(queries.get_for(db(), current_person(), application_id))


@blueprint.get("/applications/<int:application_id>/files/<int:file_id>")
@requires(*REVIEWING)
def evidence(application_id: int, file_id: int) -> Response:
    """A file brought as evidence, shown in the browser; it was cleaned when it came."""
    file = acts.file_of(queries.get_for(db(), current_person(), application_id), file_id)
    return send_stored(file.digest, file.media_type, file.name, inline="keep" not in request.args)


def _page(found: UnitApplication, form: DecisionForm, status: int = 200) -> Any:
    g.nav = "registration.applications"
    events = history(db(), "unit-application", found.id)
    decision = queries.decision_of(found, current_person())
    page = render_template(
        "registration/application.html",
        application=found,
        form=form,
        look=presentation,
        decision=decision,
        checks=deciding.checklist(db(), found) if presentation.in_review(found) else [],
        course=presentation.course(events, _people_of(events)),
        administrator=found.administrator,
    )
    return page, status


def _people_of(events: Any) -> dict[int, Any]:
    ids = {key for event in events for key in (event.actor_id, event.acting_for_id) if key}
    return {key: people.get(db(), key) for key in ids}
