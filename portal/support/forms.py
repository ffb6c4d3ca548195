"""Forms of help."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import CITY_ZONE
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, ROLE_LABELS, SEPARATED_ROLES
from portal.support.files import Incoming
from portal.support.models import CATEGORY_LABELS
from portal.web.forms import PortalForm

LABELS = {key: _(label) for key, label in ROLE_LABELS.items()}


def _key() -> str:
    return uuid4().hex


def _boxes(label: Any, **more: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(), option_widget=CheckboxInput(), **more)


class FilesForm(PortalForm):
    """A form with files; the key tells the same click twice from two acts."""

    key = HiddenField(default=_key, validators=[Length(max=40)])
    files = MultipleFileField(_("Attach files"))

    def incoming(self) -> list[Incoming]:
        """The files that were chosen."""
        return [(item.stream, item.filename) for item in self.files.data or () if getattr(item, "filename", "")]

    @property
    def request_key(self) -> str:
        """The form's key; a new one when a program sent none."""
        return self.key.data or _key()


class EntryForm(FilesForm):
    """Something to put on record in a dispute."""

    text = TextAreaField(_("Text"))


class DisputeForm(EntryForm):
    """Open a dispute."""

    other = SelectField(_("With which unit"), coerce=int)
    subject = StringField(_("Matter"), [InputRequired(), Length(max=200)])
    delivery = SelectField(_("Document it is about"), coerce=int, default=0)


class ConsultationForm(FilesForm):
    """Ask units for comments."""

    title = StringField(_("Title"), [InputRequired(), Length(max=200)])
    text = TextAreaField(_("Text"), [InputRequired()])
    due_on = DateField(_("Last day for answers"), [InputRequired()])
    whom = RadioField(
        _("Whom to ask"),
        choices=[SelectChoice("all", _("All units")), SelectChoice("chosen", _("Chosen units"))],
        default="all",
    )
    units = _boxes(_("Units"), coerce=int)


class AnswerForm(FilesForm):
    """A unit's answer; `version` is the one the writer saw."""

    version = HiddenField(default="0")
    text = TextAreaField(_("Answer"))
    dropped = _boxes(_("Files to take off"), coerce=int, validate_choice=False)


class SummaryForm(PortalForm):
    """What came of a request for comments."""

    summary = TextAreaField(_("Summary"))


class MaterialForm(FilesForm):
    """Something new for download."""

    category = SelectField(
        _("Category"), choices=[SelectChoice(str(key), _(label)) for key, label in CATEGORY_LABELS.items()]
    )
    title = StringField(_("Name"), [InputRequired(), Length(max=120)])
    description = TextAreaField(_("Description"), [InputRequired(), Length(max=2000)])
    label = StringField(_("Version"), [InputRequired(), Length(max=40)])


class VersionForm(FilesForm):
    """A new version."""

    label = StringField(_("Version"), [InputRequired(), Length(max=40)])


class TrainingForm(PortalForm):
    """Announce a training session."""

    key = HiddenField(default=_key, validators=[Length(max=40)])
    title = StringField(_("Title"), [InputRequired(), Length(max=120)])
    place = StringField(_("Place"), [InputRequired(), Length(max=120)])
    starts_at = DateTimeLocalField(_("Begins"), [InputRequired()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    ends_at = DateTimeLocalField(_("Ends"), [InputRequired()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    enrol_until = DateTimeLocalField(
        _("Enrolment until"), [InputRequired()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    )
    places = IntegerField(_("Places"), [InputRequired()], default=30)
    roles = _boxes(
        _("For whom"),
        choices=[
            SelectChoice(str(role), label)
            for role, label in LABELS.items()
            if role not in OFFICE_ROLES | DISTRICT_ROLES | SEPARATED_ROLES
        ],
    )
    text = TextAreaField(_("What it is about"), [Optional(), Length(max=2000)])

    @property
    def request_key(self) -> str:
        """The form's key; a new one when a program sent none."""
        return self.key.data or _key()


def in_city(moment: datetime) -> datetime:
    """What was typed, as a moment of the city's clocks."""
    return moment.replace(tzinfo=CITY_ZONE)


class ReasonForm(PortalForm):
    """Why a training is called off."""

    reason = TextAreaField(_("Reason"))


class SelfCheckForm(PortalForm):
    """The name of the computer; the findings are fields of their own, written by the script."""

    computer = StringField(_("Name of this computer"), [InputRequired(), Length(max=60)])
