"""Forms of work status."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.content.forms import ItemForm
from portal.web.forms import PortalForm
from portal.workstatus.models import DUE_LABELS, NAME_LENGTH, REASON_LENGTH, WorkColumn, WorkDue, Writers

WRITER_LABELS = {
    Writers.ALL: _("Every unit"),
    Writers.OWNER: _("The unit that keeps the column"),
    Writers.BELOW: _("That unit and those below it"),
}


class PlaceForm(PortalForm):
    """In which column an entry stands, and what it is written for."""

    column = SelectField(_("Work column"), coerce=int, validate_choice=False)
    due = SelectField(_("Written for"), coerce=int, validate_choice=False, default=0)


class EntryForm(ItemForm):
    """A new entry."""

    column = SelectField(_("Work column"), coerce=int, validate_choice=False)
    due = SelectField(_("Written for"), coerce=int, validate_choice=False, default=0)


def offer(form: PlaceForm | EntryForm, columns: Sequence[WorkColumn], dues: Sequence[WorkDue]) -> None:
    """Fill the choices of columns and due items."""
    form.column.choices = [SelectChoice(column.id, column.name) for column in columns]
    nothing = SelectChoice(0, _("Nothing that is due: an entry of its own"))
    form.due.choices = [nothing, *(SelectChoice(due.id, due.title) for due in dues)]


class ColumnForm(PortalForm):
    """A column."""

    name = StringField(_("Name of the column"), [InputRequired(), Length(max=NAME_LENGTH)])
    writers = RadioField(_("Who writes in it"), validate_choice=False)
    takes = SelectField(
        _("Chosen beforehand for"),
        choices=[
            SelectChoice("", _("nothing that is due")),
            *(SelectChoice(str(kind), _(label)) for kind, label in DUE_LABELS.items()),
        ],
        validate_choice=False,
    )

    def offer(self, *, of_the_city: bool) -> None:
        """Who can be chosen: of the city's columns every unit or the office, of a unit's itself or those below."""
        choices = (Writers.ALL, Writers.OWNER) if of_the_city else (Writers.OWNER, Writers.BELOW)
        labels = WRITER_LABELS | {Writers.OWNER: _("The municipal office")} if of_the_city else WRITER_LABELS
        self.writers.choices = [SelectChoice(str(one), labels[one]) for one in choices]
        if self.writers.data is None:
            self.writers.data = str(choices[0])


class ExemptionForm(PortalForm):
    """A unit that owes nothing for a while."""

    first_on = DateField(_("From the day"), [InputRequired()])
    last_on = DateField(_("Until"), [InputRequired()])
    reason = StringField(_("Reason"), [InputRequired(), Length(max=REASON_LENGTH)])
