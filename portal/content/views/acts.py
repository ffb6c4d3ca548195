"""The acts on an item that are the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import once, operations, queries
from portal.content.forms import DeclarationForm, ItemForm, ReasonForm
from portal.content.kinds import kind_of
from portal.content.models import Item, ItemFile
from portal.content.uploads import SUFFIXES
from portal.content.views.blueprint import address_of, back_to, blueprint
from portal.content.views.receiving import take_each
from portal.core.errors import Invalid, NotFound, PortalError, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say

WRITERS = (Permission.CONTENT_WRITE, Permission.CONTENT_PUBLISH)
MAKERS = (*WRITERS, Permission.CONTENT_APPROVE)


def received(form: ItemForm) -> list[ItemFile]:
    """The files of a form, in the store and not yet of any item; before anything is changed. Raises Refused."""
    return take_each(form.incoming(), lambda upload: operations.receive(runtime(), upload.stream, upload.filename))


def save(form: ItemForm, item: Item, person: Person, files: Sequence[ItemFile]) -> None:
    """Take what the form says into a draft: title, text, files.

    Raises Invalid, Refused, Begun when the same form had begun an item before.
    """
    once.begin_once(item, form.request_key.data or "")
    version = int(form.version.data) if (form.version.data or "").isdecimal() else 0
    operations.change(item, person, title=form.title.data or "", text=form.text.data or "", version=version)
    for file in files:
        operations.attach(item, person, file, runtime().rules)


def attach_error(form: Any, error: PortalError) -> None:
    """Show a refusal at its field or on top of the form."""
    form.attach(error if isinstance(error, Invalid) else Invalid(str(say(error))))


def upload_values() -> dict[str, Any]:
    """What the upload field of a form needs."""
    return {"limit": runtime().rules.max_document_bytes, "suffixes": SUFFIXES}


@blueprint.route("/<int:item_id>/edit", methods=["GET", "POST"])
@requires(*MAKERS)
def edit(item_id: int) -> Any:
    """Go on writing: title, text and files of a draft."""
    person = current_person()
    item = queries.get_inside(db(), person, item_id)
    if kind_of(item.kind).edit != "content.edit":
        raise NotFound(queries.GONE)  # it is written on a page of its own, where its own rules hold
    form = ItemForm(obj=None if request.method == "POST" else item)
    if form.validate_on_submit():
        try:
            save(form, item, person, received(form))
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved."), "success")
            return back_to(item)
    page = render_template(
        "content/edit.html", form=form, item=item, kind=kind_of(item.kind), back=address_of(item), **upload_values()
    )
    return page, 422 if form.errors else 200


@blueprint.post("/<int:item_id>/files/<int:file_id>/remove")
@requires(*MAKERS)
def remove_file(item_id: int, file_id: int) -> Response:
    """Take a file out of a draft."""
    person = current_person()
    item = queries.get_inside(db(), person, item_id)
    file = next((one for one in item.files if one.id == file_id), None)
    if file is None:
        raise NotFound(queries.GONE)
    operations.detach(item, person, file)
    flash(gettext("The file is taken out."), "success")
    return redirect((request.form.get("back") == "edit" and f"/items/{item.id}/edit") or address_of(item), 303)


def _submit(item: Item, person: Person) -> None:
    operations.submit(item, person, runtime().rules, DeclarationForm().declaration)


def _publish(item: Item, person: Person) -> None:
    declared = DeclarationForm().declaration if kind_of(item.kind).approve is None else None
    operations.publish(item, person, runtime().rules, declared, seen=request.form.get("seen"))


def _return(item: Item, person: Person) -> None:
    operations.return_(item, person, ReasonForm().reason.data or "")


def _withdraw(item: Item, person: Person) -> None:
    if kind_of(item.kind).withdraw is not None:
        raise Refused("This kind is withdrawn on a page of its own.")
    operations.withdraw(item, person, ReasonForm().reason.data or "")


ACTS: dict[str, tuple[Callable[[Item, Person], None], str]] = {
    "submit": (_submit, N_("Handed in; whoever approves it sees it now.")),
    "take-back": (operations.take_back, N_("Taken back; you can go on writing.")),
    "return": (_return, N_("Returned; the author sees your reason.")),
    "publish": (_publish, N_("Published; its readers see it now.")),
    "withdraw": (_withdraw, N_("Withdrawn; nobody sees it any more.")),
    "discard": (operations.discard, N_("The draft is discarded.")),
}


@blueprint.post("/<int:item_id>/acts/<act>")
@requires(*MAKERS)
def do(item_id: int, act: str) -> Any:
    """Hand in, take back, return, publish, withdraw or discard an item."""
    if act not in ACTS:
        raise NotFound(queries.GONE)
    person = current_person()
    item = queries.get_inside(db(), person, item_id)
    work, done = ACTS[act]
    try:
        work(item, person)
    except (Invalid, Refused) as error:
        db().rollback()  # what an upper capability refused must leave nothing behind
        # Nothing was typed here but a reason: the page says what is missing, and the way back is one step.
        flash(say(error), "danger")
        return back_to(item)
    flash(gettext(done), "success")
    return redirect("/", 303) if act == "discard" else back_to(item)


@blueprint.app_errorhandler(queries.TakenAway)
def tell_taken_away(error: queries.TakenAway) -> Any:
    """Whoever answered for a withdrawn item is told what became of it, at whatever address of it they come to."""
    return redirect(url_for("content.withdrawn", withdrawn_id=error.item_id), 303)


@blueprint.app_errorhandler(once.Begun)
def show_begun(error: once.Begun) -> Any:
    """A form sent twice leads to what it had begun."""
    flash(say(error), "info")
    return back_to(db().get_one(Item, error.item_id))
