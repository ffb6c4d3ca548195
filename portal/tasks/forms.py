"""Forms of requests. Each act has fields of its own, so that several acts can stand on one page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from portal.content.forms import ItemForm
from portal.people.models import Person
from portal.tasks.handling import LONGEST_REPLY
from portal.tasks.operations import LONGEST_REASON
from portal.web.forms import PortalForm


class TaskForm(ItemForm):
    """A request: what, how long, handed down by whom, about which document."""

    days = IntegerField(_("Limit in working days"), [InputRequired()])
    instructed_by = StringField(_("Leader who handed it down"), [Length(max=60)])
    number = StringField(_("Number of the document it is about"), [Length(max=60)])


class ReceiverForm(PortalForm):
    """One more receiver: a unit, or one of its people."""

    unit = StringField(_("Unit"), [InputRequired(), Length(max=100)])
    person = StringField(_("Person"), [Length(max=60)])


class CancelForm(PortalForm):
    """Why the whole request is called off."""

    cancel_reason = TextAreaField(_("Reason for cancelling"), [Length(max=LONGEST_REASON)])


class ActForm(PortalForm):
    """Everything that either side may fill in on the page of an assignment."""

    reply = TextAreaField(_("Reply"), [Length(max=LONGEST_REPLY)])
    files = MultipleFileField(_("Attach files"))
    assignee = SelectField(_("Who deals with it"), coerce=int, validate_choice=False)
    assign_reason = TextAreaField(_("Reason for the change"), [Length(max=LONGEST_REASON)])
    until = DateField(_("New limit asked for"), [MayBeEmpty()])
    why = TextAreaField(_("Why more time is needed"), [Length(max=LONGEST_REASON)])
    delay = TextAreaField(_("Why it is delayed, and until when"), [Length(max=LONGEST_REASON)])
    new_until = DateField(_("New limit"), [MayBeEmpty()])
    decision = TextAreaField(_("Reason for the decision"), [Length(max=LONGEST_REASON)])
    again = TextAreaField(_("What is missing"), [Length(max=LONGEST_REASON)])
    again_until = DateField(_("New limit for the reply"), [MayBeEmpty()])
    cancel_reason = TextAreaField(_("Reason for cancelling"), [Length(max=LONGEST_REASON)])

    def offer(self, people: Sequence[Person]) -> ActForm:
        """Put in who can deal with it."""
        self.assignee.choices = [SelectChoice(one.id, _described(one)) for one in people]
        return self

    def incoming(self) -> list[Any]:
        """The files that were chosen."""
        chosen = [item for item in self.files.data or () if getattr(item, "filename", "")]
        return [(item.stream, item.filename) for item in chosen]


def _described(person: Person) -> str:
    more = " ".join(part for part in (person.division, person.title) if part)
    return f"{person.name}（{more}）" if more else person.name
