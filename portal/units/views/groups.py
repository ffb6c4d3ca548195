"""Address groups 通讯组."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Denied, Invalid, Refused
from portal.core.permissions import Permission as P
from portal.units import groups, policy, queries
from portal.units.forms import GroupForm
from portal.units.models import AddressGroup
from portal.units.views.blueprint import blueprint, may_make_groups, tabs
from portal.web.access import current_person, requires
from portal.web.database import db

FOUND = 15
KEEPERS = (P.DOCUMENTS_DRAFT, P.UNITS_MAINTAIN, P.UNITS_SCOPE)


@blueprint.get("/groups")
@requires(P.UNITS_VIEW)
def address_groups() -> str:
    """The groups one can address."""
    return _list_page(GroupForm(formdata=None))


def _list_page(form: GroupForm) -> str:
    person = current_person()
    return render_template(
        "units/groups.html",
        tabs=tabs("groups"),
        groups=groups.groups_of(db(), person),
        form=form,
        may_make=may_make_groups(),
        own=groups.may_make(person),
        city=person.may(P.UNITS_SCOPE),
    )


@blueprint.post("/groups")
@requires(*KEEPERS)
def make_group() -> Any:
    """Begin a group."""
    form = GroupForm()
    if form.validate_on_submit():
        try:
            city_wide = request.form.get("city_wide") == "yes"
            group = groups.make_group(db(), current_person(), form.name.data or "", city_wide=city_wide)
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for("units.edit_group", group_id=group.id), 303)
    return _list_page(form), 422


@blueprint.route("/groups/<int:group_id>", methods=["GET", "POST"])
@requires(*KEEPERS)
def edit_group(group_id: int) -> Any:
    """Name the group, find units, put them in order. Keeps nothing while units are looked for."""
    person, group = current_person(), groups.get_for(db(), current_person(), group_id)
    if not policy.may_keep(person, group):
        raise Denied(policy.NOT_YOURS)
    form = GroupForm(obj=group)
    if request.method == "POST" and "look" not in request.form and form.validate():
        try:
            groups.keep_group(group, person, form.name.data or "", _ordered())
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The group is kept."), "success")
            return redirect(url_for("units.address_groups"), 303)
    return _group_page(group, form), 422 if form.errors else 200


def _ordered() -> list[int]:
    """The ticked units by the places entered beside them; those without a place after them."""
    ticked = request.form.getlist("member", type=int)
    places = {unit: request.form.get(f"place-{unit}", type=int) or 10_000 for unit in ticked}
    return sorted(ticked, key=lambda unit: places[unit])


def _group_page(group: AddressGroup, form: GroupForm) -> str:
    session = db()
    find = request.values.get("find", "").strip()[:100]
    if request.method == "POST":
        wanted = _ordered()
        known = queries.by_ids(session, wanted)
        members = [known[unit] for unit in wanted if unit in known]
    else:
        members = groups.members(session, group)
    chosen = {unit.id for unit in members}
    found = [unit for unit in queries.find(session, find, FOUND + len(chosen)) if unit.id not in chosen][:FOUND]
    return render_template(
        "units/group.html", tabs=tabs("groups"), group=group, form=form, members=members, found=found, find=find
    )


@blueprint.post("/groups/<int:group_id>/remove")
@requires(*KEEPERS)
def remove_group(group_id: int) -> Response:
    """Give a group up."""
    group = groups.get_for(db(), current_person(), group_id)
    if request.form.get("confirmed") != "yes":
        raise Refused("Confirm it first.")
    groups.remove_group(group, current_person())
    flash(gettext("The group is removed."), "success")
    return redirect(url_for("units.address_groups"), 303)
