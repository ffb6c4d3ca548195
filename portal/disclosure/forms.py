"""Forms of disclosure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal.content.forms import ItemForm, ReasonForm
from portal.disclosure.models import DisclosureCategory, DisclosureGuide
from portal.disclosure.operations.catalogue import Guide
from portal.disclosure.operations.items import Review
from portal.disclosure.operations.requests import Entry
from portal.disclosure.personal import Applicant
from portal.disclosure.words import ANSWER_LABELS, APPLICANT_LABELS, GROUND_LABELS, WAY_LABELS, WITHDRAWAL_LABELS
from portal.units.models import Unit
from portal.web.forms import PortalForm


def _choices(labels: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(str(value), _(label)) for value, label in labels.items()]


def _key() -> str:
    return secrets.token_urlsafe(16)


def category_choices(rows: Sequence[DisclosureCategory]) -> list[SelectChoice]:
    """Categories in the order and depth of the tree."""
    return [SelectChoice(one.id, f"{'　' * one.depth}{one.code} {one.name}") for one in rows]


class FilingForm(PortalForm):
    """Where an item stands in the catalogue."""

    category = SelectField(_("Category"), coerce=int)
    made_on = DateField(_("Day it came about"), [InputRequired()])


class NewItemForm(ItemForm):
    """A new item for the catalogue."""

    category = SelectField(_("Category"), coerce=int)
    made_on = DateField(_("Day it came about"), [InputRequired()])


class ReviewForm(PortalForm):
    """Whether an item may be published; nothing is ticked beforehand."""

    ground = SelectField(
        _("Ground"), choices=[SelectChoice("", _("Please choose")), *_choices(GROUND_LABELS)], validate_choice=False
    )
    no_secret = BooleanField(_("It holds no state secret and nothing a law keeps from the public."))
    no_harm = BooleanField(_("It endangers neither security, nor the economy, nor social stability."))
    no_privacy = BooleanField(_("It holds no business secret and no personal privacy, or the ground above covers it."))
    note = TextAreaField(_("Reasons of the finding"), [Length(max=500)])

    @property
    def review(self) -> Review:
        """As the act asks for it."""
        return Review(
            self.ground.data or "",
            self.note.data or "",
            no_secret=bool(self.no_secret.data),
            no_harm=bool(self.no_harm.data),
            no_privacy=bool(self.no_privacy.data),
        )


class WithdrawForm(ReasonForm):
    """Withdrawing an item: what the public reads, and the reason for those inside."""

    said = SelectField(
        _("What the public reads"), choices=[SelectChoice("", _("Please choose")), *_choices(WITHDRAWAL_LABELS)],
        validate_choice=False,
    )  # fmt: skip


class CategoryForm(PortalForm):
    """A new category."""

    name = StringField(_("Name of the category"), [InputRequired(), Length(max=60)])
    parent = SelectField(_("Below"), coerce=int, default=0)


class RenameForm(PortalForm):
    """Another name."""

    name = StringField(_("Name of the category"), [InputRequired(), Length(max=60)])


class GuideForm(PortalForm):
    """A version of the unit's guide."""

    office = StringField(_("Office that answers requests"), [InputRequired(), Length(max=100)])
    address = StringField(_("Address"), [InputRequired(), Length(max=200)])
    phone = StringField(_("Telephone"), [InputRequired(), Length(max=40)])
    email = EmailField(_("E-mail"), [Length(max=100)])
    hours = StringField(_("Office hours"), [InputRequired(), Length(max=200)])
    text = TextAreaField(_("What the unit publishes, and how one asks for more"), [InputRequired(), Length(max=20_000)])

    @classmethod
    def of(cls, guide: DisclosureGuide | None) -> GuideForm:
        """The newest version filled in."""
        return cls(obj=guide) if guide else cls(hours="工作日 9:00—12:00，13:00—17:00")

    @property
    def guide(self) -> Guide:
        """As the act asks for it."""
        return Guide(
            **{name: self[name].data or "" for name in ("office", "address", "phone", "email", "hours", "text")}
        )


class ApplicantForm(PortalForm):
    """Who comes; only the unit that handles it reads this."""

    key = HiddenField(default=_key, validators=[Length(max=40)])
    name = StringField(_("Name, or name of the organisation"), [InputRequired(), Length(max=60)])
    identity = StringField(_("Number of the certificate, or organisation code"), [Length(max=30)])
    phone = StringField(_("Telephone"), [InputRequired(), Length(max=30)])
    email = EmailField(_("E-mail"), [Length(max=100)])
    address = StringField(_("Postal address"), [Length(max=200)])

    @property
    def applicant(self) -> Applicant:
        """As the act asks for it."""
        names = ("name", "identity", "phone", "email", "address")
        return Applicant(**{name: self[name].data or "" for name in names})

    @property
    def request_key(self) -> str:
        """The form's key; a new one when a program sent none."""
        return self.key.data or _key()


class RequestForm(ApplicantForm):
    """A request for disclosure."""

    unit = SelectField(_("Unit"), coerce=int)
    kind = RadioField(_("Applicant"), choices=_choices(APPLICANT_LABELS), default="citizen")
    wanted = TextAreaField(_("What information is asked for"), [InputRequired(), Length(max=2000)])
    purpose = TextAreaField(_("What it is needed for"), [Length(max=500)])
    way = SelectField(_("How the answer is to come"), choices=_choices(WAY_LABELS))

    def offer(self, units: Sequence[Unit]) -> None:
        """The units to choose from."""
        self.unit.choices = [SelectChoice(unit.id, unit.name) for unit in units]

    @property
    def entry(self) -> Entry:
        """As the act asks for it."""
        return Entry(
            kind=self.kind.data or "",
            applicant=self.applicant,
            wanted=self.wanted.data or "",
            way=self.way.data or "",
            key=self.request_key,
            purpose=self.purpose.data or "",
        )


class ComplaintForm(ApplicantForm):
    """A complaint about a unit."""

    unit = SelectField(_("Unit"), coerce=int)
    number = StringField(_("Number of the request, if there was one"), [Length(max=30)])
    text = TextAreaField(_("What the complaint is about"), [InputRequired(), Length(max=2000)])


class CorrectionForm(PortalForm):
    """What the applicant makes clear."""

    text = TextAreaField(_("Correction"), [InputRequired(), Length(max=2000)])


class HandOverForm(PortalForm):
    """Give a request to a colleague."""

    to = SelectField(_("Colleague"), coerce=int, validate_choice=False)
    reason = StringField(_("Reason"), [Length(max=500)])


class AskForm(PortalForm):
    """Ask the applicant to correct the request."""

    reason = TextAreaField(_("What must be made clear"), [Length(max=500)])


class ExtensionForm(PortalForm):
    """Ask for more time."""

    days = IntegerField(_("Working days more"), [Optional()])
    reason = StringField(_("Reason"), [Length(max=500)])


class RefusalForm(PortalForm):
    """Refuse more time."""

    reason = StringField(_("Reason"), [Length(max=500)])


class AnswerForm(PortalForm):
    """The answer to a request."""

    kind = SelectField(
        _("Answer"), choices=[SelectChoice("", _("Please choose")), *_choices(ANSWER_LABELS)], validate_choice=False
    )
    text = TextAreaField(_("Text of the answer"), [Length(max=5000)])
    basis = StringField(_("Legal basis of withholding"), [Length(max=300)])
    organ = StringField(_("Responsible organ"), [Length(max=200)])
    file = FileField(_("Information as a file"))


class DeliveryForm(PortalForm):
    """How the answer reached the applicant."""

    way = SelectField(_("How"), choices=_choices(WAY_LABELS), validate_choice=False)
    note = StringField(_("Remark"), [Length(max=200)])


class EmptyForm(PortalForm):
    """An act without fields."""


class ComplaintAnswerForm(PortalForm):
    """What the office finds."""

    justified = RadioField(
        _("Finding"),
        choices=[SelectChoice("yes", _("Justified")), SelectChoice("no", _("Not justified"))],
        validate_choice=False,
    )
    text = TextAreaField(_("Text of the answer"), [Length(max=2000)])


class ReportForm(PortalForm):
    """The words of an annual report; its figures are the system's."""

    year = IntegerField(_("Year"), [InputRequired()])
    text = TextAreaField(_("General situation, problems and improvements"), [InputRequired(), Length(max=10_000)])


class SurveyForm(PortalForm):
    """A questionnaire, its questions as plain text."""

    title = StringField(_("Title"), [InputRequired(), Length(max=100)])
    intro = TextAreaField(_("What it is about"), [Length(max=2000)])
    opens_on = DateField(_("Opens on"), [InputRequired()])
    closes_on = DateField(_("Closes on"), [InputRequired()])
    questions = TextAreaField(_("Questions"), [InputRequired(), Length(max=20_000)])
