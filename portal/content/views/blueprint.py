"""The blueprint of what items share, and the way back to an item's own page."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from portal.content.kinds import kind_of
from portal.content.models import Item

blueprint = Blueprint("content", __name__, url_prefix="/items")


def address_of(item: Item) -> str:
    """The page of an item, in the capability of its kind."""
    return url_for(kind_of(item.kind).endpoint, item_id=item.id)


def back_to(item: Item) -> Response:
    """After an act: the page of the item."""
    return redirect(address_of(item), 303)
