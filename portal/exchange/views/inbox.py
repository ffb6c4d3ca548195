"""The inbox 收文: tabs, filters, and the selected document beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext

from portal.core.permissions import Permission
from portal.documents.kinds import KINDS
from portal.exchange import claiming, listing, paper, queries
from portal.exchange.inbox_check_views import note_visit, own_record
from portal.exchange.lifecycle import STATE_LABELS
from portal.exchange.listing import Filter, Row, Tab
from portal.exchange.models import Delivery
from portal.exchange.views import presentation
from portal.exchange.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/inbox")
@requires(Permission.EXCHANGE_VIEW, notes=True)
def inbox() -> str:
    """What has arrived at the reader's unit; a clerk's visit is its look at the inbox (EE11)."""
    note_visit()
    tab = listing.tab_named(request.args.get("tab", ""))
    wanted = filter_from_address()
    rows, more = listing.inbox(db(), current_person(), tab, wanted)
    here = _address(tab, wanted)
    selected = _selected(rows)
    return render_template(
        "exchange/inbox.html",
        tab=tab,
        tabs=_tabs(tab),
        rows=rows,
        wanted=wanted,
        here=here,
        older=url_for("exchange.inbox", **here, before=rows[-1].delivery.id) if more else None,
        newest=url_for("exchange.inbox", **here) if wanted.before else None,
        kinds=[(kind.code, kind.name) for kind in KINDS.values()],
        claims=[(key, gettext(label)) for key, label in listing.CLAIMS.items()],
        record=own_record(),
        units=listing.senders(db(), current_person()),
        selected=selected,
        claims_it=lambda item: claiming.is_held_by(item, current_person()),
        one_way_only=paper.flag_count(db(), current_person()),
        timeline=presentation.timeline(db(), selected) if selected else [],
        labels=STATE_LABELS,
        look=presentation,
    )


def filter_from_address() -> Filter:
    """The filters as the address has them."""
    return Filter(
        text=request.args.get("text", "").strip()[:100],
        kind=request.args.get("kind", ""),
        unit=request.args.get("unit", type=int),
        claim=request.args.get("claim", ""),
        before=request.args.get("before", type=int),
    )


def _address(tab: Tab, wanted: Filter) -> dict[str, Any]:
    return {
        "tab": tab.key,
        "text": wanted.text or None,
        "kind": wanted.kind or None,
        "unit": wanted.unit,
        "claim": wanted.claim or None,
    }


def _tabs(current: Tab) -> list[tuple[str, str, bool, str | None]]:
    counts = listing.counts(db(), current_person())

    def shown(tab: Tab) -> str | None:
        count = counts.get(tab.key)
        return None if count is None else f"{listing.COUNT_LIMIT}+" if count > listing.COUNT_LIMIT else str(count)

    return [(tab.label, url_for("exchange.inbox", tab=tab.key), tab is current, shown(tab)) for tab in listing.TABS]


def _selected(rows: Sequence[Row]) -> Delivery | None:
    """The delivery shown beside the list: the chosen one, else the first."""
    if chosen := request.args.get("selected", type=int):
        return queries.get_for(db(), current_person(), chosen)
    return rows[0].delivery if rows else None
