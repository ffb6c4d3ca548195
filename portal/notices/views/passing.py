"""Pages of direct deliveries and circulations: reading, adding an opinion, passing on."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import addressees
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.reading import note_reading
from portal.content.views.pages import item_values
from portal.core.errors import AlreadyDone, Invalid, NotFound
from portal.core.permissions import Permission
from portal.notices import passing, queries, trail
from portal.notices.forms import OpinionForm, PassOnForm
from portal.notices.views.blueprint import INDEX, blueprint
from portal.notices.views.receipts import reading_values
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say


@blueprint.get("/deliveries/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def delivery(item_id: int) -> str:
    """A direct delivery, for those who got it and for its sender."""
    return _page(item_id, ItemKind.DIRECT_DELIVERY)


@blueprint.get("/circulations/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def circulation(item_id: int) -> str:
    """A circulation with its trail."""
    return _page(item_id, ItemKind.CIRCULATION)


def _page(item_id: int, kind: ItemKind) -> str:
    g.nav, person = INDEX, current_person()
    item = items.get_readable(db(), person, item_id, kind)
    values, round_ = item_values(item, person), queries.circulation_of(db(), item)
    lines = trail.trail(db(), item)
    page = render_template(
        "notices/passing.html",
        v=values,
        **values,
        **reading_values(item, person),
        kind=kind,
        circulation=round_,
        way=queries.way_to(db(), person, round_.document),
        lines=lines,
        waiting=any(line.step.begun_at is None for line in lines),
        mine=passing.step_of(db(), item, person),
        form=OpinionForm(),
    )
    note_reading(runtime(), item, person)
    return page


@blueprint.post("/circulations/<int:item_id>/read")
@requires(Permission.CONTENT_VIEW)
def finish(item_id: int) -> Response:
    """I have read it, perhaps with an opinion."""
    item, form = _circulating(item_id), OpinionForm()
    try:
        passing.finish(item, current_person(), form.opinion.data or "")
    except (AlreadyDone, Invalid) as error:
        flash(say(error), "warning")
    else:
        flash(gettext("Noted that you have read it."), "success")
    return redirect(url_for(".circulation", item_id=item_id), 303)


@blueprint.post("/circulations/<int:item_id>/next")
@requires(Permission.CONTENT_WRITE)
def let_next(item_id: int) -> Response:
    """The next in turn may read it now."""
    try:
        passing.let_next(_circulating(item_id), current_person())
    except AlreadyDone as error:
        flash(say(error), "warning")
    else:
        flash(gettext("The next in turn sees it now."), "success")
    return redirect(url_for(".circulation", item_id=item_id), 303)


@blueprint.route("/circulations/<int:item_id>/pass-on", methods=["GET", "POST"])
@requires(Permission.CONTENT_VIEW)
def pass_on(item_id: int) -> Any:
    """Give a circulation to further people and units."""
    g.nav, item, form = INDEX, _circulating(item_id), PassOnForm()
    keys = addressees.keys_from(db(), current_person(), request.form.getlist("to"))
    if not request.form.get("pick") and form.validate_on_submit():
        try:
            passing.pass_on(item, current_person(), keys, form.remark.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("Passed on; they see it now."), "success")
            return redirect(url_for(".circulation", item_id=item_id), 303)
    group = request.form.get("group", 0, type=int) if request.form.get("pick") == "group" else 0
    find = "" if group else request.form.get("find", "")
    to = addressees.picker(db(), current_person(), keys, find=find, group=group, named=True)
    return render_template("notices/pass_on.html", item=item, form=form, to=to), 422 if form.errors else 200


def _circulating(item_id: int) -> Item:
    """A circulation the person may read, once it is out."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.CIRCULATION)
    if item.published_at is None or item.withdrawn_at is not None:
        raise NotFound(items.GONE)
    return item
