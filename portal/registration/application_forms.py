"""Forms of applying to join and of deciding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import Content
from portal.registration.evidence import EVIDENCE_LABELS, NEEDED, Evidence
from portal.units.models import UNIT_KIND_LABELS, Tier, Unit, UnitKind
from portal.web.forms import PortalForm

CITY = "city"
TIER_LABELS = {Tier.CITY: _("City's own"), Tier.DISTRICT: _("District's")}


class JoinForm(PortalForm):
    """What a unit says of itself (GZ8)."""

    name = StringField(_("Full name of the unit"), [InputRequired(), Length(max=100)])
    short_name = StringField(_("Short name"), [InputRequired(), Length(max=40)])
    code = StringField(_("Organisation code"), [InputRequired(), Length(max=24)])
    kind = SelectField(_("Kind of unit"), [InputRequired()])
    tier = SelectField(_("Tier"), [InputRequired()])
    superior = SelectField(_("Superior"), [InputRequired()])
    document_code = StringField(_("Document code of the unit"), [InputRequired(), Length(max=20)])
    red_head = StringField(_("Red head of the unit"), [InputRequired(), Length(max=60)])
    address = StringField(_("Office address"), [InputRequired(), Length(max=200)])
    contact_name = StringField(_("Contact person"), [InputRequired(), Length(max=40)])
    contact_phone = StringField(_("Telephone of the contact"), [InputRequired(), Length(max=30)])
    head_name = StringField(_("Name of the head"), [InputRequired(), Length(max=40)])
    head_title = StringField(_("Post of the head"), [InputRequired(), Length(max=60)])
    admin_name = StringField(_("Name of the administrator"), [InputRequired(), Length(max=40)])
    admin_title = StringField(_("Post of the administrator"), [InputRequired(), Length(max=60)])
    admin_mobile = StringField(_("Mobile number of the administrator"), [InputRequired(), Length(max=20)])
    admin_account = StringField(_("Account name wished for"), [InputRequired(), Length(max=40)])
    identity = StringField(_("Identity number of the administrator"), [InputRequired(), Length(max=24)])

    def offer(self, districts: Sequence[Unit]) -> None:
        """The choices; of other units only the districts are shown."""
        self.kind.choices = [("", gettext("Please choose"))]
        self.kind.choices += [(kind.value, gettext(label)) for kind, label in UNIT_KIND_LABELS.items()]
        self.tier.choices = [(tier.value, label) for tier, label in TIER_LABELS.items()]
        self.superior.choices = [(CITY, gettext("Municipal government"))]
        self.superior.choices += [(str(unit.id), unit.name) for unit in districts]

    @property
    def content(self) -> Content:
        """What was entered, once the form is valid."""
        values: dict[str, Any] = {
            item.name: self._fields[item.name].data or "" for item in fields(Content) if item.name in self
        }
        values |= {"kind": UnitKind(self.kind.data), "tier": Tier(self.tier.data)}
        superior = self.superior.data
        return Content(**values, district_id=None if superior == CITY else int(superior))


class ChangeForm(JoinForm):
    """The same with what is known filled in; the identity number isn't known to anybody any more."""

    identity = StringField(_("Identity number of the administrator"), [Optional(), Length(max=24)])

    @classmethod
    def for_application(cls, application: UnitApplication) -> ChangeForm:
        """The form as it was filled in last."""
        values = {item.name: getattr(application, item.name) for item in fields(Content) if item.name != "identity"}
        district_id = values.pop("district_id")
        return cls(data={**values, "superior": CITY if district_id is None else str(district_id)})


class BringForm(PortalForm):
    """A file and what it proves."""

    evidence = SelectField(_("What it is"), [InputRequired()])
    file = FileField(_("File"), [FileRequired()])

    @classmethod
    def for_application(cls, application: UnitApplication) -> BringForm:
        """The kinds of evidence this unit may bring, the first missing one chosen."""
        needed = NEEDED[UnitKind(application.kind)]
        missing = [kind for kind in needed if not application.brought(kind)]
        form = cls(data={"evidence": (missing or [Evidence.OTHER])[0]})
        form.evidence.choices = [(kind.value, gettext(EVIDENCE_LABELS[kind])) for kind in (*needed, Evidence.OTHER)]
        return form


class DecisionForm(PortalForm):
    """An opinion, required with every decision; with a registration the account name as well (EE6)."""

    opinion = TextAreaField(_("Opinion"))
    account = StringField(_("Account of the first administrator"), [Length(max=40)])
