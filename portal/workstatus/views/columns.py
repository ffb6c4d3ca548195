"""Keeping the columns of work status."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.workstatus import columns as acts
from portal.workstatus import policy, queries
from portal.workstatus.forms import WRITER_LABELS, ColumnForm
from portal.workstatus.views.blueprint import blueprint, ways

KEEPERS = (Permission.WORKSTATUS_MANAGE, Permission.CONTENT_APPROVE)


@blueprint.route("/columns", methods=["GET", "POST"])
@requires(*KEEPERS)
def columns() -> Any:
    """The columns I see, those I keep with what can be done, and a new one."""
    person, form = current_person(), ColumnForm()
    form.offer(of_the_city=policy.owner_of_new(person) is None)
    if form.validate_on_submit():
        try:
            acts.make_column(db(), person, form.name.data or "", form.writers.data or "", form.takes.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The column is kept."), "success")
            return redirect(url_for(".columns"), 303)
    found = queries.columns(db(), person)
    page = render_template(
        "workstatus/columns.html",
        ways=ways("columns"),
        form=form,
        columns=found,
        writers=WRITER_LABELS,
        kept={column.id for column in found if policy.keeps(column, person)},
        of_the_city=policy.owner_of_new(person) is None,
    )
    return page, 422 if form.errors else 200


@blueprint.route("/columns/<int:column_id>", methods=["GET", "POST"])
@requires(*KEEPERS)
def column(column_id: int) -> Any:
    """Rename a column, or say anew who writes in it."""
    person = current_person()
    found = queries.get_column(db(), person, column_id)
    form = ColumnForm(obj=None if request.method == "POST" else found)
    form.offer(of_the_city=found.owner_id is None)
    if form.validate_on_submit():
        try:
            acts.change_column(found, person, form.name.data or "", form.writers.data or "", form.takes.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The column is kept."), "success")
            return redirect(url_for(".columns"), 303)
    page = render_template("workstatus/column.html", ways=ways("columns"), form=form, column=found)
    return page, 422 if form.errors else 200


@blueprint.post("/columns/<int:column_id>/move")
@requires(*KEEPERS)
def move_column(column_id: int) -> Response:
    """One place up or down."""
    found = queries.get_column(db(), current_person(), column_id)
    acts.move_column(found, current_person(), up=request.form.get("way") == "up")
    return redirect(url_for(".columns"), 303)


@blueprint.post("/columns/<int:column_id>/close")
@requires(*KEEPERS)
def close_column(column_id: int) -> Response:
    """Close a column; its entries stay."""
    acts.close_column(queries.get_column(db(), current_person(), column_id), current_person())
    flash(gettext("The column is closed; its entries can still be read."), "success")
    return redirect(url_for(".columns"), 303)


@blueprint.post("/columns/<int:column_id>/reopen")
@requires(*KEEPERS)
def reopen_column(column_id: int) -> Response:
    """Open a closed column again."""
    acts.reopen_column(queries.get_column(db(), current_person(), column_id), current_person())
    flash(gettext("The column is open again."), "success")
    return redirect(url_for(".columns"), 303)
