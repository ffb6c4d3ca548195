"""Numbered prints and declassified downloads: asking, waiting, taking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.errors import AlreadyDone, Invalid, NotFound
from portal.core.permissions import Permission as P
from portal.core.rules import Dedicated
from portal.exchange import operations, policy, queries
from portal.exchange.copying import PERMISSIONS
from portal.exchange.forms import CopyForm
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import COPY_KIND_LABELS, Copy, CopyKind, Delivery
from portal.exchange.views import presentation
from portal.exchange.views.blueprint import blueprint
from portal.exchange.views.receiving import TAKEABLE, delivered
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

Ask = Callable[[Delivery, Person, str], Copy]


@blueprint.post("/inbox/<int:delivery_id>/print")
@requires(P.EXCHANGE_PRINT, from_computer=Dedicated.SEALS)
def print_copy(delivery_id: int) -> Response:
    """Ask for the next numbered print."""
    return _ask(delivered(delivery_id), operations.ask_print)


@blueprint.get("/inbox/<int:delivery_id>/download")
@requires(P.EXCHANGE_DOWNLOAD)
def download(delivery_id: int) -> Any:
    """What a declassified download is, before it is made (GZ36)."""
    g.nav = "exchange.inbox"
    delivery = delivered(delivery_id)
    if delivery.state not in TAKEABLE:
        return redirect(url_for("exchange.show", delivery_id=delivery.id), 303)
    return render_template(
        "exchange/download.html", delivery=delivery, document=delivery.document, form=CopyForm.fresh()
    )


@blueprint.post("/inbox/<int:delivery_id>/download")
@requires(P.EXCHANGE_DOWNLOAD, from_computer=Dedicated.EXCHANGE)
def make_download(delivery_id: int) -> Response:
    """Ask for a declassified download."""
    return _ask(delivered(delivery_id), operations.ask_download)


def _ask(delivery: Delivery, ask: Ask) -> Response:
    """Two clicks of one form lead to the same copy."""
    form = CopyForm()
    if not form.validate_on_submit():
        raise Invalid("The form is broken. Reload the page and try again.")
    key = form.request_key.data
    try:
        copy = ask(delivery, current_person(), key)
    except AlreadyDone:
        earlier = queries.copy_by_key(db(), delivery, key)
        if earlier is None:
            raise
        copy = earlier
    return redirect(url_for("exchange.copy", delivery_id=delivery.id, copy_id=copy.id), 303)


@blueprint.get("/inbox/<int:delivery_id>/copies/<int:copy_id>")
@requires(P.EXCHANGE_PRINT, P.EXCHANGE_DOWNLOAD)
def copy(delivery_id: int, copy_id: int) -> str:
    """A copy while it is made, and the way to it when it is there."""
    g.nav = "exchange.inbox"
    found = _takeable(delivery_id, copy_id)
    return render_template(
        "exchange/copy.html",
        copy=found,
        delivery=found.delivery,
        document=found.delivery.document,
        kind=COPY_KIND_LABELS[CopyKind(found.kind)],
        under_way=found.state in (CopyState.ASKED, CopyState.SIGNED),
        look=presentation,
    )


@blueprint.post("/inbox/<int:delivery_id>/copies/<int:copy_id>/retry")
@requires(P.EXCHANGE_PRINT, P.EXCHANGE_DOWNLOAD, from_computer=Dedicated.SEALS)
def retry_copy(delivery_id: int, copy_id: int) -> Response:
    """Ask once more for a copy that failed."""
    operations.retry_copy(_takeable(delivery_id, copy_id), current_person())
    return redirect(url_for("exchange.copy", delivery_id=delivery_id, copy_id=copy_id), 303)


@blueprint.get("/inbox/<int:delivery_id>/copies/<int:copy_id>/file")
@requires(P.EXCHANGE_PRINT, P.EXCHANGE_DOWNLOAD, from_computer=Dedicated.EXCHANGE)
def copy_file(delivery_id: int, copy_id: int) -> Response:
    """The file: a print opens in the browser, a download is kept."""
    found = _takeable(delivery_id, copy_id)
    if found.digest is None:
        raise NotFound(queries.NOT_THERE)
    name = f"{found.delivery.document.number} {found.mark}.pdf"
    return send_stored(found.digest, "application/pdf", name, inline=found.kind == CopyKind.PRINT)


def _takeable(delivery_id: int, copy_id: int) -> Copy:
    """The copy, for people whose role is to take such copies."""
    found = queries.get_copy(db(), current_person(), delivery_id, copy_id)
    policy.require_recipient(current_person(), found.delivery, PERMISSIONS[CopyKind(found.kind)])
    return found
