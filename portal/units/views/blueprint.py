"""The blueprint all pages of units belong to, and what they share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext

from portal.core.permissions import Permission as P
from portal.units import groups
from portal.web.access import current_person

blueprint = Blueprint("units", __name__, url_prefix="/units")


def tabs(current: str) -> list[tuple[str, str, bool, Any]]:
    """The ways from the register, by what the reader may do."""
    g.nav = "units.index"
    person = current_person()
    ways = [("register", gettext("The register"), url_for("units.index"), True)]
    sees_gaps = person.may(P.UNITS_MAINTAIN)
    ways.append(("gaps", gettext("Units with gaps"), url_for("units.index", gaps=1), sees_gaps))
    ways.append(("groups", gettext("Address groups"), url_for("units.address_groups"), True))
    ways.append(("scope", gettext("Paper or electronic"), url_for("units.scope"), person.may(P.UNITS_SCOPE)))
    return [(label, url, key == current, None) for key, label, url, open_ in ways if open_]


def may_make_groups() -> bool:
    """Whether the reader may begin a group at all."""
    return groups.may_make(current_person()) or current_person().may(P.UNITS_SCOPE)
