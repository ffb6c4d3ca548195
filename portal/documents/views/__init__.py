"""Pages of outgoing documents 发文."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.documents import listing
from portal.documents.views import drafting, files, finishing, reading, reviewing
from portal.documents.views.blueprint import blueprint
from portal.web.navigation import NavItem

__all__ = ["NAVIGATION", "blueprint", "drafting", "files", "finishing", "reading", "reviewing"]

NAVIGATION = [
    NavItem(N_("Outgoing documents"), "file-text", "documents.index", (Permission.DOCUMENTS_VIEW,), order=10),
    NavItem(
        N_("Waiting for my decision"),
        "checklist",
        "documents.waiting",
        (Permission.DOCUMENTS_REVIEW, Permission.DOCUMENTS_ISSUE),
        order=11,
        count=listing.waiting_count,
    ),
]
