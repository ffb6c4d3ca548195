"""Pages of the exchange: 收文 on the recipient's side, sending and its watch on the sender's."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.exchange import listing
from portal.exchange.views import copies, inbox, paper, receiving, sending, watch
from portal.exchange.views.blueprint import blueprint
from portal.web.navigation import NavItem

__all__ = ["NAVIGATION", "blueprint", "copies", "inbox", "paper", "receiving", "sending", "watch"]

NAVIGATION = [
    NavItem(
        N_("Incoming documents"),
        "inbox",
        "exchange.inbox",
        (Permission.EXCHANGE_VIEW,),
        order=20,
        count=listing.waiting_count,
    ),
    NavItem(N_("Sent documents"), "send", "exchange.sent", (Permission.DOCUMENTS_VIEW,), order=21),
]
