"""Items of the catalogue, written, reviewed and published."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.content import policy
from portal.content import queries as contents
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.models import Item
from portal.content.reading import note_reading
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.pages import item_values
from portal.core.clock import today
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.disclosure import queries
from portal.disclosure.forms import FilingForm, NewItemForm, ReviewForm, WithdrawForm, category_choices
from portal.disclosure.operations import items as acts
from portal.disclosure.views.blueprint import INSIDE, blueprint, tabs_of
from portal.disclosure.words import GROUND_LABELS, Ground
from portal.web.access import current_person, requires
from portal.web.database import db, runtime


@blueprint.get("/disclosure/")
@requires(*INSIDE)
def index() -> str:
    """The unit's items, in every state."""
    before = request.args.get("before", type=int)
    rows, more = queries.own(db(), current_person(), before)
    return render_template(
        "disclosure/index.html",
        tabs_=tabs_of("disclosure.index"),
        rows=rows,
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".index") if before else None,
        older=url_for(".index", before=rows[-1].item_id) if more else None,
    )


@blueprint.route("/disclosure/items/new", methods=["GET", "POST"])
@requires(P.CONTENT_WRITE)
def new() -> Any:
    """Write an item."""
    g.nav, person = "disclosure.index", current_person()
    form = NewItemForm(made_on=today())
    form.category.choices = category_choices(queries.open_categories(db(), person))
    if form.validate_on_submit():
        try:
            files = received(form)
            category = queries.get_category(db(), form.category.data)
            item = acts.draft_item(
                db(), person, form.title.data or "", form.text.data or "", category, form.made_on.data
            )
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Hand it in for review when it is complete."), "success")
            return redirect(url_for(".item", item_id=item.id), 303)
    return render_template("disclosure/new.html", form=form, **upload_values()), 422 if form.errors else 200


@blueprint.get("/disclosure/items/<int:item_id>")
@requires(P.CONTENT_VIEW, notes=True)
def item(item_id: int) -> str:
    """An item, for those who make it and for everybody in the exchange once it is public."""
    person = current_person()
    found = contents.get_readable(db(), person, item_id, ItemKind.DISCLOSURE)
    page = _page(found, ReviewForm())
    note_reading(runtime(), found, person)
    return page


@blueprint.post("/disclosure/items/<int:item_id>/review")
@requires(P.CONTENT_APPROVE)
def review(item_id: int) -> Any:
    """Find that it may be published, and publish it."""
    found = contents.get_inside(db(), current_person(), item_id)
    form = ReviewForm()
    try:
        fact = queries.fact_of(db(), found.id)
        acts.review_and_publish(fact, current_person(), runtime().rules, form.review, seen=request.form.get("seen"))
    except (Invalid, Refused) as error:
        db().rollback()
        attach_error(form, error)
        return _page(found, form), 422
    flash(gettext("Published; everybody sees it now at its public address."), "success")
    return redirect(url_for(".item", item_id=item_id), 303)


@blueprint.route("/disclosure/items/<int:item_id>/filing", methods=["GET", "POST"])
@requires(P.CONTENT_WRITE)
def filing(item_id: int) -> Any:
    """File a draft under another category or date."""
    g.nav, person = "disclosure.index", current_person()
    found = contents.get_inside(db(), person, item_id)
    fact = queries.fact_of(db(), found.id)
    form = FilingForm(category=fact.category_id, made_on=fact.made_on)
    form.category.choices = category_choices(queries.open_categories(db(), person))
    if form.validate_on_submit():
        try:
            acts.file_under(fact, person, queries.get_category(db(), form.category.data), form.made_on.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The draft is saved."), "success")
            return redirect(url_for(".item", item_id=item_id), 303)
    return render_template("disclosure/filing.html", form=form, item=found), 422 if form.errors else 200


@blueprint.route("/disclosure/items/<int:item_id>/withdraw", methods=["GET", "POST"])
@requires(P.CONTENT_WRITE, P.CONTENT_APPROVE)
def withdraw_item(item_id: int) -> Any:
    """Withdraw an item that is public."""
    g.nav, person = "disclosure.index", current_person()
    found = contents.get_inside(db(), person, item_id)
    fact, form = queries.fact_of(db(), found.id), WithdrawForm()
    if not policy.may_withdraw(found, person):
        raise NotFound(contents.GONE)
    if form.validate_on_submit():
        try:
            acts.withdraw_item(fact, person, form.reason.data or "", form.said.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("Withdrawn; nobody sees it any more."), "success")
            return redirect(url_for("content.withdrawn", withdrawn_id=item_id), 303)
    return render_template("disclosure/withdraw.html", form=form, item=found, fact=fact), 422 if form.errors else 200


def _page(found: Item, form: ReviewForm) -> str:
    g.nav = "disclosure.index"
    fact = queries.fact_of(db(), found.id)
    return render_template(
        "disclosure/item.html",
        fact=fact,
        form=form,
        ground=GROUND_LABELS[Ground(fact.ground)] if fact.ground else None,
        **item_values(found, current_person()),
    )
