"""The blueprint of journals and its place in the menu."""

from __future__ import annotations

from flask import Blueprint, g

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.journals import queries
from portal.web.navigation import INFORMATION, NavItem

blueprint = Blueprint("journals", __name__, url_prefix="/journals")
MAKERS = (Permission.CONTENT_PUBLISH, Permission.CONTENT_APPROVE)
NAVIGATION = [
    NavItem(N_("Journals"), "news", "journals.index", (Permission.CONTENT_VIEW,), 68, queries.unread, INFORMATION)
]


@blueprint.before_request
def _under_journals() -> None:
    """All of it stands under one entry of the menu."""
    g.nav = "journals.index"
