"""Making issues: beginning one, its proof, its readership, and all the unit's."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import queries as items
from portal.content.forms import ItemForm
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.pages import unit_address, unit_asked
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.journals import figures, policy, queries
from portal.journals import operations as acts
from portal.journals.views.blueprint import MAKERS, blueprint
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/made")
@requires(*MAKERS)
def made() -> str:
    """Our unit's issues in every state, and its journals."""
    before = request.args.get("before", type=int)
    rows, more = queries.made(db(), current_person(), before)
    return render_template(
        "journals/made.html",
        rows=rows,
        journals=queries.own_journals(db(), current_person()),
        publishes=policy.publishes(current_person()),
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".made") if before else None,
        older=url_for(".made", before=rows[-1][0].id) if more else None,
    )


@blueprint.route("/<int:journal_id>/issues/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_PUBLISH)
def new_issue(journal_id: int) -> Any:
    """Begin an issue; its articles follow on its page."""
    person = current_person()
    journal, form = queries.get_inside(db(), person, journal_id, edits=True), ItemForm()
    if form.validate_on_submit():
        try:
            files = received(form)
            item = acts.draft_issue(journal, person, form.title.data or "", form.text.data or "")
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The issue is begun. Add its articles, then hand it in."), "success")
            return redirect(url_for(".issue", item_id=item.id), 303)
    page = render_template("journals/new_issue.html", form=form, journal=journal, **upload_values())
    return page, 422 if form.errors else 200


@blueprint.post("/issues/<int:item_id>/proof")
@requires(*MAKERS)
def proof(item_id: int) -> Response:
    """Have a proof set."""
    item = items.get_inside(db(), current_person(), item_id)
    if item.kind != ItemKind.JOURNAL_ISSUE:
        raise NotFound(items.GONE)
    acts.ask_proof(item, current_person())
    flash(gettext("The proof is being set; it appears here in a moment."), "success")
    return redirect(url_for(".issue", item_id=item_id), 303)


@blueprint.get("/issues/<int:item_id>/figures")
@requires(*MAKERS)
def issue_figures(item_id: int) -> str:
    """Who read an issue, day by day and by unit."""
    item = items.get_inside(db(), current_person(), item_id)
    if item.kind != ItemKind.JOURNAL_ISSUE or item.published_at is None:
        raise NotFound(items.GONE)
    units, further = items.readership(db(), item_id, unit_asked())
    last = unit_address(units[-1][1], units[-1][0].id) if further else None
    return render_template(
        "journals/issue_figures.html",
        item=item,
        row=queries.issue_row(db(), item),
        days=figures.days(db(), item),
        units=units,
        further=url_for(".issue_figures", item_id=item_id, **last) if last else None,
        readers=items.reader_count(db(), item_id),
    )
