"""Pages of the register of units 单位名录."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.units.views import export, groups, register, scope
from portal.units.views.blueprint import blueprint
from portal.web.navigation import REGISTER, NavItem

__all__ = ["NAVIGATION", "blueprint", "export", "groups", "register", "scope"]

NAVIGATION = [
    NavItem(
        N_("Register of units"), "building-bank", "units.index", (Permission.UNITS_VIEW,), order=10, group=REGISTER
    ),
]
