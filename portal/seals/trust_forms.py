"""Forms of recognising the authorities of other places."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import FileField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from portal.seals.trust_models import TRUSTED_FOR_LABELS
from portal.seals.trusting import LONGEST_POLICIES, LONGEST_REASON
from portal.web.forms import PortalForm


class AuthorityForm(PortalForm):
    """An authority's certificates, and how one knows that they are its."""

    trusted_for = SelectField(
        _("Recognised for"), choices=[SelectChoice(key.value, _(name)) for key, name in TRUSTED_FOR_LABELS.items()]
    )
    chain = TextAreaField(_("Certificates (PEM)"))
    file = FileField(_("Or the certificates as a file"))
    fingerprint = StringField(_("SHA-256 fingerprint of the root certificate"), [InputRequired(), Length(max=120)])
    policies = StringField(_("Policies of its seals' certificates"), [Length(max=LONGEST_POLICIES)])
    reason = StringField(_("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])


class WithdrawForm(PortalForm):
    """Why an authority is recognised no more, and what becomes of what it vouched for."""

    past = RadioField(
        _("Files sealed before"),
        choices=[
            SelectChoice("none", _("Nothing of it is recognised any more, for example because its key is lost")),
            SelectChoice("stands", _("Seals used until now stay recognised, for example because its task ended")),
        ],
        default="none",
    )
    reason = StringField(_("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])
