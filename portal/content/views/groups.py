"""Groups of people that a unit keeps for its reader scopes."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import addressees as choosing
from portal.content import groups as acts
from portal.content import queries
from portal.content.forms import GroupForm
from portal.content.models import ReaderGroup
from portal.content.views.blueprint import blueprint
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/groups")
@requires(Permission.CONTENT_GROUPS)
def group_list() -> str:
    """The unit's groups."""
    return render_template("content/groups.html", groups=queries.groups_of(db(), current_person()))


@blueprint.route("/groups/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_GROUPS)
def new_group() -> Any:
    """Make a group."""
    return _edited(None)


@blueprint.route("/groups/<int:group_id>", methods=["GET", "POST"])
@requires(Permission.CONTENT_GROUPS)
def group(group_id: int) -> Any:
    """Change a group."""
    return _edited(queries.get_group(db(), current_person(), group_id))


def _edited(group: ReaderGroup | None) -> Any:
    members = "\n".join(choosing.lines_of(row.person for row in group.members)) if group else ""
    form = GroupForm(name=group.name if group else "", members=members)
    if form.validate_on_submit():
        try:
            lines = (form.members.data or "").splitlines()
            acts.keep_group(db(), current_person(), form.name.data or "", lines, group)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The group is kept."), "success")
            return redirect(url_for(".group_list"), 303)
    return render_template("content/group.html", form=form, group=group), 422 if form.errors else 200


@blueprint.post("/groups/<int:group_id>/remove")
@requires(Permission.CONTENT_GROUPS)
def remove_group(group_id: int) -> Response:
    """Remove a group nothing is read by."""
    acts.remove_group(queries.get_group(db(), current_person(), group_id), current_person())
    flash(gettext("The group is removed."), "success")
    return redirect(url_for(".group_list"), 303)
