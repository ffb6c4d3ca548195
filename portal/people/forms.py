"""Forms of logging in and of the profile."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from portal.people.passwords import LONGEST
from portal.web.forms import PortalForm


class LoginForm(PortalForm):
    """Account and password."""

    account = StringField(_("Account"), [InputRequired(), Length(max=40)])
    password = PasswordField(_("Password"), [InputRequired(), Length(max=LONGEST)])


class CodeForm(PortalForm):
    """A code of the second factor."""

    code = StringField(_("Code"), [InputRequired(), Length(max=12)])


class SetUpForm(CodeForm):
    """The first code of a new second factor, with the seed it must come from (sealed: only we can read it)."""

    offered = HiddenField(validators=[InputRequired()])


class PasswordForm(PortalForm):
    """A change of password."""

    password = PasswordField(_("Present password"), [InputRequired(), Length(max=LONGEST)])
    new_password = PasswordField(_("New password"), [InputRequired()])
    repeated = PasswordField(
        _("New password again"),
        [InputRequired(), EqualTo("new_password", _("The two new passwords differ."))],
    )


class ProfileForm(PortalForm):
    """What people keep about themselves."""

    mobile = StringField(_("Mobile number"), [Length(max=20)])
