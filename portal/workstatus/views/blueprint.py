"""The blueprint all pages of work status belong to, and the ways between them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext

from portal.core.permissions import Permission as P
from portal.web.access import current_person
from portal.workstatus import policy

blueprint = Blueprint("workstatus", __name__, url_prefix="/work-status")
WRITERS = (P.CONTENT_WRITE, P.CONTENT_APPROVE)


def ways(current: str) -> list[tuple[str, str, bool, Any]]:
    """The tabs on top, by what the reader may do."""
    g.nav = "workstatus.index"
    person = current_person()
    found = [
        ("index", gettext("To read"), url_for("workstatus.index"), True),
        ("written", gettext("Written by us"), url_for("workstatus.written"), person.may(P.CONTENT_WRITE)),
        ("duties", gettext("Owed by us"), url_for("workstatus.duties"), policy.writes(person)),
        ("board", gettext("Who has published"), url_for("workstatus.board"), person.may(P.WORKSTATUS_OVERSEE)),
        ("columns", gettext("Work columns"), url_for("workstatus.columns"), policy.keeps_columns(person)),
    ]
    return [(label, url, key == current, None) for key, label, url, open_ in found if open_]
