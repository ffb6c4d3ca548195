"""Pages of administrators: people, their roles, slips, leaving; the filings of the office."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import administration as acts
from portal.people import headship, leaving, listing, permission_table, queries, scope, slips
from portal.people.admin_forms import ChangeForm, HeadshipForm, LeaveForm, OpenForm, role_choices
from portal.people.admin_presentation import happened, next_page, read_filter, successors_of
from portal.people.headship_models import WISH_LABELS
from portal.people.models import Person
from portal.people.roles import ROLE_LABELS, Role
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("staff", __name__, url_prefix="/people")
UNITS_OFFERED = 20
"""Whoever looks after more units than these searches among them."""
NAVIGATION = [NavItem(N_("People"), "users", "staff.index", (Permission.PEOPLE_ADMINISTER,), order=30, group=REGISTER)]
P = Permission.PEOPLE_ADMINISTER


@blueprint.get("/")
@requires(P)
def index() -> str:
    """The people one administers (A-5: who lacks a mobile number is visible)."""
    actor, wanted = current_person(), read_filter()
    rows, more = listing.people(db(), actor, wanted)
    units = scope.units_of(db(), actor, UNITS_OFFERED + 1)
    return render_template(
        "staff/index.html",
        rows=rows,
        wanted=wanted,
        older=next_page(rows) if more else None,
        units=units,
        searched=len(units) > UNITS_OFFERED,
        roles=role_choices(list(Role)),
        role_labels=ROLE_LABELS,
        states=listing.WANTED_LABELS,
        sheets=slips.mine(db(), actor),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P)
def new() -> Any:
    """Open an account (A-1)."""
    actor = current_person()
    units, form = scope.units_of(db(), actor), OpenForm()
    form.offer(units, [role for role in Role if any(role in scope.roles_given_by(actor, unit) for unit in units)])
    if form.validate_on_submit():
        try:
            person = acts.open_person(
                db(),
                actor,
                scope.unit_for(db(), actor, form.unit.data),
                account=form.account.data,
                name=form.name.data,
                number=form.identity.data,
                title=form.title.data or "",
                division=form.division.data or "",
                mobile=form.mobile.data or "",
                roles=[Role(role) for role in form.roles.data or ()],
            )
        except Invalid as error:
            db().rollback()
            form.attach(error)
        else:
            flash(gettext("The account is open. Print its password slip to let the person in."), "success")
            return _to(person)
    return render_template("staff/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/<int:person_id>")
@requires(P)
def show(person_id: int) -> str:
    """One person: facts, roles, history."""
    return person_page(_person(person_id))


def person_page(person: Person, headship_form: HeadshipForm | None = None) -> str:
    """The page of a person; `headship_form` brings back what was wrong about a filing."""
    actor = current_person()
    grantable = scope.roles_given_by(actor, person.unit) if person.id != actor.id else []
    return render_template(
        "staff/show.html",
        person=person,
        roles=permission_table.rows_of(person.own_roles),
        grantable=grantable,
        offered=role_choices([role for role in grantable if role not in person.own_roles]),
        line=slips.open_line(db(), person),
        units=[unit for unit in scope.units_of(db(), actor) if unit.id != person.unit_id],
        history=[happened(filing) for filing in listing.history(db(), person)],
        **_headship(person, actor, headship_form),
    )


def _headship(person: Person, actor: Person, form: HeadshipForm | None) -> dict[str, Any]:
    """What the page says of the unit's head: the filing that waits, and whose word is due."""
    filing = headship.open_filing(db(), person)
    may_decide = filing is not None and headship.may_decide(filing, actor)
    form = form or HeadshipForm(formdata=None)
    if may_decide:
        form.reason.label.text = gettext("Reason")
    return {
        "filing": filing,
        "refused": headship.last_refused(db(), person) if filing is None else None,
        "wishes": WISH_LABELS,
        "is_head": Role.UNIT_HEAD in person.own_roles,
        "may_file": headship.may_file(person, actor),
        "may_decide": may_decide,
        "heads": [head.name for head in queries.holders(db(), person.unit_id, Role.UNIT_HEAD)] if filing else [],
        "headship_form": form,
    }


@blueprint.route("/<int:person_id>/edit", methods=["GET", "POST"])
@requires(P)
def edit(person_id: int) -> Any:
    """Change what is known of a person."""
    person = _person(person_id)
    form = ChangeForm(obj=person)
    if form.validate_on_submit():
        try:
            acts.change_person(
                person,
                current_person(),
                name=form.name.data,
                title=form.title.data or "",
                division=form.division.data or "",
                mobile=form.mobile.data or "",
                number=form.identity.data or "",
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The changes are saved and filed with the office."), "success")
            return _to(person)
    return render_template("staff/edit.html", form=form, person=person), 422 if form.errors else 200


@blueprint.post("/<int:person_id>/roles/<any(give, take):act>")
@requires(P)
def change_role(person_id: int, act: str) -> Response:
    """Give or take a role."""
    person = _person(person_id)
    try:
        role = Role(request.form.get("role", ""))
    except ValueError:
        raise NotFound(scope.MISSING) from None
    (acts.give if act == "give" else acts.take)(person, role, current_person())
    flash(gettext("The role is given.") if act == "give" else gettext("The role is taken."), "success")
    return _to(person)


@blueprint.post("/<int:person_id>/reopen")
@requires(P)
def reopen(person_id: int) -> Response:
    """Open a closed account again."""
    person = _person(person_id)
    acts.reopen(person, current_person())
    flash(gettext("The account is open again, without roles and password."), "success")
    return _to(person)


@blueprint.route("/<int:person_id>/leave", methods=["GET", "POST"])
@requires(P, fresh=N_("Close or move an account"))
def leave(person_id: int) -> Any:
    """Close the account, or move it to another unit: all open work on one page (A-7)."""
    actor, person = current_person(), _person(person_id)
    unit_id = request.values.get("unit", type=int)
    unit = scope.unit_for(db(), actor, unit_id) if unit_id else None
    works = leaving.work_of(db(), person)
    form, error = LeaveForm(), None
    if form.validate_on_submit():
        try:
            if unit is None:
                leaving.close(person, actor, successors_of(works), form.reason.data or "")
            else:
                leaving.move(person, actor, unit, successors_of(works))
        except Invalid as refusal:
            error = refusal.field
            form.attach(refusal)
        else:
            flash(gettext("The person has moved.") if unit else gettext("The account is closed."), "success")
            return _to(person)
    rows = [(work, leaving.field_of(work.key), leaving.candidates(db(), person, work)) for work in works]
    page = render_template("staff/leave.html", form=form, person=person, unit=unit, rows=rows, error=error)
    return page, 422 if form.errors else 200


def _person(person_id: int) -> Person:
    return scope.person_for(db(), current_person(), person_id)


def _to(person: Person) -> Response:
    return redirect(url_for("staff.show", person_id=person.id), 303)
