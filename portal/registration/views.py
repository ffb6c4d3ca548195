"""Pages of registration: applications to join, from outside and at the reviewers' desks."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.registration import application_views, applications_queries, applying_views
from portal.registration.blueprint import blueprint
from portal.web.navigation import REGISTER, NavItem

__all__ = ["NAVIGATION", "application_views", "applying_views", "blueprint"]

NAVIGATION = [
    NavItem(
        N_("Registration of units"),
        "building",
        "registration.applications",
        (Permission.REGISTRATION_ENTER, Permission.REGISTRATION_REVIEW),
        order=61,
        count=applications_queries.waiting_count,
        group=REGISTER,
    ),
]
