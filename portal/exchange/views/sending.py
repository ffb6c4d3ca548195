"""Sending a stamped document."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission as P
from portal.core.rules import Dedicated
from portal.core.text import N_
from portal.documents import queries as documents
from portal.documents.kinds import KINDS
from portal.documents.lifecycle import DocumentState
from portal.documents.models import RECIPIENT_KIND_LABELS, Document
from portal.exchange import operations, scope
from portal.exchange.forms import SendForm
from portal.exchange.views import presentation
from portal.exchange.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.route("/sending/<int:document_id>", methods=["GET", "POST"])
@requires(P.DOCUMENTS_SEND, fresh=N_("Send a document"), from_computer=Dedicated.EXCHANGE)
def send(document_id: int) -> Any:
    """The last look: to whom, how many copies, which day it counts as; then sending."""
    document = documents.get_for(db(), current_person(), document_id)
    if request.method == "GET" and document.state == DocumentState.SENT:
        return redirect(url_for("exchange.watch", document_id=document.id), 303)
    form = SendForm()
    if form.validate_on_submit():
        try:
            quotas = SendForm.quotas(document, request.form)
            sent = operations.send_document(db(), document, current_person(), quotas)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The document was sent to %(count)s units.", count=len(sent)), "success")
            return redirect(url_for("exchange.watch", document_id=document.id), 303)
    return _send_page(document, form), 422 if form.errors else 200


def _send_page(document: Document, form: SendForm) -> str:
    g.nav = "documents.index"
    return render_template(
        "exchange/send.html",
        document=document,
        kind=KINDS[document.kind],
        form=form,
        entered=request.form,
        sendable=document.state == DocumentState.SEALED,
        units=[item for item in document.recipients if item.unit_id is not None],
        on_paper=[item for item in document.recipients if item.unit_id is None],
        kinds=RECIPIENT_KIND_LABELS,
        counts_as=presentation.counts_as(),
        modes=scope.recipients_by_mode(db(), document),
    )


@blueprint.get("/sending/<int:document_id>/paper")
@requires(P.DOCUMENTS_SEND, P.DOCUMENTS_VIEW)
def paper_list(document_id: int) -> str:
    """The recipients outside the exchange, to be printed (X-2)."""
    g.nav = "documents.index"
    document = documents.get_for(db(), current_person(), document_id)
    return render_template(
        "exchange/paper.html",
        document=document,
        on_paper=[item for item in document.recipients if item.unit_id is None],
        kinds=RECIPIENT_KIND_LABELS,
    )
