"""Who has read it and who has not, and reminding the latter."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from portal.content import policy
from portal.content import queries as items
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.content.views.blueprint import address_of
from portal.content.views.pages import unit_address, unit_asked
from portal.core.clock import to_city, today
from portal.core.errors import AlreadyDone, NotFound, Refused
from portal.core.permissions import Permission
from portal.notices import operations as acts
from portal.notices import receipts
from portal.notices.queries import HANDED_OVER, KINDS
from portal.notices.views.blueprint import INDEX, blueprint
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say


def reading_values(item: Item, person: Person) -> dict[str, Any]:
    """For the page of an item: how many have read it, for those who made it, once it is out."""
    shown = item.state == ItemState.PUBLISHED and policy.sees_inside(item, person)
    return {"totals": receipts.totals(db(), item) if shown else None}


@blueprint.get("/<int:item_id>/receipts", endpoint="receipts")
@requires(Permission.CONTENT_WRITE)
def receipts_page(item_id: int) -> str:
    """Who has read it and who hasn't, by person or, where there are many, by unit."""
    g.nav, person = INDEX, current_person()
    item = _made(item_id)
    totals, reminder = receipts.totals(db(), item), receipts.last_reminder(db(), item)
    after = request.args.get("after", 0, type=int)
    read = items.receipts(db(), item_id, after, limit=101)
    units, further = ([], False) if totals.by_person else receipts.by_unit(db(), item, unit_asked())
    last = unit_address(units[-1][1] - units[-1][2], units[-1][0].id) if further else None
    return render_template(
        "notices/receipts.html",
        item=item,
        back=address_of(item),
        totals=totals,
        units=units,
        further=url_for(".receipts", item_id=item_id, **last) if last else None,
        unread=receipts.unread_people(db(), item) if totals.by_person else [],
        read=read[:100],
        more=url_for(".receipts", item_id=item_id, after=read[99].person_id) if len(read) > 100 else None,
        reminder=reminder,
        may_remind=policy.may_withdraw(item, person) and totals.unread > 0,
        reminded_today=reminder is not None and to_city(reminder.at).date() == today(),
    )


@blueprint.post("/<int:item_id>/remind")
@requires(Permission.CONTENT_WRITE)
def remind(item_id: int) -> Response:
    """Put it on the desks of those who have not read it."""
    item = _made(item_id)
    try:
        count = acts.remind(item, current_person())
    except (AlreadyDone, Refused) as error:
        flash(say(error), "warning")
    else:
        flash(ngettext("%(num)s person is reminded.", "%(num)s people are reminded.", count), "success")
    return redirect(url_for(".receipts", item_id=item_id), 303)


def _made(item_id: int) -> Item:
    item = items.get_inside(db(), current_person(), item_id)
    if item.kind not in (*KINDS, *HANDED_OVER):
        raise NotFound(items.GONE)
    return item
