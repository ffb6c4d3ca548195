"""Files and pages of an item, its preview while it is written, and who has read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, request, url_for

from portal.content import feeds, policy, queries, texts, words
from portal.content.kinds import ItemKind, kind_of
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.models import Item
from portal.content.readers import Scope
from portal.content.seen import seen
from portal.content.views.blueprint import address_of, blueprint
from portal.core.db import session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored


def item_values(item: Item, person: Person) -> dict[str, Any]:
    """What the macros of `macros/item.html` need for an item on a page of any kind; `acts`: what `item_acts` takes."""
    apart = kind_of(item.kind).withdraw
    acts = {
        "item": item,
        "state": (ITEM_LABELS[ItemState(item.state)], ITEM_TONES[ItemState(item.state)]),
        "inside": policy.sees_inside(item, person),
        "may_edit": policy.may_edit(item, person),
        "may_approve": policy.may_approve(item, person),
        "may_publish": policy.may_publish(item, person),
        "may_withdraw": policy.may_withdraw(item, person),
        "may_set_readers": policy.may_set_readers(item, person),
        "is_author": policy.is_author(item, person),
        "edit_url": url_for(kind_of(item.kind).edit, item_id=item.id),
        "readership_url": url_for(kind_of(item.kind).readership, item_id=item.id),
        "withdraws_apart": apart is not None,
        "withdraw_url": url_for(apart, item_id=item.id) if apart else _act(item, "withdraw"),
        "seen": None,
        "for_readers": [],
    }
    if acts["may_approve"] or acts["may_publish"]:
        acts["seen"] = seen(item)
    if acts["may_approve"] and kind_of(item.kind).chosen_readers:
        acts["for_readers"] = words.lines(session_of(item), Scope.of(item))
    return {**acts, "acts": acts, "body": texts.html(item.text)}


def place_address(place: feeds.Place) -> dict[str, Any]:
    """The part of an address that says where a page begins."""
    return {"at": place[0].isoformat(), "id": place[1]}


def unit_address(figure: int, unit_id: int) -> dict[str, Any]:
    """The part of an address that says after which unit a page begins."""
    return {"figure": figure, "unit": unit_id}


def unit_asked() -> queries.UnitPlace | None:
    """Where a page of units begins, as the address says."""
    figure, unit = (request.args.get(name, type=int) for name in ("figure", "unit"))
    return (figure, unit) if figure is not None and unit is not None else None


def place_asked() -> feeds.Place | None:
    """Where a page of a feed begins, as the address says; nonsense is the beginning."""
    try:
        at, last = datetime.fromisoformat(request.args["at"]), int(request.args["id"])
    except (KeyError, ValueError):
        return None
    return (at, last) if at.tzinfo else None


def _act(item: Item, act: str) -> str:
    return url_for("content.do", item_id=item.id, act=act)


@blueprint.get("/<int:item_id>/files/<int:file_id>")
@requires(Permission.CONTENT_VIEW)
def file(item_id: int, file_id: int) -> Any:
    """A file of an item the person may see."""
    found = queries.get_file(db(), current_person(), item_id, file_id)
    return send_stored(found.digest, found.media_type, found.name)


@blueprint.get("/<int:item_id>/pdf")
@requires(Permission.CONTENT_VIEW)
def pdf(item_id: int) -> Any:
    """The pages of an item as a PDF, once the worker has set them."""
    item = db().get(Item, item_id)
    if item is None or item.pdf_digest is None or not queries.may_read(db(), current_person(), item):
        raise NotFound(queries.GONE)
    return send_stored(item.pdf_digest, "application/pdf", f"{item.title}.pdf")


@blueprint.post("/preview")
@requires(Permission.CONTENT_VIEW)
def preview() -> str:
    """How a text will look, while it is written."""
    return render_template("content/preview.html", body=texts.html(request.form.get("text", "")[: texts.LONGEST_TEXT]))


@blueprint.get("/<int:item_id>/readership")
@requires(Permission.CONTENT_VIEW)
def readership(item_id: int) -> str:
    """Who has read it, by unit and by person; for those who make it."""
    item = queries.get_inside(db(), current_person(), item_id)
    after = request.args.get("after", 0, type=int)
    receipts = queries.receipts(db(), item_id, after, limit=101)
    more = receipts[100:] and url_for(".readership", item_id=item_id, after=receipts[99].person_id)
    units, further = queries.readership(db(), item_id, unit_asked())
    last = unit_address(units[-1][1], units[-1][0].id) if further else None
    return render_template(
        "content/readership.html",
        item=item,
        back=address_of(item),
        units=units,
        further=url_for(".readership", item_id=item_id, **last) if last else None,
        receipts=receipts[:100],
        more=more,
        kind=ItemKind(item.kind),
    )
