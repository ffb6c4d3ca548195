"""Taking down what others wrote, and what is left of an item once it is withdrawn."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from portal.content import operations, policy, queries
from portal.content.forms import ReasonForm
from portal.content.kinds import kind_of
from portal.content.models import Item
from portal.content.views.blueprint import blueprint
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.app_template_global("takes_down")
def takes_down(item: Item) -> bool:
    """Whether the person is offered to take the item down: those who may withdraw it do that."""
    person = current_person()
    return policy.may_take_down(item, person) and not policy.may_withdraw(item, person)


@blueprint.route("/<int:item_id>/take-down", methods=["GET", "POST"])
@requires(Permission.CONTENT_TAKE_DOWN)
def take_down(item_id: int) -> Any:
    """Take an item down, with a reason; its text isn't shown, since not everybody who may do it may read it."""
    person = current_person()
    item, form = queries.get_for_taking_down(db(), person, item_id), ReasonForm()
    if form.validate_on_submit():
        try:
            operations.take_down(item, person, form.reason.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("Taken down; nobody sees it any more."), "success")
            return redirect(url_for(".withdrawn", withdrawn_id=item_id), 303)
    page = render_template("content/take_down.html", item=item, kind=kind_of(item.kind), form=form)
    return page, 422 if form.errors else 200


@blueprint.get("/<int:withdrawn_id>/withdrawn")
@requires(Permission.CONTENT_VIEW)
def withdrawn(withdrawn_id: int) -> str:
    """What is left of a withdrawn item, for those who answered for it: title, reason, times."""
    item = queries.get_withdrawn(db(), current_person(), withdrawn_id)
    return render_template("content/withdrawn.html", item=item, kind=kind_of(item.kind))
