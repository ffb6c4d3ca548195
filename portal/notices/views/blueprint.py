"""The blueprint of notices and its place in the menu."""

from __future__ import annotations

from flask import Blueprint

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.notices import queries
from portal.web.navigation import INFORMATION, NavItem

blueprint = Blueprint("notices", __name__, url_prefix="/notices")
NAVIGATION = [
    NavItem(N_("Notices"), "bell", "notices.index", (Permission.CONTENT_VIEW,), 60, queries.unread, INFORMATION)
]
INDEX = "notices.index"
