"""Reader scopes in words."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.content import readers
from portal.core.text import N_
from portal.people.roles import ROLE_LABELS
from portal.units.models import TIER_LABELS, UNIT_KIND_LABELS, Tier, UnitKind

CITYS_OWN = N_("the city's own units")


@dataclass(frozen=True)
class ScopeLine:
    """A line of a scope as a publisher reads it; `key` is what the form sends back."""

    key: str
    excluded: bool
    what: str
    who: str
    role: str


def lines(session: Session, scope: readers.Scope) -> list[ScopeLine]:
    """The scope in words, included sets first."""
    names = readers.names_for(session, (*scope.included, *scope.excluded))
    return [
        ScopeLine(str(key), excluded, key.of, _who(key, names), gettext(ROLE_LABELS[key.role]) if key.role else "")
        for keys, excluded in ((scope.included, False), (scope.excluded, True))
        for key in keys
    ]


def _who(key: readers.Key, names: dict[tuple[str, str], str]) -> str:
    match key.of:
        case "all":
            return gettext("Everybody")
        case "tier":
            return gettext(TIER_LABELS[Tier(key.value)])
        case "kind":
            return gettext(UNIT_KIND_LABELS[UnitKind(key.value)])
        case "district" if key.value == "0":
            return gettext(CITYS_OWN)
    name = names.get((key.of, key.value), gettext("(gone)"))
    return gettext("%(unit)s and the units below it", unit=name) if key.of == "under" else name
