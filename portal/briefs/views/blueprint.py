"""The blueprint of government information, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext

from portal.core.permissions import Permission as P
from portal.web.access import current_person

blueprint = Blueprint("briefs", __name__, url_prefix="/briefs")


def tabs(current: str) -> list[tuple[str, str, bool, None]]:
    """The parts of the capability that the person may open, for the macro `tabs`."""
    g.nav = "briefs.index"
    person = current_person()
    writes, edits = person.may(P.CONTENT_WRITE) or person.may(P.CONTENT_APPROVE), person.may(P.BRIEFS_EDIT)
    parts = [
        ("index", gettext("Adopted"), True),
        ("desk", gettext("Editors’ desk"), edits),
        ("written", gettext("Reported by us"), writes),
        ("topic_list", gettext("Topics"), writes or edits),
        ("figures", gettext("Our figures"), writes),
        ("ranking", gettext("Ranking"), edits),
        ("points", gettext("Points"), writes or edits),
    ]
    return [(label, url_for(f"briefs.{name}"), name == current, None) for name, label, open_ in parts if open_]


def number(name: str) -> int | None:
    """A number in the address."""
    value: Any = request.args.get(name, type=int)
    return value
