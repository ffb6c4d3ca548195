"""Forms of special reports."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from wtforms import DateTimeLocalField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.content.forms import ItemForm
from portal.core.clock import CITY_ZONE
from portal.reports.operations import LONGEST_TEXT
from portal.web.forms import PortalForm

SHAPES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


class TimeForm(PortalForm):
    """From when and until when the leaders see a report, as the city's clocks show it."""

    shown_from = DateTimeLocalField(_("Shown from"), [Optional()], format=SHAPES)
    shown_until = DateTimeLocalField(_("Shown until"), [Optional()], format=SHAPES)

    def times(self) -> dict[str, datetime | None]:
        """Both moments with their zone."""
        return {
            name: value.replace(tzinfo=CITY_ZONE) if (value := self[name].data) else None
            for name in ("shown_from", "shown_until")
        }


class ReportForm(ItemForm, TimeForm):
    """A new report: to which leaders, and when they see it."""

    leaders = SelectMultipleField(
        _("To these leaders"), coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )


class InstructionForm(PortalForm):
    """What a leader instructs, whom, and by when."""

    text = TextAreaField(_("Instruction"), [Length(max=LONGEST_TEXT)])
    unit = StringField(_("Unit that deals with it"), [Length(max=100)])
    person = StringField(_("Person"), [Length(max=60)])
    days = IntegerField(_("Working days for the result"))
