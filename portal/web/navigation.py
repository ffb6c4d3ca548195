"""The side navigation: each capability offers its entries, a person sees those their permissions open."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.web.access import person_or_none
from portal.web.database import db, runtime
from portal.web.shortcuts import gettext, url_for

# Headings of the menu in their order; the daily work stands above them without one.
INFORMATION = N_("Information exchange")
REGISTER = N_("Units and people")
HELP = N_("Help")
GROUPS = ("", INFORMATION, REGISTER, HELP)

Count = Callable[[Any], ColumnElement[int]]
"""What waits for a person, as an expression: the counts of all entries are one statement."""


@dataclass(frozen=True)
class NavItem:
    """An entry: msgid, icon name, endpoint, the permissions that open it, place, and what waits there."""

    label: str
    icon: str
    endpoint: str
    permissions: tuple[Permission, ...]
    order: int
    count: Count | None = None
    group: str = ""
    """Msgid of the heading it stands under, one of those below."""


@dataclass(frozen=True)
class NavLink:
    """An entry as drawn."""

    label: str
    icon: str
    url: str
    count: int
    current: bool
    group: str


def install(app: Any, items: Iterable[NavItem], asker_of: Callable[[Session, Any], Hashable]) -> None:
    """Keep the entries in their order; `asker_of` tells all that the counts of a person may depend on."""
    app.extensions["navigation asker"] = asker_of
    app.extensions["navigation"] = tuple(sorted(items, key=lambda item: (GROUPS.index(item.group), item.order)))


def navigation() -> list[NavLink]:
    """The entries of the person who calls, with counts."""
    person = person_or_none()
    if person is None or g.identity.detour:
        return []
    items: tuple[NavItem, ...] = current_app.extensions["navigation"]
    named = {permission for item in items for permission in item.permissions}
    opened = {permission for permission in named if person.may(permission)}
    entries = [item for item in items if not opened.isdisjoint(item.permissions)]
    counts = _counts(person, entries)
    return [
        NavLink(
            label=gettext(item.label),
            icon=item.icon,
            url=url_for(item.endpoint),
            count=counts.get(item.endpoint, 0),
            current=_is_current(item),
            group=gettext(item.group) if item.group else "",
        )
        for item in entries
    ]


def _counts(person: Any, entries: Sequence[NavItem]) -> dict[str, int]:
    counted = [(item.endpoint, item.count) for item in entries if item.count]
    if not counted:
        return {}
    key = ("menu", current_app.extensions["navigation asker"](db(), person))
    counts, _ = runtime().prepared.ask(db(), key, lambda: (select(*(count(person) for _, count in counted)), None))
    return dict(zip((endpoint for endpoint, _ in counted), counts.one(), strict=True))


def _is_current(item: NavItem) -> bool:
    return request.endpoint == item.endpoint or g.get("nav") == item.endpoint
