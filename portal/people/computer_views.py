"""Pages of dedicated computers (A-11)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import computers
from portal.people.access_models import COMPUTER_KIND_LABELS
from portal.people.forms import ComputerForm
from portal.people.gates import caller_of_request
from portal.people.models import Person
from portal.units import policy
from portal.units.models import Unit
from portal.units.queries import mentions
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.navigation import REGISTER, NavItem

UNITS_OFFERED = 20
"""Whoever looks after more units than these searches among them."""

blueprint = Blueprint("computers", __name__, url_prefix="/computers")
NAVIGATION = [
    NavItem(
        N_("Dedicated computers"),
        "device-desktop",
        "computers.index",
        (Permission.PEOPLE_COMPUTERS,),
        order=85,
        group=REGISTER,
    )
]


@blueprint.get("/")
@requires(Permission.PEOPLE_PROFILE)
def index() -> Any:
    """The computers of a unit, and which one this is."""
    return _page(_unit(), ComputerForm(formdata=None))


@blueprint.post("/")
@requires(Permission.PEOPLE_COMPUTERS)
def register() -> Any:
    """Register a computer."""
    form = ComputerForm()
    unit = _unit(request.form.get("unit_id", type=int))
    _offer(form, unit)
    if form.validate_on_submit():
        try:
            computers.register(
                current_person(),
                unit,
                name=form.name.data,
                kind=form.kind.data,
                value=form.value.data,
                place=form.place.data or "",
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The computer is registered."), "success")
            return redirect(url_for(".index", unit=unit.id), 303)
    return _page(unit, form, 422)


@blueprint.post("/<int:computer_id>/remove")
@requires(Permission.PEOPLE_COMPUTERS)
def remove(computer_id: int) -> Response:
    """Take a computer off the list."""
    computer = computers.get_for(current_person(), computer_id)
    if request.form.get("confirmed") != "yes":
        raise Refused("Confirm it first.")
    computers.remove(computer, current_person())
    flash(gettext("The computer is removed."), "success")
    return redirect(url_for(".index", unit=computer.unit_id), 303)


def _unit(unit_id: int | None = None) -> Unit:
    """The unit asked for, one's own if none is. Raises NotFound for one out of reach."""
    person = current_person()
    wanted = unit_id or request.args.get("unit", type=int) or person.unit_id
    unit = db().get(Unit, wanted)
    if unit is None or (
        unit.id != person.unit_id and not policy.administers(person, unit, Permission.PEOPLE_COMPUTERS)
    ):
        raise NotFound("There is no such unit.")
    return unit


def _units(person: Person, find: str) -> list[tuple[int, str]]:
    """The first units within reach, of those that bear the text in a name or code."""
    reach = policy.administered(person, Permission.PEOPLE_COMPUTERS)
    within = select(Unit.id, Unit.name).where(Unit.left_at.is_(None), reach)
    if find:
        within = within.where(mentions(find))
    rows = db().execute(within.order_by(Unit.sort_key, Unit.id).limit(UNITS_OFFERED + 1))
    return [(row[0], row[1]) for row in rows]


def _offer(form: ComputerForm, unit: Unit) -> None:
    form.unit_id.choices = [(unit.id, unit.name)]
    form.kind.choices = [(kind.value, gettext(label)) for kind, label in COMPUTER_KIND_LABELS.items()]


def _page(unit: Unit, form: ComputerForm, status: int = 200) -> Any:
    g.nav = "computers.index"
    person, caller = current_person(), caller_of_request()
    registered = computers.of_unit(db(), unit.id)
    mine = person.may(Permission.PEOPLE_COMPUTERS)
    find = request.args.get("find", "").strip()
    units = _units(person, find) if mine else []
    _offer(form, unit)
    form.unit_id.data = unit.id
    if not form.is_submitted():
        form.kind.data = "certificate" if caller.certificate else "address"
        form.value.data = caller.certificate or caller.address
    page = render_template(
        "computers/index.html",
        unit=unit,
        units=units[:UNITS_OFFERED] if len(units) > 1 or find else [],
        searched=bool(find) or len(units) > UNITS_OFFERED,
        find=find,
        form=form,
        computers=registered,
        kinds=COMPUTER_KIND_LABELS,
        machine=caller,
        here=computers.recognised(registered, caller),
        may_register=policy.administers(person, unit, Permission.PEOPLE_COMPUTERS),
    )
    return page, status
