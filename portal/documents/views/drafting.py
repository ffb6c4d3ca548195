"""Writing a draft: the editor with recipients and files, saved as one form."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from portal.content.uploads import SUFFIXES
from portal.core.errors import Invalid, PortalError, Refused
from portal.core.permissions import Permission
from portal.documents import drafting as acts
from portal.documents import joint, policy, queries
from portal.documents.forms import CancelForm, DraftForm, Picker
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.documents.views.blueprint import blueprint
from portal.documents.views.reading import show_page
from portal.documents.views.recipients import FINDING, finder, picker_for
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.DOCUMENTS_DRAFT)
def new() -> Any:
    """Begin a document under the unit's red head."""
    person = current_person()
    form, picker = DraftForm.for_document(None, runtime().rules), picker_for(None)
    if FINDING not in request.form and form.validate_on_submit():
        try:
            content = form.content(picker.addressees(), joint.named(db(), form.joint_names()))
            document = acts.draft_document(db(), runtime().rules, person, content)
        except Invalid as error:
            form.attach(error)
        else:
            return _kept(document)
    return _editor(form, picker, None)


@blueprint.route("/<int:document_id>/edit", methods=["GET", "POST"])
@requires(Permission.DOCUMENTS_DRAFT)
def edit(document_id: int) -> Any:
    """Go on writing a draft. Whatever is refused, the text stays on the page."""
    person = current_person()
    document = queries.get_for(db(), person, document_id)
    policy.require_drafter(person, document)
    if request.method == "GET" and document.state != DocumentState.DRAFTING:
        raise Refused(acts.NO_DRAFT)
    form, picker = DraftForm.for_document(document, runtime().rules), picker_for(document)
    saved = None
    if FINDING not in request.form and form.validate_on_submit():
        try:
            content = form.content(picker.addressees(), joint.named(db(), form.joint_names()))
            acts.save_draft(runtime().rules, document, person, form.version.data, content)
        except acts.Stale as error:
            form.attach(error)
            saved, form.version.data, form.version.raw_data = document.text, document.version, None
        except Invalid as error:
            form.attach(error)
        except Refused as error:  # submitted in another window: what was typed here must not be lost
            form.attach(_as_entered(error))
        else:
            return _kept(document)
    return _editor(form, picker, document, saved)


@blueprint.post("/<int:document_id>/cancel")
@requires(Permission.DOCUMENTS_DRAFT)
def cancel(document_id: int) -> Any:
    """Give a draft up, with the reason."""
    document = queries.get_for(db(), current_person(), document_id)
    form = CancelForm()
    try:
        acts.cancel(document, current_person(), form.reason.data or "")
    except Invalid as error:
        form.attach(error)
        return show_page(document, 422, cancel=form)
    flash(gettext("The draft was cancelled; it stays on record."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


def _as_entered(error: Refused) -> Invalid:
    """A refusal to be shown on the form instead of leaving it."""
    invalid = Invalid(error.message)
    invalid.params = error.params
    return invalid


def _kept(document: Document) -> Any:
    """The text is saved; now the files, each for itself: one that is refused takes nothing else along.

    Committed in between: looking into a large file takes seconds, and on SQLite nobody else could write meanwhile.
    """
    person = current_person()
    for attachment_id in request.form.getlist("remove", type=int):
        acts.detach_file(document, person, attachment_id)
    db().commit()
    refusals = [said for file in request.files.getlist("files") if file.filename and (said := _refusal(document, file))]
    for said in refusals:
        flash(said, "danger")
    flash(gettext("The draft is saved."), "success")
    target = "documents.edit" if refusals or "go_on" in request.form else "documents.show"
    return redirect(url_for(target, document_id=document.id), 303)


def _refusal(document: Document, file: FileStorage) -> str | None:
    try:
        acts.attach_file(runtime(), document, current_person(), file.stream, file.filename or "")
    except PortalError as error:
        db().rollback()
        return say(error)
    db().commit()
    return None


def _editor(form: DraftForm, picker: Picker, document: Document | None, saved: str | None = None) -> Any:
    g.nav = "documents.index"
    page = render_template(
        "documents/edit.html",
        form=form,
        picker=picker,
        finder=finder(),
        document=document,
        unit=current_person().unit,
        saved=saved,
        suffixes=SUFFIXES,
        quotas=acts.DEFAULT_QUOTA,
    )
    return page, 422 if form.errors else 200
