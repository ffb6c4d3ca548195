"""Pages of journals."""

from portal.journals.views import articles, issues, journals, reading
from portal.journals.views.blueprint import NAVIGATION, blueprint

__all__ = ["NAVIGATION", "articles", "blueprint", "issues", "journals", "reading"]
