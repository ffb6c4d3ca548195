"""Numbering, typesetting again, stamping."""

from __future__ import annotations

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.rules import Dedicated
from portal.core.text import N_
from portal.documents import finishing as acts
from portal.documents import operations, queries, voiding
from portal.documents.forms import StampForm, VoidForm
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.documents.views import presentation
from portal.documents.views.blueprint import blueprint
from portal.documents.views.reading import show_page
from portal.people import sessions
from portal.seals import consent, custody
from portal.seals import unit_rules as seal_rules
from portal.seals.models import UnitSeal
from portal.seals.queries import keeps, signature_seal
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.limits import limiter


@blueprint.post("/<int:document_id>/number")
@requires(Permission.DOCUMENTS_NUMBER)
def number(document_id: int) -> Response:
    """Give the next number; the worker typesets the document then."""
    document = queries.get_for(db(), current_person(), document_id)
    if request.form.get("confirmed") != "yes":
        raise Refused("Confirm it first.")
    acts.number_document(document, current_person())
    flash(gettext("The document has its number: %(number)s.", number=document.number), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@blueprint.post("/<int:document_id>/freeze")
@requires(Permission.DOCUMENTS_NUMBER)
def freeze(document_id: int) -> Response:
    """Typeset once more after a failure."""
    acts.freeze_again(queries.get_for(db(), current_person(), document_id), current_person())
    flash(gettext("The document is typeset again."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@blueprint.post("/<int:document_id>/void")
@requires(Permission.DOCUMENTS_ISSUE, fresh=N_("Void a document"))
def void(document_id: int) -> Any:
    """A leader voids what was issued and isn't sent yet."""
    document, form = queries.get_for(db(), current_person(), document_id), VoidForm(prefix="void")
    try:
        voiding.void(document, current_person(), form.reason.data or "")
    except Invalid as error:
        form.attach(error)
        return show_page(document, 422, void=form)
    flash(gettext("The document is void; its number stays used."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@blueprint.route("/<int:document_id>/stamp", methods=["GET", "POST"])
@requires(Permission.DOCUMENTS_STAMP, from_computer=Dedicated.SEALS)
def stamp(document_id: int) -> Any:
    """A custodian looks at the frozen file and approves exactly its digest."""
    document = queries.get_for(db(), current_person(), document_id)
    if document.frozen_digest is None:
        raise NotFound("This document is not frozen yet.")
    form = StampForm()
    if form.validate_on_submit():
        try:
            _approve(document, form)
        except Invalid as error:
            form.attach(error)
        else:
            said = gettext("Your consent is recorded; the seal server stamps once enough custodians agree.")
            flash(said, "success")
            return redirect(url_for("documents.stamp", document_id=document_id), 303)
    return _stamp_page(document, form)


@blueprint.post("/<int:document_id>/stamp/question")
@requires(Permission.DOCUMENTS_STAMP, from_computer=Dedicated.SEALS)
@limiter.limit("60 per minute")
def stamp_question(document_id: int) -> Any:
    """What the custodian's hardware key is asked, for keys.js: bound to file, seal and document."""
    document = queries.get_for(db(), current_person(), document_id)
    straddling = request.form.get(StampForm.CHOICE) is not None
    return jsonify(operations.stamp_question(document, sessions.current_login(), straddling=straddling))


def _approve(document: Document, form: StampForm) -> None:
    person, digest, proof = current_person(), form.digest.data or "", form.proof()
    request = queries.stamp_request(db(), document)
    if document.state != DocumentState.SEALING:
        operations.ask_stamp(document, person, digest, proof, straddling=form.straddling.data)
    elif request is None:
        raise Refused("This document is not waiting for a stamp.")
    else:
        operations.approve_stamp(document, request, person, digest, proof)


def _stamp_page(document: Document, form: StampForm) -> Any:
    g.nav = "documents.index"
    unit_id = _stamping_unit(document)
    request = queries.stamp_request(db(), document)
    waiting = document.state == DocumentState.SEALING and request is not None
    seal = request.seal if request is not None and waiting else signature_seal(db(), unit_id)
    approvals = request.approvals if request is not None and waiting else []
    acting = {approval.person_id for approval in approvals}
    due = unit_id == document.turn_id
    digest = (queries.file_digest(document) if due else document.frozen_digest) or ""
    images = list(queries.page_images(db(), document.id, queries.file_digest(document)))
    page = render_template(
        "documents/stamp.html",
        document=document,
        form=form,
        seal=seal,
        approvals=approvals,
        straddling=request is not None and waiting and request.straddling,
        approved=current_person().id in acting,
        **_custody_of(seal, acting),
        due=due,
        sealed_ours=document.issuer_ids.index(unit_id) < document.seals_on,
        digest=digest,
        digest_groups=[digest[i : i + 8] for i in range(0, 64, 8)],
        issuers=presentation.issuers(document),
        pages=presentation.page_urls(document, images),
        first_page=images[0] if images else None,
        life=presentation.life(document),
        seal_rules=seal_rules.newest(db(), unit_id),
        rules_unread=seal_rules.unread(db(), unit_id, current_person()),
    )
    return page, 422 if form.errors else 200


def _stamping_unit(document: Document) -> int:
    """Whose seal the page is about: that of the reader's unit, if it is one of the issuers."""
    own = current_person().unit_id
    return own if own in document.issuer_ids else document.unit_id


def _custody_of(seal: UnitSeal | None, acting: set[int]) -> dict[str, Any]:
    """Who must consent by the custody record, who still can, and how the reader can."""
    if seal is None:
        return {"by": [], "keeps": False, "threshold": 1, "enough": False, "helps": False, "waiting_for": []}
    rule, person = custody.of(seal), current_person()
    return {
        "by": consent.ways(person, seal),
        "keeps": keeps(seal, person),
        "threshold": rule.needed,
        "enough": rule.is_enough(acting),
        "helps": rule.helps(person.id, acting),
        "waiting_for": [
            keeper.person.name
            for keeper in seal.keepers
            if keeper.person_id not in acting and rule.helps(keeper.person_id, acting)
        ],
    }
