"""Pages of government information."""

from portal.briefs import queries
from portal.briefs.views import editing, figures, pages, topics
from portal.briefs.views.blueprint import blueprint
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.web.navigation import INFORMATION, NavItem

__all__ = ["NAVIGATION", "blueprint", "editing", "figures", "pages", "topics"]

NAVIGATION = [
    NavItem(
        N_("Government information"), "file-text", "briefs.index", (Permission.CONTENT_VIEW,), 65, queries.waiting,
        INFORMATION,
    )
]  # fmt: skip
