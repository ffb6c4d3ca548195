"""The catalogue and the unit's guide."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from portal.core.errors import AlreadyDone, Invalid
from portal.core.permissions import Permission as P
from portal.disclosure import policy, queries
from portal.disclosure.forms import CategoryForm, GuideForm, RenameForm, category_choices
from portal.disclosure.operations import catalogue as acts
from portal.disclosure.views.blueprint import HANDLERS, INSIDE, blueprint, tabs_of
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say

KEEPERS = (P.DISCLOSURE_HANDLE, P.DISCLOSURE_MANAGE)


@blueprint.route("/disclosure/catalogue", methods=["GET", "POST"])
@requires(*INSIDE)
def catalogue() -> Any:
    """The tree; whoever keeps it adds to it."""
    person, form = current_person(), CategoryForm()
    rows = queries.categories(db())
    below = [one for one in rows if one.depth < acts.DEEPEST - 1 and one.unit_id in (None, person.unit_id)]
    top = [SelectChoice(0, gettext("(at the top)"))] if person.may(P.DISCLOSURE_MANAGE) else []
    form.parent.choices = [*top, *category_choices([one for one in below if one.closed_at is None])]
    if form.validate_on_submit():
        try:
            parent = queries.get_category(db(), form.parent.data) if form.parent.data else None
            acts.add_category(db(), person, form.name.data or "", parent)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The category is added."), "success")
            return redirect(url_for(".catalogue"), 303)
    page = render_template(
        "disclosure/catalogue.html",
        tabs_=tabs_of("disclosure.catalogue"),
        form=form,
        rows=rows,
        counts=queries.counts_by_category(rows),
        keeps={one.id for one in rows if policy.keeps_category(one, person)},
        may_add=any(person.may(permission) for permission in KEEPERS),
    )
    return page, 422 if form.errors else 200


@blueprint.route("/disclosure/catalogue/<int:category_id>", methods=["GET", "POST"])
@requires(*KEEPERS)
def category(category_id: int) -> Any:
    """Call a category otherwise."""
    g.nav = "disclosure.index"
    found = queries.get_kept_category(db(), current_person(), category_id)
    form = RenameForm(name=found.name)
    if form.validate_on_submit():
        try:
            acts.rename_category(found, current_person(), form.name.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The category is kept."), "success")
            return redirect(url_for(".catalogue"), 303)
    return render_template("disclosure/category.html", form=form, category=found), 422 if form.errors else 200


@blueprint.post("/disclosure/catalogue/<int:category_id>/close")
@requires(*KEEPERS)
def close_category(category_id: int) -> Response:
    """Nothing new is filed under it."""
    acts.close_category(queries.get_kept_category(db(), current_person(), category_id), current_person())
    flash(gettext("The category takes nothing new any more."), "success")
    return redirect(url_for(".catalogue"), 303)


@blueprint.route("/disclosure/guide", methods=["GET", "POST"])
@requires(*HANDLERS)
def guide() -> Any:
    """The unit's guide, and a new version of it."""
    person = current_person()
    newest = queries.guide(db(), person.unit_id)
    form = GuideForm() if request.method == "POST" else GuideForm.of(newest)
    if form.validate_on_submit():
        try:
            acts.keep_guide(db(), person, form.guide)
        except Invalid as error:
            form.attach(error)
        except AlreadyDone as error:
            flash(say(error), "info")
            return redirect(url_for(".guide"), 303)
        else:
            flash(gettext("The guide is published."), "success")
            return redirect(url_for(".guide"), 303)
    page = render_template(
        "disclosure/guide.html",
        tabs_=tabs_of("disclosure.guide"),
        form=form,
        versions=queries.guide_versions(db(), person.unit_id),
        unit=person.unit,
    )
    return page, 422 if form.errors else 200
