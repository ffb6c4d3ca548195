"""Submitting a draft and deciding about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.documents import queries
from portal.documents import reviewing as acts
from portal.documents.forms import ReviewForm, SubmitForm
from portal.documents.models import Document, ReviewStep
from portal.documents.views.blueprint import blueprint
from portal.documents.views.reading import show_page
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say

Decision = Callable[[Document, Person, str, int | None], None]


def _issue(document: Document, leader: Person, opinion: str, step_id: int | None) -> None:
    acts.issue_document(runtime(), document, leader, opinion, step_id)


DECISIONS: dict[str, tuple[Decision, str]] = {
    "pass": (acts.pass_step, N_("Passed on to the next desk.")),
    "return": (acts.return_step, N_("Returned to the drafter.")),
    "countersign": (
        acts.countersign,
        N_("Signed for your unit. The document goes on to the next unit, or gets its number."),
    ),
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
    """Pass on, return, issue, or sign for a joint unit."""
    form = ReviewForm()
    decide, done = DECISIONS.get(form.decision.data or "", (None, ""))
    try:
        document = _known(document_id, form)
        if decide is None:
            raise Refused("Choose whether to pass the document on or to return it.")
        decide(document, current_person(), form.opinion.data or "", form.step_id.data)
    except Invalid as error:
        form.attach(error)
        return show_page(queries.get_for(db(), current_person(), document_id), 422, review=form)
    except AlreadyDone as error:  # the second of two clicks; the page it came from may be another unit's draft again
        flash(say(error), "info")
    else:
        flash(gettext(done), "success")
    return redirect(_onward(document_id), 303)


def _known(document_id: int, form: ReviewForm) -> Document:
    """The document. Raises NotFound, and AlreadyDone when the person has just returned it to another unit."""
    try:
        return queries.get_for(db(), current_person(), document_id)
    except NotFound:
        step = db().get(ReviewStep, form.step_id.data) if form.step_id.data else None
        if step is None or step.document_id != document_id or step.done_by_id != current_person().id:
            raise
        raise AlreadyDone("This step was already done by %(name)s.", name=current_person().name) from None


def _onward(document_id: int) -> str:
    """The document's page, or the list when it has become another unit's draft again."""
    db().flush()
    seen = queries.visible_to(current_person()).where(Document.id == document_id).with_only_columns(Document.id)
    if db().scalar(seen) is None:
        return url_for("documents.waiting")
    return url_for("documents.show", document_id=document_id)
