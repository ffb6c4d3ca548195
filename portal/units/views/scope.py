"""What travels on paper and what electronically 传输范围 (U-10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from portal.core.errors import AlreadyDone, Refused
from portal.core.permissions import Permission as P
from portal.units import groups, keeping, queries, register
from portal.units.forms import ManyForm, ScopeForm
from portal.units.models import DOCUMENT_CLASS_LABELS, MODE_LABELS, DocumentClass, Mode, Unit
from portal.units.views.blueprint import blueprint, tabs
from portal.units.views.register import show_page
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say


@blueprint.post("/<int:unit_id>/scope")
@requires(P.UNITS_SCOPE)
def set_scope(unit_id: int) -> Any:
    """Set it for one unit."""
    unit, form = register.get(db(), unit_id), ScopeForm.fresh()
    if unit.left_at is not None:
        raise Refused("This unit has left the exchange; its entry is closed.")
    if not form.validate_on_submit():
        return show_page(unit, form), 422
    _set([unit], form)
    return redirect(url_for("units.show", unit_id=unit.id), 303)


@blueprint.route("/scope", methods=["GET", "POST"])
@requires(P.UNITS_SCOPE)
def scope() -> Any:
    """Set it for many units at once; the units that don't stand at “electronically only”."""
    form = ManyForm.fresh()
    form.units.choices = _sets()
    if form.validate_on_submit():
        _set(_units_of(form.units.data), form)
        return redirect(url_for("units.scope"), 303)
    page = render_template(
        "units/scope.html",
        tabs=tabs("scope"),
        form=form,
        rows=queries.not_electronic(db()),
        most=queries.SCOPE_ROWS,
        classes=DOCUMENT_CLASS_LABELS,
        modes=MODE_LABELS,
    )
    return page, 422 if form.errors else 200


def _set(units: Sequence[Unit], form: ScopeForm) -> None:
    chosen = (DocumentClass(form.document_class.data), Mode(form.mode.data))
    try:
        changed = keeping.set_scope(db(), current_person(), units, *chosen, form.day)
    except AlreadyDone as error:
        flash(say(error), "info")
    else:
        flash(gettext("Set for %(count)s units.", count=changed), "success")


def _sets() -> list[tuple[str, str]]:
    """Sets of units one can mean: the city's own, a district's, a group's."""
    city = [("city", gettext("All units of the city itself"))]
    inside = [(f"district-{unit.id}", gettext("%(unit)s and its units", unit=unit.short_name))
              for unit in register.districts(db())]  # fmt: skip
    return city + inside + [(f"group-{key}", name) for key, name in groups.names_of(db(), current_person())]


def _units_of(chosen: str) -> Sequence[Unit]:
    kind, _, number = chosen.partition("-")
    if kind == "group":
        return groups.members(db(), groups.get_for(db(), current_person(), int(number)))
    return queries.of_district(db(), int(number) if number else None)
