"""Pages of notices, direct deliveries and circulations."""

from portal.notices.views import notices, passing, receipts, writing
from portal.notices.views.blueprint import NAVIGATION, blueprint

__all__ = ["NAVIGATION", "blueprint", "notices", "passing", "receipts", "writing"]
