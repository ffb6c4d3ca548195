"""The sender's watch: who has received, who has not, and what to do about it (X-9)."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission as P
from portal.core.rules import Dedicated
from portal.core.text import N_
from portal.documents.models import RECIPIENT_KIND_LABELS
from portal.exchange import listing, operations, queries
from portal.exchange.forms import GrantForm, ReasonForm, UrgeForm
from portal.exchange.lifecycle import STATE_LABELS, DeliveryState
from portal.exchange.models import Delivery, MoreCopiesRequest
from portal.exchange.views import presentation
from portal.exchange.views.blueprint import blueprint
from portal.exchange.views.inbox import filter_from_address
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/sent")
@requires(P.DOCUMENTS_VIEW)
def sent() -> str:
    """The unit's sent documents, with how many recipients have received each."""
    wanted = filter_from_address()
    rows, more = listing.sent(db(), current_person(), wanted)
    here: dict[str, Any] = {"text": wanted.text or None}
    return render_template(
        "exchange/sent.html",
        rows=rows,
        counts=queries.received_counts(db(), rows),
        wanted=wanted,
        older=url_for("exchange.sent", **here, before=rows[-1].id) if more else None,
        newest=url_for("exchange.sent", **here) if wanted.before else None,
        states=DeliveryState,
    )


@blueprint.get("/sent/<int:document_id>")
@requires(P.DOCUMENTS_VIEW)
def watch(document_id: int) -> str:
    """One sent document: each recipient with state, times and copies."""
    g.nav = "exchange.sent"
    document = queries.get_sent_document(db(), current_person(), document_id)
    deliveries = queries.deliveries_of(db(), document)
    received = [item for item in deliveries if item.state == DeliveryState.RECEIVED]
    return render_template(
        "exchange/watch.html",
        document=document,
        deliveries=deliveries,
        received=len(received),
        late=[item for item in deliveries if presentation.is_late(item)],
        running=any(item.state in queries.WAITING for item in deliveries),
        requests=queries.open_requests(db(), document),
        labels=STATE_LABELS,
        kinds=RECIPIENT_KIND_LABELS,
        look=presentation,
    )


@blueprint.get("/sent/deliveries/<int:delivery_id>")
@requires(P.DOCUMENTS_VIEW)
def recipient(delivery_id: int) -> Any:
    """One recipient of a sent document: its history, and the acts of the sender."""
    return _recipient_page(_sent_delivery(delivery_id))


def _recipient_page(delivery: Delivery, status: int = 200, **forms: Any) -> Any:
    g.nav = "exchange.sent"
    page = render_template(
        "exchange/recipient.html",
        delivery=delivery,
        document=delivery.document,
        label=STATE_LABELS[DeliveryState(delivery.state)],
        waiting=delivery.state in queries.WAITING,
        more=queries.open_request(delivery),
        timeline=presentation.timeline(db(), delivery),
        look=presentation,
        recall_form=forms.get("recall_form") or ReasonForm(formdata=None, prefix="recall"),
        urge_form=forms.get("urge_form") or UrgeForm(formdata=None),
        grant_form=forms.get("grant_form") or GrantForm(formdata=None),
        refuse_form=forms.get("refuse_form") or ReasonForm(formdata=None, prefix="refuse"),
    )
    return page, status


def _sent_delivery(delivery_id: int) -> Delivery:
    return queries.get_sent(db(), current_person(), delivery_id)


@blueprint.post("/sent/deliveries/<int:delivery_id>/urge")
@requires(P.DOCUMENTS_SEND)
def urge(delivery_id: int) -> Response:
    """Remind the recipient."""
    delivery = _sent_delivery(delivery_id)
    operations.urge(delivery, current_person(), request.form.get("message", "")[:200])
    flash(gettext("%(unit)s was reminded.", unit=delivery.unit.name_at(delivery.document.sent_at)), "success")
    return redirect(url_for("exchange.watch", document_id=delivery.document_id), 303)


@blueprint.post("/sent/deliveries/<int:delivery_id>/recall")
@requires(P.DOCUMENTS_SEND, fresh=N_("Recall a document"), from_computer=Dedicated.EXCHANGE)
def recall(delivery_id: int) -> Any:
    """Take it back before it is opened."""
    delivery, form = _sent_delivery(delivery_id), ReasonForm(prefix="recall")
    if form.validate_on_submit():
        try:
            operations.recall(delivery, current_person(), form.reason.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(
                gettext(
                    "The document was recalled from %(unit)s.", unit=delivery.unit.name_at(delivery.document.sent_at)
                ),
                "success",
            )
            return redirect(url_for("exchange.watch", document_id=delivery.document_id), 303)
    return _recipient_page(delivery, 422, recall_form=form)


@blueprint.post("/sent/requests/<int:request_id>/grant")
@requires(P.DOCUMENTS_SEND)
def grant_more(request_id: int) -> Any:
    """Grant more prints."""
    asked, form = _request(request_id), GrantForm()
    if form.validate_on_submit():
        try:
            operations.grant_more(asked, current_person(), form.granted.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(
                gettext(
                    "%(unit)s may print more copies.", unit=asked.delivery.unit.name_at(asked.delivery.document.sent_at)
                ),
                "success",
            )
            return redirect(url_for("exchange.watch", document_id=asked.delivery.document_id), 303)
    return _recipient_page(asked.delivery, 422, grant_form=form)


@blueprint.post("/sent/requests/<int:request_id>/refuse")
@requires(P.DOCUMENTS_SEND)
def refuse_more(request_id: int) -> Any:
    """Refuse more prints, with the reason."""
    asked, form = _request(request_id), ReasonForm(prefix="refuse")
    if form.validate_on_submit():
        try:
            operations.refuse_more(asked, current_person(), form.reason.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The request was refused."), "success")
            return redirect(url_for("exchange.watch", document_id=asked.delivery.document_id), 303)
    return _recipient_page(asked.delivery, 422, refuse_form=form)


def _request(request_id: int) -> MoreCopiesRequest:
    return queries.get_request(db(), current_person(), request_id)
