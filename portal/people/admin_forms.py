"""Forms of administrators, and of confirming a mobile number."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.people.roles import ROLE_LABELS, Role
from portal.units.models import Unit
from portal.web.forms import PortalForm


def role_choices(roles: Sequence[Role]) -> list[tuple[str, str]]:
    """Roles as choices, in the reader's language."""
    from flask_babel import gettext

    return [(role.value, gettext(ROLE_LABELS[role])) for role in roles]


class ChangeForm(PortalForm):
    """What is known of a person."""

    name = StringField(_("Full name"), [InputRequired(), Length(max=40)])
    identity = StringField(_("Identity number"), [Length(max=24)])
    division = StringField(_("Division"), [Length(max=60)])
    title = StringField(_("Post"), [Length(max=60)])
    mobile = StringField(_("Mobile number"), [Length(max=20)])


class OpenForm(ChangeForm):
    """A new account."""

    unit = SelectField(_("Unit"), coerce=int)
    account = StringField(_("Account"), [InputRequired(), Length(max=40)])
    identity = StringField(_("Identity number"), [InputRequired(), Length(max=24)])
    roles = SelectMultipleField(_("Roles"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))

    def offer(self, units: Sequence[Unit], roles: Sequence[Role]) -> None:
        """Set what can be chosen."""
        self.unit.choices = [(unit.id, unit.name) for unit in units]
        self.roles.choices = role_choices(roles)


class RoleForm(PortalForm):
    """A role to give."""

    role = SelectField(_("Role"))


class HeadshipForm(PortalForm):
    """What a filing about the head of the unit rests on, or why the office refuses it."""

    reason = TextAreaField(_("Reason and basis"), [InputRequired(), Length(max=200)])


class LeaveForm(PortalForm):
    """Why a person leaves; successors stand beside it, one field for each kind of work."""

    reason = TextAreaField(_("Reason"), [Length(max=200)])


class MobileCodeForm(PortalForm):
    """The code from a short message."""

    code = StringField(_("Code"), [InputRequired(), Length(max=12)])
