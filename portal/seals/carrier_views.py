"""Pages of the register of carriers (GZ24, GZ25)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import queries as people
from portal.seals import carriers, queries
from portal.seals.applying_forms import HandInForm, HandOutForm
from portal.seals.carrier_lifecycle import CARRIER_LABELS, CarrierState
from portal.seals.carrier_models import CONDITION_LABELS, Condition, SealCarrier
from portal.seals.models import SEAL_CLASS_LABELS, UnitSeal
from portal.web.access import current_person, requires
from portal.web.database import db

blueprint = Blueprint("seal_carriers", __name__, url_prefix="/seals")
PAGE_ROWS = 30
TONES = {
    CarrierState.OUT: "active",
    CarrierState.IN: "good",
    CarrierState.LOST: "bad",
    CarrierState.DESTROYED: "neutral",
}


@blueprint.get("/carriers")
@requires(Permission.SEALS_VIEW)
def index() -> str:
    """Carriers, newest first: of one's unit, for the office of all units."""
    person, before, state = current_person(), request.args.get("before", type=int), request.args.get("state", "")
    g.nav = "seals.index"
    statement = carriers.visible(person).options(
        joinedload(SealCarrier.seal).joinedload(UnitSeal.unit), joinedload(SealCarrier.holder)
    )
    if state:
        statement = statement.where(SealCarrier.state == state)
    if before is not None:
        statement = statement.where(SealCarrier.id < before)
    rows = db().scalars(statement.order_by(SealCarrier.id.desc()).limit(PAGE_ROWS + 1)).all()
    kept: dict[str, Any] = {"state": state or None}
    return render_template(
        "seals/carriers.html",
        rows=rows[:PAGE_ROWS],
        state=state,
        states=[(str(key), gettext(label)) for key, label in CARRIER_LABELS.items()],
        labels=CARRIER_LABELS,
        tones=TONES,
        conditions=CONDITION_LABELS,
        oversees=bool(person.roles & queries.OVERSEERS),
        newest=url_for(".index", **kept) if before else None,
        older=url_for(".index", **kept, before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None,
    )


@blueprint.route("/<int:seal_id>/carriers", methods=["GET", "POST"])
@requires(Permission.SEALS_TAKE_BACK)
def hand_out(seal_id: int) -> Any:
    """The secrecy office hands a carrier to a keeper."""
    seal, form = queries.get_seal(db(), current_person(), seal_id), HandOutForm()
    form.offer([keeper.person for keeper in seal.keepers])
    g.nav = "seals.index"
    if form.validate_on_submit():
        try:
            holder = people.get(db(), form.holder.data) if form.holder.data else None
            carrier = carriers.hand_out(seal, current_person(), holder, form.number.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The carrier is in the register."), "success")
            return redirect(url_for(".carrier", carrier_id=carrier.id), 303)
    page = render_template("seals/hand_out.html", seal=seal, form=form, classes=SEAL_CLASS_LABELS)
    return page, 422 if form.errors else 200


@blueprint.get("/carriers/<int:carrier_id>")
@requires(Permission.SEALS_VIEW)
def carrier(carrier_id: int) -> Any:
    """One carrier."""
    return _page(carriers.get(db(), current_person(), carrier_id), HandInForm(formdata=None))


@blueprint.post("/carriers/<int:carrier_id>/hand-in")
@requires(Permission.SEALS_TAKE_BACK)
def hand_in(carrier_id: int) -> Any:
    """The secrecy office takes it back."""
    row, form = carriers.get(db(), current_person(), carrier_id), HandInForm()
    form.offer()
    if not form.validate():
        return _page(row, form, 422)
    carriers.hand_in(row, current_person(), Condition(form.condition.data), form.note.data or "")
    flash(gettext("It is recorded that the carrier was handed in."), "success")
    return redirect(url_for(".carrier", carrier_id=row.id), 303)


@blueprint.post("/carriers/<int:carrier_id>/destroy")
@requires(Permission.SEALS_TAKE_BACK, fresh=N_("Destroy a carrier"))
def destroy(carrier_id: int) -> Any:
    """The secrecy office destroys it."""
    row = carriers.get(db(), current_person(), carrier_id)
    carriers.destroy(row, current_person())
    flash(gettext("It is recorded that the carrier was destroyed."), "success")
    return redirect(url_for(".carrier", carrier_id=row.id), 303)


def _page(row: SealCarrier, form: HandInForm, status: int = 200) -> Any:
    g.nav = "seals.index"
    form.offer()
    page = render_template(
        "seals/carrier.html",
        carrier=row,
        form=form,
        state=(CARRIER_LABELS[CarrierState(row.state)], TONES[CarrierState(row.state)]),
        conditions=CONDITION_LABELS,
        keeps_register=current_person().may(Permission.SEALS_TAKE_BACK),
    )
    return page, status
