"""Forms of logging in and of the profile."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from portal.people.key_proofs import KeyAnswer
from portal.people.passwords import LONGEST
from portal.people.second_factor import Proof
from portal.web.access import current_identity
from portal.web.forms import PortalForm

LONGEST_ANSWER = 20_000


class LoginForm(PortalForm):
    """Account and password."""

    account = StringField(_("Account"), [InputRequired(), Length(max=40)])
    password = PasswordField(_("Password"), [InputRequired(), Length(max=LONGEST)])


class ProofForm(PortalForm):
    """A code of the second factor, or what a hardware key answered in its place (filled in by keys.js)."""

    code = StringField(_("Code"), [Length(max=12)])
    assertion = HiddenField(validators=[Length(max=LONGEST_ANSWER)])

    def validate_code(self, field: StringField) -> None:
        """One of both is needed."""
        if not field.data and not self.assertion.data:
            raise ValidationError(gettext("Enter the code, or use your hardware key."))

    def proof(self) -> Proof:
        """What was given; a key's answer belongs to this login session."""
        if self.assertion.data:
            answer, self.assertion.data = self.assertion.data, ""  # works once: never sent back to the page
            return KeyAnswer(answer, current_identity().login_session_id)
        return self.code.data or ""


class CodeForm(PortalForm):
    """A code of the second factor."""

    code = StringField(_("Code"), [InputRequired(), Length(max=12)])


class ProveForm(ProofForm):
    """A fresh proof: the password, or the second factor."""

    password = PasswordField(_("Password"), [Length(max=LONGEST)])

    def validate_code(self, field: StringField) -> None:
        """What is needed depends on the person."""


class KeyForm(PortalForm):
    """A new hardware key."""

    name = StringField(_("Name of the key"), [InputRequired(), Length(max=40)])
    credential = HiddenField(
        validators=[InputRequired(_("Use a browser with script for this.")), Length(max=LONGEST_ANSWER)]
    )


class NameForm(PortalForm):
    """Another name for a key."""

    name = StringField(_("Name of the key"), [InputRequired(), Length(max=40)])


class ComputerForm(PortalForm):
    """A dedicated computer."""

    unit_id = SelectField(_("Unit"), coerce=int)
    name = StringField(_("Name of the computer"), [InputRequired(), Length(max=60)])
    kind = SelectField(_("Known by"))
    value = StringField(_("Address or fingerprint"), [InputRequired(), Length(max=100)])
    place = StringField(_("Placed at"), [Length(max=60)])


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
