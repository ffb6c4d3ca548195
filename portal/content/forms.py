"""Forms that every kind of item shares."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.content.gate import Declaration
from portal.content.operations import LONGEST_TITLE
from portal.content.texts import LONGEST_TEXT
from portal.people.roles import ROLE_LABELS
from portal.units.models import TIER_LABELS, UNIT_KIND_LABELS
from portal.web.forms import PortalForm

SET_LABELS = {
    "all": _("Everybody"),
    "unit": _("A unit"),
    "under": _("A unit and those below it"),
    "district": _("A district"),
    "tier": _("A level"),
    "kind": _("A kind of unit"),
    "group": _("A group of people"),
    "person": _("A person"),
}


class ItemForm(PortalForm):
    """Title, text and files of an item; capabilities add their own fields."""

    title = StringField(_("Title"), [InputRequired(), Length(max=LONGEST_TITLE)])
    text = TextAreaField(_("Text"), [Length(max=LONGEST_TEXT)])
    files = MultipleFileField(_("Attach files"))
    version = HiddenField(default="1")
    request_key = HiddenField(validators=[Length(max=40)], default=lambda: str(uuid4()))

    def incoming(self) -> list[Any]:
        """The files that were chosen."""
        return [item for item in self.files.data or () if getattr(item, "filename", "")]


class DeclarationForm(PortalForm):
    """What whoever lets an item out declares; nothing is ticked beforehand (M-11, GZ4)."""

    unclassified = BooleanField(_("Nothing in it is classified."))
    not_urgent = BooleanField(_("It is not an urgent document, which the rules keep out."))
    official = BooleanField(_("It is official business and no private matter."))

    @property
    def declaration(self) -> Declaration:
        """As the content gate asks for it."""
        return Declaration(bool(self.unclassified.data), bool(self.not_urgent.data), bool(self.official.data))


class ReasonForm(PortalForm):
    """Why something is returned or withdrawn."""

    reason = TextAreaField(_("Reason"), [Length(max=500)])


class ReaderForm(PortalForm):
    """One line of a reader scope."""

    effect = RadioField(
        _("These people"),
        choices=[SelectChoice("include", _("may read it")), SelectChoice("exclude", _("may not read it"))],
        default="include",
    )
    of = SelectField(_("Who"), choices=[SelectChoice(of, label) for of, label in SET_LABELS.items()], default="unit")
    name = StringField(_("Name of the unit or person"), [Length(max=100)])
    tier = SelectField(
        _("Level"),
        choices=[SelectChoice(str(tier), _(label)) for tier, label in TIER_LABELS.items()],
        validate_choice=False,
    )
    kind = SelectField(
        _("Kind of unit"),
        choices=[SelectChoice(str(kind), _(label)) for kind, label in UNIT_KIND_LABELS.items()],
        validate_choice=False,
    )
    # Which of the following counts depends on the one above; the key that comes of it is checked as a whole.
    group = SelectField(_("Group"), coerce=int, validate_choice=False)
    role = SelectField(
        _("Only those in the role"),
        choices=[
            SelectChoice("", _("any role")),
            *(SelectChoice(str(role), _(label)) for role, label in ROLE_LABELS.items()),
        ],
        default="",
        validate_choice=False,
    )


class GroupForm(PortalForm):
    """A group of people: its name, and its members by account, one a line."""

    name = StringField(_("Name of the group"), [InputRequired(), Length(max=60)])
    members = TextAreaField(_("Its members, one a line"), [Length(max=40_000)])
