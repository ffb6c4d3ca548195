"""Pages of requests."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.tasks import queries
from portal.tasks.views import assignment, lists, writing
from portal.tasks.views.blueprint import blueprint
from portal.web.navigation import INFORMATION, NavItem

NAVIGATION = [
    NavItem(
        N_("Task requests"), "checklist", "tasks.index", (Permission.CONTENT_VIEW,), 65, queries.waiting, INFORMATION
    )
]

__all__ = ["NAVIGATION", "assignment", "blueprint", "lists", "writing"]
