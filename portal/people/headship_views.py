"""Pages of filings about heads of units: filed on the person's page, confirmed or refused there by the office."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import headship, scope
from portal.people.admin_forms import HeadshipForm
from portal.people.admin_views import person_page
from portal.people.headship_models import WISH_LABELS, Wish
from portal.people.lifecycle import HEADSHIP_LABELS
from portal.people.models import Person
from portal.people.roles import Role
from portal.web.access import current_person, requires
from portal.web.database import db

blueprint = Blueprint("headship", __name__, url_prefix="/people")
P = Permission.PEOPLE_ADMINISTER


@blueprint.get("/heads")
@requires(P)
def index() -> str:
    """Filings about heads of the units one looks after, newest first."""
    rows, more = headship.page(db(), current_person(), request.args.get("before", type=int))
    return render_template(
        "staff/heads.html",
        rows=rows,
        wishes=WISH_LABELS,
        states=HEADSHIP_LABELS,
        older=url_for(".index", before=rows[-1].id) if more else None,
    )


@blueprint.post("/<int:person_id>/headship")
@requires(P)
def file(person_id: int) -> Any:
    """The unit files that the person is to be its head, or no longer."""
    person, form = _person(person_id), HeadshipForm()
    wish = Wish.END if Role.UNIT_HEAD in person.own_roles else Wish.NAME
    try:
        headship.file(person, current_person(), wish, form.reason.data or "")
    except Invalid as error:
        return _again(person, form, error)
    flash(gettext("The filing waits for the office now. It takes effect once the office confirms it."), "success")
    return _to(person)


@blueprint.post("/<int:person_id>/headship/withdraw")
@requires(P)
def withdraw(person_id: int) -> Any:
    """The unit takes its filing back."""
    person = _person(person_id)
    headship.withdraw(person, current_person(), _filing_id())
    flash(gettext("The filing is taken back."), "success")
    return _to(person)


@blueprint.post("/<int:person_id>/headship/confirm")
@requires(P, fresh=N_("Confirm who heads a unit"))
def confirm(person_id: int) -> Any:
    """The office confirms the filing it read."""
    person = _person(person_id)
    headship.confirm(person, current_person(), _filing_id())
    flash(gettext("Confirmed: the change is in effect."), "success")
    return _to(person)


@blueprint.post("/<int:person_id>/headship/refuse")
@requires(P)
def refuse(person_id: int) -> Any:
    """The office refuses the filing, with the reason."""
    person, form = _person(person_id), HeadshipForm()
    try:
        headship.refuse(person, current_person(), _filing_id(), form.reason.data or "")
    except Invalid as error:
        return _again(person, form, error)
    flash(gettext("The filing is refused; the unit reads the reason."), "success")
    return _to(person)


def _filing_id() -> int:
    return request.form.get("filing", 0, type=int)


def _again(person: Person, form: HeadshipForm, error: Invalid) -> Any:
    db().rollback()
    form.attach(error)
    return person_page(person, form), 422


def _person(person_id: int) -> Person:
    return scope.person_for(db(), current_person(), person_id)


def _to(person: Person) -> Any:
    return redirect(url_for("staff.show", person_id=person.id), 303)
