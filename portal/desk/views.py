"""The home page: the first screen of the day (M-9)."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.core.clock import now, to_city
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.desk import queries
from portal.exchange import inbox_checks
from portal.people import passwords
from portal.people.piles import Part
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import NavItem

blueprint = Blueprint("desk", __name__)
NAVIGATION = [NavItem(N_("Home"), "home", "desk.home", (Permission.DESK_VIEW,), order=0)]

GREETINGS = ((5, N_("Working late")), (12, N_("Good morning")), (18, N_("Good afternoon")), (24, N_("Good evening")))


@blueprint.get("/")
@requires(Permission.DESK_VIEW)
def home() -> str:
    """What must I do now, what is late, what is new."""
    person = current_person()
    days_left = passwords.days_left(person, runtime().rules)
    return render_template(
        "desk/home.html",
        desk=queries.desk_of(db(), person),
        parts=Part,
        neglected=inbox_checks.neglected_by(db(), person),
        greeting=greeting(to_city(now()).hour),
        password_days=days_left if days_left <= passwords.WARN_DAYS else None,
    )


def greeting(hour: int) -> str:
    """The msgid of the greeting at an hour of the day."""
    return next(text for until, text in GREETINGS if hour < until)
