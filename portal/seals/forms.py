"""Forms of applying for seals, deciding, freezing, and of the ceremony room."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.people.forms import ProofForm
from portal.people.models import Person
from portal.seals.applications import OPINION_LIMIT
from portal.web.forms import PortalForm

ANY, APART = "any", "apart"


class ApplicationForm(PortalForm):
    """What a unit says when it applies; the faces follow from its name and kind alone (S-2)."""

    reason = TextAreaField(_("Reason"), [InputRequired(), Length(max=OPINION_LIMIT)])
    custodians = SelectMultipleField(
        _("Custodians of the signature seal"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    arrangement = RadioField(_("How they act"), default=ANY)
    password_holders = SelectMultipleField(
        _("Holders of the seal password"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    holders = SelectMultipleField(
        _("Holders of the verification seal"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput()
    )
    threshold = IntegerField(_("Custodians who must act together"), [InputRequired()], default=1)

    def offer(
        self, custodians: Sequence[Person], holders: Sequence[Person], password_holders: Sequence[Person]
    ) -> None:
        """The people to choose from; a single one is chosen already."""
        for field, people in ((self.custodians, custodians), (self.holders, holders)):
            field.choices = [(person.id, _described(person)) for person in people]
            if not self.is_submitted() and len(people) == 1:
                field.data = [people[0].id]
        self.arrangement.choices = [
            (ANY, gettext("Any of them, as many together as stated below")),
            (APART, gettext("Carrier and password kept apart: one who keeps each must act")),
        ]
        self.password_holders.choices = [(person.id, _described(person)) for person in password_holders]

    def validate_password_holders(self, field: SelectMultipleField) -> None:
        """Named where, and only where, carrier and password are kept apart."""
        apart = self.arrangement.data == APART
        if apart and not field.data:
            raise ValidationError(gettext("Name at least one person who keeps the password."))
        if field.data and not apart:
            raise ValidationError(gettext("Password holders act only where carrier and password are kept apart."))


def _described(person: Person) -> str:
    where = " ".join(part for part in (person.division, person.title) if part)
    return gettext("%(name)s (%(post)s)", name=person.name, post=where) if where else person.name


class OpinionForm(PortalForm):
    """An opinion, required with every decision (the operation says so)."""

    opinion = TextAreaField(_("Opinion"))


class FreezeForm(PortalForm):
    """Why a seal is suspended."""

    reason = TextAreaField(_("Reason"))


class TakeBackForm(PortalForm):
    """What the unit handed back."""

    note = StringField(_("What was handed over, and by whom"), [InputRequired(), Length(max=200)])


class SeatForm(ProofForm):
    """An operator takes the seat."""

    code = StringField(_("Code of your second factor"), [Length(max=12)])


class UnitSeatForm(SeatForm):
    """The unit's representative takes the seat, having compared what will be made."""

    compared = BooleanField(
        _("I have compared what will be done, name by name, with what was applied for."),
        [InputRequired(_("Compare first, then tick this box."))],
    )


class ShareForm(PortalForm):
    """A share as the browser encrypted it; what is typed has no name and never leaves the browser."""

    share = HiddenField()


class AbortForm(PortalForm):
    """Why the ceremony is stopped."""

    why = StringField(_("Reason"), [Length(max=200)])
