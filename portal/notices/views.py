"""Pages of notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.reading import note_reading
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.pages import item_values
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.notices import operations as acts
from portal.notices import queries
from portal.notices.forms import NoticeForm
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import INFORMATION, NavItem

blueprint = Blueprint("notices", __name__, url_prefix="/notices")
NAVIGATION = [
    NavItem(N_("Notices"), "bell", "notices.index", (Permission.CONTENT_VIEW,), 60, queries.unread, INFORMATION)
]


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """Notices for me, newest first."""
    before, unread = _place(), request.args.get("unread") == "yes"
    rows, more = queries.received(db(), current_person(), before, unread=unread)
    last = rows[-1] if rows else None
    kept: dict[str, Any] = {"unread": "yes"} if unread else {}
    older = {**kept, "at": last.published_at.isoformat(), "id": last.id} if last and last.published_at else kept
    return render_template(
        "notices/index.html",
        rows=rows,
        read=items.read_ids(db(), current_person(), rows),
        pinned=queries.pinned(db(), current_person()) if before is None and not unread else [],
        unread=unread,
        newest=url_for(".index", **kept) if before else None,
        older=url_for(".index", **older) if more else None,
    )


def _place() -> items.Place | None:
    """Where the page begins, as the address says; nonsense is the beginning."""
    try:
        return datetime.fromisoformat(request.args["at"]), int(request.args["id"])
    except (KeyError, ValueError):
        return None


@blueprint.get("/written")
@requires(Permission.CONTENT_WRITE)
def written() -> str:
    """My notices and those of my unit, in every state."""
    g.nav = "notices.index"
    before = request.args.get("before", type=int)
    rows, more = queries.written(db(), current_person(), before)
    return render_template(
        "notices/written.html",
        rows=rows,
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".written") if before else None,
        older=url_for(".written", before=rows[-1].id) if more else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new() -> Any:
    """Write a notice; its readers and its publication follow on its page."""
    g.nav, person, form = "notices.index", current_person(), NoticeForm()
    if form.validate_on_submit():
        try:
            files = received(form)
            item = acts.draft_notice(
                db(),
                person,
                form.title.data or "",
                form.text.data or "",
                of_unit=form.of_unit.data == "unit",
                pinned=bool(form.pinned.data),
            )
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Say who may read it, then publish."), "success")
            return redirect(url_for("content.scope", item_id=item.id), 303)
    page = render_template("notices/new.html", form=form, speaks=acts.speaks_for_unit(person), **upload_values())
    return page, 422 if form.errors else 200


@blueprint.get("/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def notice(item_id: int) -> str:
    """A notice, for its readers and for those who made it."""
    g.nav, person = "notices.index", current_person()
    item = items.get_readable(db(), person, item_id, ItemKind.NOTICE)
    page = render_template("notices/notice.html", **item_values(item, person), of_unit=queries.is_of_unit(db(), item))
    note_reading(runtime(), item, person)
    return page
