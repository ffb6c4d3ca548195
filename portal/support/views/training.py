"""Pages of training sessions."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.people import queries as people
from portal.people.roles import ROLE_LABELS
from portal.support import policy
from portal.support.forms import ReasonForm, TrainingForm, in_city
from portal.support.models import Training
from portal.support.operations import training as acts
from portal.support.queries import NOT_THERE
from portal.support.queries import training as queries
from portal.support.views.blueprint import before, blueprint, pages
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

NAV = "support.downloads"


@blueprint.get("/training")
@requires(Permission.SUPPORT_VIEW)
def training_list() -> str:
    """Sessions of the city and of the own district."""
    g.nav = NAV
    rows, more = queries.listed(db(), current_person(), before())
    ids = [row.id for row in rows]
    return render_template(
        "support/training_list.html",
        rows=rows,
        taken=queries.taken_places(db(), ids),
        mine=queries.mine(db(), current_person(), ids),
        now=now(),
        **pages("support.training_list", ids[-1] if ids else None, more),
    )


@blueprint.get("/training/record")
@requires(Permission.PEOPLE_ADMINISTER)
def training_record() -> str:
    """Who of the unit attended what."""
    g.nav = NAV
    rows, more = queries.record_of(db(), current_person().unit, before())
    last = rows[-1].id if rows else None
    return render_template("support/training_record.html", rows=rows, **pages("support.training_record", last, more))


@blueprint.route("/training/new", methods=["GET", "POST"])
@requires(Permission.SUPPORT_TRAIN)
def new_training() -> Any:
    """Announce a session."""
    g.nav, form = NAV, TrainingForm()
    if form.validate_on_submit():
        try:
            item = acts.announce(db(), current_person(), _announcement(form), form.request_key)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The training is announced."), "success")
            return redirect(url_for(".training", training_id=item.id), 303)
    return render_template("support/training_new.html", form=form), 422 if form.errors else 200


def _announcement(form: TrainingForm) -> acts.Announcement:
    return acts.Announcement(
        title=form.title.data,
        place=form.place.data,
        starts_at=in_city(form.starts_at.data),
        ends_at=in_city(form.ends_at.data),
        enrol_until=in_city(form.enrol_until.data),
        places=form.places.data,
        text=form.text.data or "",
        roles=form.roles.data or (),
    )


@blueprint.get("/training/<int:training_id>")
@requires(Permission.SUPPORT_VIEW)
def training(training_id: int) -> Any:
    """The session, the own place, and for those who enrol or run it the people."""
    return _page(_got(training_id), ReasonForm(formdata=None))


def _got(training_id: int) -> Training:
    return queries.get_for(db(), current_person(), training_id)


def _page(item: Training, form: ReasonForm) -> Any:
    g.nav, person = NAV, current_person()
    runs, administers = policy.organises(person, item), person.may(Permission.PEOPLE_ADMINISTER)
    shown = queries.enrolled(db(), item, None if runs else person.unit_id) if runs or administers else []
    inside = {row.person_id for row in shown}
    open_now = item.cancelled_at is None and now() < item.enrol_until
    unit_people = people.people_of(db(), person.unit_id) if administers and open_now else []
    page = render_template(
        "support/training.html",
        item=item,
        form=form,
        runs=runs,
        administers=administers,
        rows=shown,
        own=queries.mine(db(), person, [item.id]).get(item.id),
        taken=queries.taken_places(db(), [item.id]).get(item.id, 0),
        free_people=[one for one in unit_people if one.id not in inside and one.id != person.id],
        open_now=open_now,
        begun=now() >= item.starts_at,
        fits=not item.roles or bool(person.own_roles & set(item.roles)),
        role_labels=ROLE_LABELS,
        drawing=bool(item.list_asked_at and not item.list_made_at and not item.list_error),
    )
    return page, 422 if form.errors else 200


def _person_meant() -> Any:
    """Oneself, or the person of the own unit named in the form. Raises NotFound."""
    person = current_person()
    wanted = request.form.get("person", type=int)
    if wanted is None or wanted == person.id:
        return person
    found = people.get(db(), wanted)
    if found.unit_id != person.unit_id:
        raise NotFound(NOT_THERE)
    return found


@blueprint.post("/training/<int:training_id>/enrol")
@requires(Permission.SUPPORT_VIEW)
def enrol(training_id: int) -> Any:
    """Enrol oneself, or somebody of the unit."""
    enrolment = acts.enrol(_got(training_id), current_person(), _person_meant())
    if enrolment.seat is None:
        flash(gettext("All places are taken: the next one that is given back goes to the first who waits."), "info")
    else:
        flash(gettext("Enrolled."), "success")
    return redirect(url_for(".training", training_id=training_id), 303)


@blueprint.post("/training/<int:training_id>/leave")
@requires(Permission.SUPPORT_VIEW)
def leave(training_id: int) -> Any:
    """Give a place back."""
    acts.leave(_got(training_id), current_person(), _person_meant())
    flash(gettext("The place is given back."), "success")
    return redirect(url_for(".training", training_id=training_id), 303)


@blueprint.post("/training/<int:training_id>/cancel")
@requires(Permission.SUPPORT_TRAIN)
def cancel_training(training_id: int) -> Any:
    """Call the session off."""
    item, form = _got(training_id), ReasonForm()
    try:
        acts.cancel(item, current_person(), form.reason.data or "")
    except Invalid as error:
        form.attach(error)
        return _page(item, form)
    flash(gettext("The training is called off."), "success")
    return redirect(url_for(".training", training_id=training_id), 303)


@blueprint.post("/training/<int:training_id>/attendance")
@requires(Permission.SUPPORT_TRAIN)
def attendance(training_id: int) -> Any:
    """Record who was there."""
    acts.record_attendance(_got(training_id), current_person(), request.form.getlist("present", type=int))
    flash(gettext("The attendance is recorded."), "success")
    return redirect(url_for(".training", training_id=training_id), 303)


@blueprint.post("/training/<int:training_id>/list")
@requires(Permission.SUPPORT_TRAIN)
def ask_list(training_id: int) -> Any:
    """Have the sign-in sheet drawn."""
    acts.ask_list(_got(training_id), current_person())
    return redirect(url_for(".training", training_id=training_id), 303)


@blueprint.get("/training/<int:training_id>/file")
@requires(Permission.SUPPORT_TRAIN)
def training_file(training_id: int) -> Any:
    """The sign-in sheet."""
    item = _got(training_id)
    policy.require_organiser(current_person(), item)
    if item.list_digest is None:
        raise NotFound(NOT_THERE)
    return send_stored(item.list_digest, "application/pdf", f"{item.title}-签到表.pdf")
