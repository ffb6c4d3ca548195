"""The form that names an acting person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import today
from portal.people.delegations import LONGEST_REASON, Terms
from portal.people.models import Person
from portal.people.roles import ROLE_LABELS, Role
from portal.web.forms import PortalForm


class DelegationForm(PortalForm):
    """Whom, for which roles, from when to when, why."""

    delegate = SelectField(_("Acting person"), [InputRequired()], coerce=int)
    roles = SelectMultipleField(
        _("Roles"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), coerce=Role
    )
    first_day = DateField(_("First day"), [InputRequired()], default=today)
    last_day = DateField(_("Last day"), [InputRequired()])
    reason = StringField(_("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])

    def offer(self, people: Sequence[Person], roles: Collection[Role]) -> DelegationForm:
        """Put in who and what can be chosen."""
        self.delegate.choices = [(person.id, _described(person)) for person in people]
        self.roles.choices = [(role, gettext(ROLE_LABELS[role])) for role in Role if role in roles]
        return self

    @property
    def terms(self) -> Terms:
        """What was entered."""
        first, last, why = self.first_day.data, self.last_day.data, self.reason.data
        assert first is not None and last is not None
        return Terms(roles=list(self.roles.data or ()), first_day=first, last_day=last, reason=why or "")


class UnitDelegationForm(DelegationForm):
    """The same by the head of the unit, for a person of it."""

    principal = SelectField(_("In place of"), [InputRequired()], coerce=int)

    def offer_principals(self, people: Sequence[Person]) -> None:
        """Put in for whom somebody can be named."""
        self.principal.choices = [(person.id, _described(person)) for person in people]


def _described(person: Person) -> str:
    more: list[Any] = [part for part in (person.division, person.title) if part]
    return f"{person.name}（{' '.join(more)}）" if more else person.name
