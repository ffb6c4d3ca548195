"""The blueprint of disclosure, its entry in the menu, and the tabs of its pages."""

from __future__ import annotations

from flask import Blueprint, g, url_for
from flask_babel import gettext

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.disclosure import request_queries
from portal.web.access import current_person
from portal.web.navigation import INFORMATION, NavItem

blueprint = Blueprint("disclosure", __name__)
INSIDE = (P.CONTENT_WRITE, P.DISCLOSURE_HANDLE, P.DISCLOSURE_CONSENT, P.DISCLOSURE_MANAGE)
HANDLERS = (P.DISCLOSURE_HANDLE, P.DISCLOSURE_CONSENT)
NAVIGATION = [NavItem(N_("Disclosure"), "world", "disclosure.index", INSIDE, 140, request_queries.waiting, INFORMATION)]
TABS = (
    ("disclosure.index", N_("Items"), INSIDE),
    ("disclosure.requests", N_("Requests"), HANDLERS),
    ("disclosure.complaints", N_("Complaints"), (P.DISCLOSURE_MANAGE,)),
    ("disclosure.surveys", N_("Questionnaires"), HANDLERS),
    ("disclosure.reports", N_("Figures and reports"), HANDLERS),
    ("disclosure.catalogue", N_("Catalogue"), INSIDE),
    ("disclosure.guide", N_("Guide"), HANDLERS),
)


def tabs_of(endpoint: str) -> list[tuple[str, str, bool, None]]:
    """The tabs the person may open, for the macro."""
    g.nav = "disclosure.index"
    person = current_person()
    return [
        (gettext(label), url_for(name), name == endpoint, None)
        for name, label, permissions in TABS
        if any(person.may(permission) for permission in permissions)
    ]
