"""Pages that every kind of item shares: files, acts, readers, readership, groups."""

from portal.content.views import acts, addressees, groups, pages, scopes, taking, waiting
from portal.content.views.blueprint import blueprint

__all__ = ["acts", "addressees", "blueprint", "groups", "pages", "scopes", "taking", "waiting"]
