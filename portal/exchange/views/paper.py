"""Paper beside the exchange (U-10): what came on paper, and requests that came one way only."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission as P
from portal.exchange import paper
from portal.exchange.forms import AloneForm, ArrivalForm
from portal.exchange.views.blueprint import blueprint
from portal.exchange.views.receiving import back_to, delivered
from portal.units.models import DOCUMENT_CLASS_LABELS
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say


@blueprint.route("/inbox/paper", methods=["GET", "POST"])
@requires(P.EXCHANGE_VIEW, P.EXCHANGE_CHECK)
def on_paper() -> Any:
    """Requests that came one way only, what came on paper; recording what came on paper alone."""
    person, form = current_person(), AloneForm.fresh()
    if form.validate_on_submit():
        try:
            paper.record_alone(db(), person, form.paper())
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The arrival is recorded."), "success")
            return redirect(url_for("exchange.on_paper"), 303)
    g.nav = "exchange.inbox"
    page = render_template(
        "exchange/on_paper.html",
        form=form,
        only_paper=paper.only_on_paper(db(), person),
        only_electronic=paper.only_electronic(db(), person),
        arrivals=paper.arrivals(db(), person),
        classes=DOCUMENT_CLASS_LABELS,
        may_record=person.may(P.EXCHANGE_CHECK),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/inbox/<int:delivery_id>/paper")
@requires(P.EXCHANGE_CHECK)
def paper_arrived(delivery_id: int) -> Response:
    """The paper of a delivery has arrived."""
    delivery, form = delivered(delivery_id), ArrivalForm()
    if form.validate_on_submit():
        try:
            paper.record_paper(delivery, current_person(), form.arrived_on.data)
        except Invalid as error:
            flash(say(error), "danger")
        else:
            flash(gettext("The arrival is recorded."), "success")
    else:
        flash(gettext("Give the day on which the paper arrived."), "danger")
    return back_to(delivery_id)


@blueprint.post("/inbox/paper/<int:arrival_id>/settle")
@requires(P.EXCHANGE_CHECK)
def settle_paper(arrival_id: int) -> Response:
    """Say what became of it."""
    arrival = paper.get_for(db(), current_person(), arrival_id)
    paper.settle(arrival, current_person(), request.form.get("how", "")[:200], db())
    flash(gettext("It is settled."), "success")
    return redirect(url_for("exchange.on_paper"), 303)
