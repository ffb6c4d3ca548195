"""The page of a delivery, and the recipient's acts on it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission as P
from portal.core.rules import Dedicated
from portal.documents.kinds import KINDS
from portal.documents.queries import page_images
from portal.exchange import claiming, operations, paper, policy, queries, scope
from portal.exchange.findings import Findings
from portal.exchange.forms import ArrivalForm, CopyForm, MoreForm, ReasonForm
from portal.exchange.lifecycle import STATE_LABELS, DeliveryState
from portal.exchange.models import Delivery
from portal.exchange.views import presentation
from portal.exchange.views.blueprint import blueprint
from portal.seals.queries import keeps, verification_seal
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

READABLE = (DeliveryState.OPENED, DeliveryState.CHECKED, DeliveryState.RECEIVED, DeliveryState.RETURNED)
TAKEABLE = (DeliveryState.CHECKED, DeliveryState.RECEIVED)


@blueprint.get("/inbox/<int:delivery_id>")
@requires(P.EXCHANGE_VIEW)
def show(delivery_id: int) -> Any:
    """A document that has arrived: its pages, its checks, its copies."""
    return show_page(delivered(delivery_id))


def delivered(delivery_id: int) -> Delivery:
    """The delivery, if it is the reader's to see."""
    return queries.get_for(db(), current_person(), delivery_id)


def show_page(delivery: Delivery, status: int = 200, **forms: Any) -> Any:
    """The page of a delivery, with forms as the person left them."""
    g.nav = "exchange.inbox"
    session = db()
    findings = Findings.of(delivery)
    readable = delivery.state in READABLE
    images = page_images(session, delivery.document_id, delivery.document.sealed_digest) if readable else []
    checking = delivery.state == DeliveryState.OPENED and findings is None
    page = render_template(
        "exchange/show.html",
        delivery=delivery,
        document=delivery.document,
        kind=KINDS[delivery.document.kind],
        label=STATE_LABELS[DeliveryState(delivery.state)],
        look=presentation,
        able=_abilities(delivery),
        findings=findings,
        checks=presentation.checks(findings),
        checking=checking,
        readable=readable,
        takeable=delivery.state in TAKEABLE,
        images=images,
        page_urls=[url_for("exchange.page", delivery_id=delivery.id, number=image.number) for image in images],
        copies=queries.copies(session, delivery),
        awaited=checking or (readable and not images),
        requests=queries.requests(session, delivery),
        paper=paper.arrival_of(session, delivery),
        paper_follows=scope.paper_follows(session, delivery),
        paper_missing=paper.is_flagged(session, current_person(), delivery),
        paper_form=ArrivalForm.fresh(),
        timeline=presentation.timeline(session, delivery),
        return_form=forms.get("return_form") or ReasonForm(formdata=None),
        more_form=forms.get("more_form") or MoreForm(formdata=None),
        claim_form=forms.get("claim_form") or ReasonForm(formdata=None, prefix="claim"),
        print_form=CopyForm.fresh(),
    )
    return page, status


def _abilities(delivery: Delivery) -> dict[str, bool]:
    """What the reader may do here, by role, whatever the state."""
    person = current_person()
    seal = verification_seal(db(), delivery.holder_id) if person.may(P.EXCHANGE_PRINT) else None
    return {
        "check": policy.may_receive(person, delivery, P.EXCHANGE_CHECK),
        "mine": claiming.is_held_by(delivery, person),
        "act": policy.may_receive(person, delivery, P.EXCHANGE_CHECK) and not claiming.is_others(delivery, person),
        "print": policy.may_receive(person, delivery, P.EXCHANGE_PRINT),
        "download": policy.may_receive(person, delivery, P.EXCHANGE_DOWNLOAD),
        "more": policy.may_receive(person, delivery, P.EXCHANGE_CHECK, P.EXCHANGE_PRINT),
        "seal": seal is not None,
        "keeps": seal is not None and keeps(seal, person),
    }


@blueprint.get("/inbox/<int:delivery_id>/pages/<int:number>")
@requires(P.EXCHANGE_VIEW)
def page(delivery_id: int, number: int) -> Response:
    """A page of the sealed document as a picture, to be read once the document is open."""
    delivery = delivered(delivery_id)
    images = page_images(db(), delivery.document_id, delivery.document.sealed_digest)
    image = next((image for image in images if image.number == number), None)
    if image is None or delivery.state not in READABLE:
        raise NotFound(queries.NOT_THERE)
    return send_stored(image.image, "image/webp")


@blueprint.post("/inbox/<int:delivery_id>/open")
@requires(P.EXCHANGE_CHECK, from_computer=Dedicated.EXCHANGE)
def open_delivery(delivery_id: int) -> Response:
    """Open it; the checks begin."""
    operations.open_delivery(delivered(delivery_id), current_person())
    return back_to(delivery_id)


@blueprint.post("/inbox/<int:delivery_id>/claim")
@requires(P.EXCHANGE_CHECK)
def claim(delivery_id: int) -> Response:
    """Take it out of the unit's mailbox in one's own name."""
    operations.claim(delivered(delivery_id), current_person())
    flash(gettext("The document is yours to deal with."), "success")
    return back_to(delivery_id)


@blueprint.post("/inbox/<int:delivery_id>/release")
@requires(P.EXCHANGE_CHECK)
def release(delivery_id: int) -> Response:
    """Put it back into the mailbox."""
    operations.release(delivered(delivery_id), current_person())
    flash(gettext("The document is free for others of the unit to claim."), "success")
    return back_to(delivery_id)


@blueprint.post("/inbox/<int:delivery_id>/take-over")
@requires(P.EXCHANGE_CHECK)
def take_over(delivery_id: int) -> Any:
    """Take it over from who has claimed it, with the reason."""
    delivery, form = delivered(delivery_id), ReasonForm(prefix="claim")
    if form.validate_on_submit():
        try:
            operations.take_over(delivery, current_person(), form.reason.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("You have taken the document over."), "success")
            return back_to(delivery_id)
    return show_page(delivery, 422, claim_form=form)


@blueprint.post("/inbox/<int:delivery_id>/check")
@requires(P.EXCHANGE_CHECK)
def check_again(delivery_id: int) -> Response:
    """Let the checks run again."""
    operations.check_again(delivered(delivery_id), current_person())
    return back_to(delivery_id)


@blueprint.post("/inbox/<int:delivery_id>/confirm")
@requires(P.EXCHANGE_CHECK, from_computer=Dedicated.EXCHANGE)
def confirm(delivery_id: int) -> Response:
    """Confirm the checks."""
    operations.confirm(delivered(delivery_id), current_person())
    flash(gettext("The checks are confirmed. The document can now be printed and downloaded."), "success")
    return back_to(delivery_id)


@blueprint.post("/inbox/<int:delivery_id>/return")
@requires(P.EXCHANGE_CHECK, from_computer=Dedicated.EXCHANGE)
def return_delivery(delivery_id: int) -> Any:
    """Send it back with the reason."""
    delivery, form = delivered(delivery_id), ReasonForm()
    if form.validate_on_submit():
        try:
            operations.return_delivery(delivery, current_person(), form.reason.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(
                gettext(
                    "The document was returned to %(unit)s.",
                    unit=delivery.document.unit.name_at(delivery.document.sent_at),
                ),
                "success",
            )
            return back_to(delivery_id)
    return show_page(delivery, 422, return_form=form)


@blueprint.post("/inbox/<int:delivery_id>/more")
@requires(P.EXCHANGE_CHECK, P.EXCHANGE_PRINT)
def ask_more(delivery_id: int) -> Any:
    """Ask the sender for more prints."""
    delivery, form = delivered(delivery_id), MoreForm()
    if form.validate_on_submit():
        try:
            operations.ask_more(delivery, current_person(), form.wanted.data, form.reason.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(
                gettext(
                    "%(unit)s was asked for more copies.",
                    unit=delivery.document.unit.name_at(delivery.document.sent_at),
                ),
                "success",
            )
            return back_to(delivery_id)
    return show_page(delivery, 422, more_form=form)


@blueprint.post("/inbox/<int:delivery_id>/attachments/<int:attachment_id>")
@requires(P.EXCHANGE_DOWNLOAD, from_computer=Dedicated.EXCHANGE)
def attachment(delivery_id: int, attachment_id: int) -> Response:
    """Take an attachment: logged as the declassified download it is, and the reception if it is the first."""
    taken = operations.take_file(delivered(delivery_id), current_person(), attachment_id)
    return send_stored(taken.digest, taken.media_type, taken.name)


def back_to(delivery_id: int) -> Response:
    """To the page of the delivery."""
    return redirect(url_for("exchange.show", delivery_id=delivery_id), 303)
