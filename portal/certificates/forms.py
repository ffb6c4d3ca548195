"""Forms of applying, deciding, reporting, and of the certification service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from portal.certificates.models import KIND_LABELS, Kind
from portal.certificates.service_models import FILE_LABELS
from portal.web.forms import PortalForm


class KindForm(PortalForm):
    """What is applied for, and why."""

    kind = RadioField(_("What is applied for"), validate_choice=False)
    reason = TextAreaField(_("Reason"))

    def offer(self, kinds: Sequence[Kind]) -> None:
        """The kinds to choose from; a single one is chosen already."""
        self.kind.choices = [SelectChoice(str(kind), gettext(KIND_LABELS[kind])) for kind in kinds]
        if not self.is_submitted() and kinds:
            self.kind.data = str(kinds[0])


class PersonForm(KindForm):
    """An application about one's own certificate, with the request of the new key."""

    csr = TextAreaField(_("Certification request (PEM)"))
    file = FileField(_("Or the request as a file"))


class OpinionForm(PortalForm):
    """A decision's reason."""

    opinion = TextAreaField(_("Opinion"))


class ImportForm(PortalForm):
    """A certificate of another authority and what lies between."""

    certificate = TextAreaField(_("Certificate (PEM)"))
    file = FileField(_("Or the certificate as a file"))
    chain = TextAreaField(_("Certificates between it and the authority (PEM)"))


class ReportForm(PortalForm):
    """A report of loss or compromise."""

    what = RadioField(
        _("What happened"),
        choices=[
            SelectChoice("hold", _("The carrier can't be found: put it on hold while we look")),
            SelectChoice("lost", _("The carrier is lost: revoke it")),
            SelectChoice("compromised", _("Others may have used the key: revoke it")),
        ],
        default="hold",
        validate_choice=False,
    )
    why = TextAreaField(_("What is known"))


class CarrierForm(PortalForm):
    """The number on a carrier."""

    number = StringField(_("Number on the carrier"))


class TextForm(PortalForm):
    """A version of the business rules or of the continuity plan."""

    title = StringField(_("Title"))
    text = TextAreaField(_("Text"))
    change = TextAreaField(_("What got better than before"))
    service_kept = BooleanField(_("I confirm: this change doesn't lower the service."))


class DrillForm(PortalForm):
    """A drill of the continuity plan."""

    held_on = DateField(_("Day of the drill"), [Optional()])
    scenario = StringField(_("Scenario"))
    participants = TextAreaField(_("Participants"))
    result = TextAreaField(_("What came of the drill"))
    lessons = TextAreaField(_("Lessons"))


class FileForm(PortalForm):
    """What the worker shall make."""

    kind = SelectField(_("What is to be made"), validate_choice=False)
    year = IntegerField(_("Year (for the report)"), [Optional()])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = [SelectChoice(str(key), gettext(label)) for key, label in FILE_LABELS.items()]


class SerialForm(PortalForm):
    """A serial number somebody asks about."""

    serial = StringField(_("Serial number"))
