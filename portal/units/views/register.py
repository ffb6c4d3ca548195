"""The register and a unit's entry in it (U-7)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import AlreadyDone, Invalid
from portal.core.permissions import Permission as P
from portal.units import keeping, policy, register
from portal.units.forms import EntryForm, ScopeForm, boxes, entered
from portal.units.hooks import unit_facts
from portal.units.models import (
    CONTACT_KIND_LABELS,
    DOCUMENT_CLASS_LABELS,
    MODE_LABELS,
    TIER_LABELS,
    UNIT_KIND_LABELS,
    Tier,
    Unit,
    UnitKind,
)
from portal.units.register import Filter
from portal.units.views.blueprint import blueprint, tabs
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say


@blueprint.get("")
@requires(P.UNITS_VIEW)
def index() -> str:
    """The register: its top level, an opened district, or what the filters find."""
    wanted = _filter()
    found = register.page(db(), current_person(), wanted)
    here = _address(wanted)
    districts = register.districts(db())
    return render_template(
        "units/index.html",
        tabs=tabs("gaps" if wanted.gaps else "register"),
        page=found,
        wanted=wanted,
        opened=next((unit for unit in districts if unit.id == wanted.district), None),
        following=url_for("units.index", **here, after=_place(found.following)) if found.following else None,
        first=url_for("units.index", **here) if wanted.after else None,
        districts=[(unit.id, unit.short_name) for unit in districts],
        kinds=UNIT_KIND_LABELS,
        tiers=TIER_LABELS,
        states=register.STATES,
    )


@blueprint.get("/<int:unit_id>")
@requires(P.UNITS_VIEW)
def show(unit_id: int) -> str:
    """A unit's entry."""
    return show_page(register.get(db(), unit_id))


def show_page(unit: Unit, scope_form: ScopeForm | None = None) -> str:
    """The page of a unit, with the form of its scope as the person left it."""
    session, person = db(), current_person()
    return render_template(
        "units/show.html",
        tabs=tabs(""),
        unit=unit,
        kind=UNIT_KIND_LABELS[UnitKind(unit.kind)],
        tier=TIER_LABELS[Tier(unit.tier)],
        contacts=register.contacts(session, unit),
        contact_kinds=CONTACT_KIND_LABELS,
        gaps=register.gaps_of(session, [unit]).get(unit.id, ()) if unit.left_at is None else (),
        facts=[fact for facts in unit_facts.call(session, unit) for fact in facts],
        heirs=register.heirs(session, unit),
        scope=keeping.scope_rows(session, unit),
        classes=DOCUMENT_CLASS_LABELS,
        modes=MODE_LABELS,
        history=register.history(session, unit),
        may_keep=unit.left_at is None and policy.administers(person, unit, P.UNITS_MAINTAIN),
        scope_form=(scope_form or ScopeForm.fresh()) if person.may(P.UNITS_SCOPE) and unit.left_at is None else None,
    )


@blueprint.route("/<int:unit_id>/edit", methods=["GET", "POST"])
@requires(P.UNITS_MAINTAIN)
def edit(unit_id: int) -> Any:
    """Keep whom the unit names, its telephone and address."""
    unit = register.get_for(db(), current_person(), unit_id)
    form = EntryForm(obj=unit)
    if form.validate_on_submit():
        try:
            named = entered(request.form)
            keeping.keep_entry(unit, current_person(), named, _line(form.phone.data), _line(form.address.data))
        except AlreadyDone as error:
            flash(say(error), "info")
            return redirect(url_for("units.show", unit_id=unit.id), 303)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The entry is kept."), "success")
            return redirect(url_for("units.show", unit_id=unit.id), 303)
    held = entered(request.form) if request.method == "POST" else list(register.contacts(db(), unit))
    page = render_template("units/edit.html", unit=unit, form=form, boxes=boxes(held), kinds=CONTACT_KIND_LABELS)
    return page, 422 if form.errors else 200


def _line(value: str | None) -> str:
    return " ".join((value or "").split())


def _filter() -> Filter:
    """The filters as the address has them."""
    asked = request.args
    kind, tier, state = (asked.get(name, "") for name in ("kind", "tier", "state"))
    return Filter(
        text=asked.get("text", "").strip()[:100],
        kind=kind if kind in list(UNIT_KIND_LABELS) else "",
        tier=tier if tier in list(TIER_LABELS) else "",
        district=asked.get("district", type=int),
        state=state if state in register.STATES else "",
        gaps=asked.get("gaps") == "1" and current_person().may(P.UNITS_MAINTAIN),
        after=_read_place(asked.get("after", "")),
    )


def _address(wanted: Filter) -> dict[str, Any]:
    values = {"text": wanted.text, "kind": wanted.kind, "tier": wanted.tier, "state": wanted.state}
    return {**{key: value for key, value in values.items() if value}, **_numbers(wanted)}


def _numbers(wanted: Filter) -> dict[str, Any]:
    return ({"district": wanted.district} if wanted.district else {}) | ({"gaps": 1} if wanted.gaps else {})


def _place(place: tuple[int, int] | None) -> str | None:
    return f"{place[0]}-{place[1]}" if place else None


def _read_place(text: str) -> tuple[int, int] | None:
    first, _, second = text.partition("-")
    numbers = first.isascii() and first.isdigit() and second.isascii() and second.isdigit()
    return (int(first), int(second)) if numbers and len(text) < 20 else None
