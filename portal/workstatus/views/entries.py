"""Entries of work status: lists, writing, one of them."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import queries as items
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.reading import note_reading
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.pages import item_values, place_address, place_asked
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.workstatus import duties, operations, queries
from portal.workstatus.forms import EntryForm, PlaceForm, offer
from portal.workstatus.models import WorkColumn, WorkDue
from portal.workstatus.queries import Filter
from portal.workstatus.views.blueprint import blueprint, ways


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """What I may read, column by column, newest first."""
    wanted = _filter()
    page = queries.listed(db(), current_person(), wanted)
    columns = queries.columns(db(), current_person())
    kept = _address(wanted)
    return render_template(
        "workstatus/index.html",
        ways=ways("index"),
        rows=page.rows,
        read=items.read_ids(db(), current_person(), [row.item for row in page.rows]),
        wanted=wanted,
        columns=[column for column in columns if column.closed_at is None],
        closed=[column for column in columns if column.closed_at is not None],
        kept={key: value for key, value in kept.items() if key != "column"},
        years=queries.years(db()),
        newest=url_for(".index", **kept) if wanted.before else None,
        older=url_for(".index", **kept, **place_address(page.older)) if page.older else None,
    )


def _filter() -> Filter:
    args = request.args
    year = args.get("year", type=int)
    return Filter(
        column=args.get("column", type=int),
        text=args.get("q", "").strip()[:100],
        unit=args.get("unit", "").strip()[:100],
        year=year if year and 2000 <= year < 2200 else None,
        unread=args.get("unread") == "yes",
        before=place_asked(),
    )


def _address(wanted: Filter) -> dict[str, Any]:
    """The filter as an address says it."""
    said = {"column": wanted.column, "q": wanted.text, "unit": wanted.unit, "year": wanted.year}
    said["unread"] = "yes" if wanted.unread else None
    return {key: value for key, value in said.items() if value}


@blueprint.get("/written")
@requires(Permission.CONTENT_WRITE)
def written() -> str:
    """My entries and those of my unit, in every state."""
    before = request.args.get("before", type=int)
    rows, more = queries.written(db(), current_person(), before)
    return render_template(
        "workstatus/written.html",
        ways=ways("written"),
        rows=rows,
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".written") if before else None,
        older=url_for(".written", before=rows[-1].item_id) if more else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new() -> Any:
    """Write an entry; its readers are everybody unless its page says otherwise."""
    g.nav, person = "workstatus.index", current_person()
    columns, dues = queries.writable(db(), person), queries.open_dues(db(), person.unit_id)
    form = EntryForm() if request.method == "POST" else EntryForm(data=_beforehand(columns, dues))
    offer(form, columns, dues)
    if form.validate_on_submit():
        try:
            files = received(form)
            entry = operations.draft_entry(
                db(), person, form.title.data or "", form.text.data or "", column_id=form.column.data,
                due_id=form.due.data or None,
            )  # fmt: skip
            form.version.data = str(entry.item.version)
            save(form, entry.item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Everybody will read it unless you say otherwise."), "success")
            return redirect(url_for(".entry", item_id=entry.item_id), 303)
    page = render_template("workstatus/new.html", form=form, columns=columns, **upload_values())
    return page, 422 if form.errors else 200


def _beforehand(columns: list[WorkColumn], dues: Any) -> dict[str, Any]:
    """What stands in an empty form: the due item the address names, its title, the column that takes it."""
    asked = request.args.get("due", type=int)
    due: WorkDue | None = next((one for one in dues if one.id == asked), None)
    column = next((one for one in columns if one.takes == (due.kind if due else "")), None)
    title = f"{current_person().unit.short_name}{due.title}" if due else ""
    chosen = request.args.get("column", type=int) or (column.id if column else None)
    return {"due": due.id if due else 0, "title": title, "column": chosen}


@blueprint.get("/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def entry(item_id: int) -> str:
    """An entry, for its readers and for those who made it."""
    g.nav, person = "workstatus.index", current_person()
    found = queries.get_entry(db(), person, item_id)
    values = item_values(found.item, person)
    at = found.item.published_at
    page = render_template(
        "workstatus/entry.html",
        **values,
        entry=found,
        late=duties.days_late(found.due, at) if found.due and at else 0,
        form=_place_form(found) if values["may_edit"] else None,
    )
    note_reading(runtime(), found.item, person)
    return page


def _place_form(found: Any) -> PlaceForm:
    columns = list(queries.writable(db(), current_person()))
    if found.column not in columns:
        columns.append(found.column)
    dues = list(queries.open_dues(db(), found.item.holder_id))
    if found.due is not None and found.due not in dues:
        dues.append(found.due)
    form = PlaceForm(formdata=None, data={"column": found.column_id, "due": found.due_id or 0})
    offer(form, columns, dues)
    return form


@blueprint.post("/<int:item_id>/place")
@requires(Permission.CONTENT_WRITE)
def place(item_id: int) -> Response:
    """Put a draft into another column, or say anew what it is written for."""
    person = current_person()
    found = queries.get_inside(db(), person, item_id)
    form = PlaceForm()
    try:
        operations.place_entry(found, person, column_id=form.column.data, due_id=form.due.data or None)
    except Invalid as error:
        flash(say(error), "danger")
    else:
        flash(gettext("Column and purpose are kept."), "success")
    return redirect(url_for(".entry", item_id=item_id), 303)
