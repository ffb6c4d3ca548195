"""Pages of work status: entries, columns, and the board."""

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.web.navigation import INFORMATION, NavItem
from portal.workstatus import queries
from portal.workstatus.views import board, columns, entries, exports, units
from portal.workstatus.views.blueprint import blueprint

__all__ = ["NAVIGATION", "blueprint", "board", "columns", "entries", "exports", "units"]

NAVIGATION = [
    NavItem(
        N_("Work status"),
        "activity",
        "workstatus.index",
        (Permission.CONTENT_VIEW,),
        65,
        queries.owed_count,
        INFORMATION,
    )
]
