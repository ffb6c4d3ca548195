"""Submitting a draft and deciding about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.documents import queries
from portal.documents import reviewing as acts
from portal.documents.forms import ReviewForm, SubmitForm
from portal.documents.models import Document
from portal.documents.views.blueprint import blueprint
from portal.documents.views.reading import show_page
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db, runtime

Decision = Callable[[Document, Person, str, int | None], None]


def _issue(document: Document, leader: Person, opinion: str, step_id: int | None) -> None:
    acts.issue_document(runtime(), document, leader, opinion, step_id)


DECISIONS: dict[str, tuple[Decision, str]] = {
    "pass": (acts.pass_step, N_("Passed on to the next desk.")),
    "return": (acts.return_step, N_("Returned to the drafter.")),
    "issue": (_issue, N_("The document is issued; the registrar gives it its number.")),
}


@blueprint.post("/<int:document_id>/submit")
@requires(Permission.DOCUMENTS_DRAFT)
def submit(document_id: int) -> Any:
    """Hand a draft on to its first desk, with the declaration."""
    document = queries.get_for(db(), current_person(), document_id)
    form = SubmitForm()
    try:
        acts.submit(runtime(), document, current_person(), form.declaration())
    except Invalid as error:
        form.attach(error)
        return show_page(document, 422, submit=form)
    flash(gettext("The draft is submitted."), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)


@blueprint.post("/<int:document_id>/review")
@requires(Permission.DOCUMENTS_REVIEW, Permission.DOCUMENTS_ISSUE, fresh=N_("Decide on a draft"))
def review(document_id: int) -> Any:
    """Pass on, return or issue."""
    document = queries.get_for(db(), current_person(), document_id)
    form = ReviewForm()
    decide, done = DECISIONS.get(form.decision.data or "", (None, ""))
    if decide is None:
        raise Refused("Choose whether to pass the document on or to return it.")
    try:
        decide(document, current_person(), form.opinion.data or "", form.step_id.data)
    except Invalid as error:
        form.attach(error)
        return show_page(document, 422, review=form)
    flash(gettext(done), "success")
    return redirect(url_for("documents.show", document_id=document_id), 303)
