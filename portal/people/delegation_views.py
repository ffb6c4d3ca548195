"""Pages of delegation: my acting persons, the unit's, and the switch of the session (A-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import acting, delegation_queries, delegations, queries, sessions
from portal.people.delegation_forms import DelegationForm, UnitDelegationForm
from portal.people.models import Person
from portal.people.roles import ROLE_LABELS, Role
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("delegations", __name__)
NAVIGATION = [
    NavItem(
        N_("Acting persons"),
        "user-check",
        "delegations.unit",
        (Permission.PEOPLE_DELEGATE, Permission.PEOPLE_ADMINISTER),
        order=60,
        group=REGISTER,
    ),
]


@blueprint.route("/acting", methods=["GET", "POST"])
@requires(Permission.PEOPLE_PROFILE)
def mine() -> Any:
    """Who acts for me, for whom I may act; naming somebody."""
    person = current_person()
    form = DelegationForm().offer(_others(person), delegations.delegable_roles(person))
    if form.validate_on_submit() and _name(form, person):
        return redirect(url_for("delegations.mine"), 303)
    page = render_template(
        "people/delegations.html",
        form=form,
        can_name=person.acting is None and bool(delegations.delegable_roles(person)),
        named=delegation_queries.named_by_person(db(), person),
        given=delegation_queries.given_to(db(), person),
        **_words(),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/delegations", methods=["GET", "POST"])
@requires(Permission.PEOPLE_DELEGATE, Permission.PEOPLE_ADMINISTER)
def unit() -> Any:
    """The acting persons of the unit; its head names them for others."""
    person = current_person()
    form = UnitDelegationForm()
    everybody = queries.people_of(db(), person.unit_id)
    able = [other for other in everybody if delegations.delegable_roles(other)]
    form.offer(everybody, frozenset().union(*(delegations.delegable_roles(other) for other in able)))
    form.offer_principals(able)
    if form.validate_on_submit():
        principal = next(other for other in able if other.id == form.principal.data)
        if _name(form, principal):
            return redirect(url_for("delegations.unit"), 303)
    before = request.args.get("before", type=int)
    rows, more = delegation_queries.of_unit(db(), person, before)
    page = render_template(
        "people/delegations_unit.html",
        form=form,
        can_name=person.may(Permission.PEOPLE_DELEGATE),
        rows=rows,
        older=url_for("delegations.unit", before=rows[-1].id) if more else None,
        newest=url_for("delegations.unit") if before else None,
        **_words(),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/delegations/<int:delegation_id>/end")
@requires(Permission.PEOPLE_PROFILE)
def end(delegation_id: int) -> Response:
    """End it at once."""
    delegation = delegation_queries.get_for(db(), current_person(), delegation_id)
    delegations.end_delegation(delegation, current_person())
    flash(gettext("The delegation is ended."), "success")
    concerned = current_person().id in (delegation.principal_id, delegation.delegate_id)
    return redirect(url_for("delegations.mine" if concerned else "delegations.unit"), 303)


@blueprint.post("/acting/<int:delegation_id>/begin")
@requires(Permission.PEOPLE_PROFILE)
def begin(delegation_id: int) -> Response:
    """Work for the principal from now on."""
    delegation = delegation_queries.get_for(db(), current_person(), delegation_id)
    acting.begin_acting(sessions.current_login(), delegation)
    return redirect(url_for("desk.home"), 303)


@blueprint.post("/acting/stop")
@requires(Permission.PEOPLE_PROFILE)
def stop() -> Response:
    """Back to the person's own work."""
    acting.end_mode(sessions.current_login(), "person")
    flash(gettext("You are back at your own work."), "success")
    return redirect(url_for("desk.home"), 303)


def _name(form: DelegationForm, principal: Person) -> bool:
    """Name the acting person; False when the form has to be corrected."""
    delegate = queries.get(db(), form.delegate.data)
    try:
        delegations.name_acting(principal, delegate, current_person(), form.terms)
    except Invalid as error:
        form.attach(error)
        return False
    flash(gettext("%(name)s may act for %(other)s.", name=delegate.name, other=principal.name), "success")
    return True


def _others(person: Person) -> list[Person]:
    return [other for other in queries.people_of(db(), person.unit_id) if other.id != person.id]


def _words() -> dict[str, Any]:
    """What the lists say of a delegation."""
    return {
        "acts": delegation_queries,
        "endings": delegations.ENDINGS,
        "role_names": lambda roles: "、".join(gettext(ROLE_LABELS[role]) for role in Role if role in roles),
    }
