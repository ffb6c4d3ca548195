"""Notices and what was handed to me, what we wrote, and the page of a notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, request, url_for

from portal.content import queries as items
from portal.content.kinds import KINDS, ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.reading import note_reading
from portal.content.views.pages import item_values, place_address, place_asked
from portal.core.permissions import Permission
from portal.notices import queries
from portal.notices.views.blueprint import INDEX, blueprint
from portal.notices.views.receipts import reading_values
from portal.web.access import current_person, requires
from portal.web.database import db, runtime


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """Notices for me, newest first."""
    fresh = request.args.get("unread") != "yes" and "at" not in request.args
    shown = queries.first(db(), current_person()) if fresh else []
    return _list("notices/index.html", queries.KINDS, first=shown)


@blueprint.get("/passed")
@requires(Permission.CONTENT_VIEW)
def passed() -> str:
    """What was delivered or circulated to me, newest first."""
    g.nav = INDEX
    return _list("notices/passed.html", queries.HANDED_OVER, rules_of=KINDS)


def _list(template: str, kinds: Sequence[ItemKind], **more: Any) -> str:
    before, unread = place_asked(), request.args.get("unread") == "yes"
    page = queries.received(db(), current_person(), kinds, before, unread=unread)
    here = request.endpoint or INDEX
    kept: dict[str, Any] = {"unread": "yes"} if unread else {}
    return render_template(
        template,
        rows=page.rows,
        read=items.read_ids(db(), current_person(), page.rows),
        unread=unread,
        newest=url_for(here, **kept) if before else None,
        older=url_for(here, **kept, **place_address(page.older)) if page.older else None,
        **more,
    )


@blueprint.get("/written")
@requires(Permission.CONTENT_WRITE)
def written() -> str:
    """My notices, deliveries and circulations, and the notices of my unit, in every state."""
    g.nav = INDEX
    before = request.args.get("before", type=int)
    rows, more = queries.written(db(), current_person(), before)
    return render_template(
        "notices/written.html",
        rows=rows,
        kinds=KINDS,
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".written") if before else None,
        older=url_for(".written", before=rows[-1].id) if more else None,
    )


@blueprint.get("/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def notice(item_id: int) -> str:
    """A notice, for its readers and for those who made it."""
    g.nav, person = INDEX, current_person()
    item = items.get_readable(db(), person, item_id, ItemKind.NOTICE)
    values = item_values(item, person)
    page = render_template(
        "notices/notice.html",
        v=values,
        **values,
        **reading_values(item, person),
        of_unit=queries.is_of_unit(db(), item),
    )
    note_reading(runtime(), item, person)
    return page
