"""Pages of help: disputes, consultations, downloads, training, the self-check."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.support.queries import disputes as queries
from portal.support.views import consultations, disputes, downloads, selfcheck, training
from portal.support.views.blueprint import blueprint
from portal.web.navigation import HELP, NavItem

__all__ = ["NAVIGATION", "blueprint", "consultations", "disputes", "downloads", "selfcheck", "training"]

NAVIGATION = [
    NavItem(
        N_("Help and downloads"), "help-circle", "support.downloads", (Permission.SUPPORT_VIEW,), order=80, group=HELP
    ),
    NavItem(
        N_("Disputes"),
        "message",
        "support.disputes",
        (Permission.SUPPORT_DISPUTE, Permission.SUPPORT_OVERSEE),
        order=81,
        count=queries.waiting_count,
        group=HELP,
    ),
]
