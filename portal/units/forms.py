"""Forms of the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from portal.core.clock import today
from portal.units.groups import LONGEST_NAME
from portal.units.keeping import MOST_CONTACTS, Named
from portal.units.models import (
    DOCUMENT_CLASS_LABELS,
    MODE_LABELS,
    ContactKind,
    Unit,
    UnitContact,
)
from portal.web.forms import PortalForm

PLACES = {ContactKind.LEADER: 1, ContactKind.CLERK: MOST_CONTACTS, ContactKind.TECHNICAL: 1}
LONGEST = {"name": 40, "post": 60, "phone": 40}


class EntryForm(PortalForm):
    """How one reaches the unit; the people it names come as `<kind>-<place>-<field>` (see `named`)."""

    phone = StringField(lazy_gettext("Telephone"), [Length(max=40)])
    address = StringField(lazy_gettext("Address"), [Length(max=120)])


def entered(posted: dict[str, str]) -> list[Named]:
    """The people as they were typed in."""
    return [
        Named(
            kind, *(" ".join(posted.get(f"{kind}-{place}-{name}", "").split())[:most] for name, most in LONGEST.items())
        )
        for kind, places in PLACES.items()
        for place in range(1, places + 1)
    ]


def boxes(contacts: list[UnitContact] | list[Named]) -> list[dict[str, Any]]:
    """The boxes of the form: every place with what is in it."""
    waiting = {kind: [item for item in contacts if item.kind == kind] for kind in ContactKind}
    rows = []
    for kind, places in PLACES.items():
        for place in range(1, max(places, len(waiting[kind])) + 1):
            held = waiting[kind][place - 1] if place <= len(waiting[kind]) else Named(kind, "")
            rows.append({"kind": kind, "place": place, "name": held.name, "post": held.post, "phone": held.phone})
    return rows


class ScopeForm(PortalForm):
    """How documents of a class travel, from a day on."""

    document_class = SelectField(lazy_gettext("Class of documents"), [InputRequired()])
    mode = SelectField(lazy_gettext("Way"), [InputRequired()])
    since = DateField(lazy_gettext("From the day"), [InputRequired()])

    @classmethod
    def fresh(cls) -> ScopeForm:
        """The form with its choices; from today on unless another day is chosen."""
        form = cls(since=today())
        form.document_class.choices = [(str(key), gettext(label)) for key, label in DOCUMENT_CLASS_LABELS.items()]
        form.mode.choices = [(str(key), gettext(label)) for key, label in MODE_LABELS.items()]
        return form

    @property
    def day(self) -> date:
        """The day entered."""
        chosen: date = self.since.data
        return chosen


class ManyForm(ScopeForm):
    """The same for many units at once."""

    units = SelectField(lazy_gettext("For which units"), [InputRequired()])


class GroupForm(PortalForm):
    """The name of a group."""

    name = StringField(lazy_gettext("Name of the group"), [InputRequired(), Length(max=LONGEST_NAME)])


def unit_names(units: list[Unit]) -> list[tuple[int, str]]:
    """Choices of units."""
    return [(unit.id, unit.name) for unit in units]
