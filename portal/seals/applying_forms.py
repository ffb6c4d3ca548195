"""Forms of applying for anything about seals, of losses, carriers, rules, and remarks."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    FileField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import to_city
from portal.people.models import Person
from portal.seals.carrier_models import CONDITION_LABELS
from portal.seals.filing import LONGEST_CARRIER, Wish
from portal.seals.forms import ApplicationForm
from portal.seals.kinds import CAUSE_LABELS, FACTS, WITH_EVIDENCE, Cause
from portal.seals.models import SEAL_CLASS_LABELS, ApplicationKind, SealClass, UnitSeal
from portal.web.forms import PortalForm

KEEPERS = (
    ("custodians", SealClass.SIGNATURE),
    ("password_holders", SealClass.SIGNATURE),
    ("holders", SealClass.VERIFICATION),
)


class WishForm(ApplicationForm):
    """The unified form; what a kind doesn't ask for is taken out by `shape`."""

    seals = SelectMultipleField(_("Seals concerned"), coerce=int, widget=ListWidget(), option_widget=CheckboxInput())
    cause = RadioField(_("Cause"))
    circumstances = TextAreaField(_("Circumstances"), [Length(max=500)])
    carrier = StringField(_("Number of the carrier"), [Length(max=LONGEST_CARRIER)])
    evidence = MultipleFileField(_("Written statement and other evidence"))

    def shape(self, kind: ApplicationKind, seals: Sequence[UnitSeal]) -> None:
        """Leave the fields that this kind asks for, and offer the seals it can concern."""
        facts = FACTS[kind]
        classes = {seal.seal_class for seal in seals} if facts.states else set(SealClass)
        gone = ["seals"] * (not facts.states) + ["cause"] * (not facts.causes)
        gone += ["circumstances", "carrier"] * (not WITH_EVIDENCE & set(facts.causes))
        gone += ["custodians", "threshold", "arrangement", "password_holders"] * (
            not facts.names_keepers or SealClass.SIGNATURE not in classes
        )
        gone += ["holders"] * (not facts.names_keepers or SealClass.VERIFICATION not in classes)
        for name in gone:
            del self[name]
        if "seals" in self:
            self.seals.choices = [(seal.id, _seal_words(seal)) for seal in seals]
        if "cause" in self:
            self.cause.choices = [(cause.value, gettext(CAUSE_LABELS[cause])) for cause in facts.causes]

    def prefill(self, seals: Sequence[UnitSeal], values: dict[str, str]) -> None:
        """What is known already: all seals it can concern, today's keepers, the words of a report of loss."""
        if "seals" in self:
            self.seals.data = [seal.id for seal in seals]
        for seal in seals:
            names = ("custodians",) if seal.seal_class == SealClass.SIGNATURE else ("holders",)
            for name in names:
                if name in self:
                    offered = {key for key, *_rest in self[name].choices}
                    kept = [keeper.person_id for keeper in seal.keepers if keeper.person_id in offered]
                    self[name].data = kept or self[name].data
            if seal.seal_class == SealClass.SIGNATURE and "threshold" in self:
                self.threshold.data = seal.threshold
        for name, value in values.items():
            if name in self:
                self[name].data = value

    def wish(self, kind: ApplicationKind, offered: dict[str, Sequence[Person]], seals: Sequence[UnitSeal]) -> Wish:
        """What was entered; keepers only of the seals that are ticked."""
        chosen = set(self.seals.data or ()) if "seals" in self else set()
        classes = {seal.seal_class for seal in seals if seal.id in chosen} if "seals" in self else set(SealClass)
        people = {
            name: [one for one in offered[name] if one.id in (self[name].data or ())]
            for name, seal_class in KEEPERS
            if name in self and seal_class in classes
        }
        signs = "threshold" in self and SealClass.SIGNATURE in classes
        return Wish(
            kind=kind,
            reason=self.reason.data or "",
            seal_ids=sorted(chosen),
            custodians=people.get("custodians", ()),
            holders=people.get("holders", ()),
            password_holders=people.get("password_holders", ()),
            threshold=(self.threshold.data or 0) if signs else 1,
            cause=Cause(self.cause.data) if "cause" in self and self.cause.data else None,
            circumstances=self.circumstances.data or "" if "circumstances" in self else "",
            carrier=self.carrier.data or "" if "carrier" in self else "",
        )


def _seal_words(seal: UnitSeal) -> str:
    made = to_city(seal.made_at).date().isoformat()
    label = gettext(SEAL_CLASS_LABELS[SealClass(seal.seal_class)])
    return gettext("%(kind)s (No. %(number)s, made %(day)s)", kind=label, number=seal.id, day=made)


class LossForm(PortalForm):
    """What somebody says who reports a seal as lost."""

    circumstances = TextAreaField(_("When and how it was lost"))
    carrier = StringField(_("Number of the carrier"), [Length(max=LONGEST_CARRIER)])


class HandOutForm(PortalForm):
    """Which carrier goes into whose hands."""

    number = StringField(_("Number of the carrier"), [Length(max=LONGEST_CARRIER)])
    holder = SelectField(_("Handed to"), coerce=int, validators=[Optional()])

    def offer(self, people: Sequence[Person]) -> None:
        """The keepers of the seal."""
        self.holder.choices = [(person.id, person.name) for person in people]


class HandInForm(PortalForm):
    """How a carrier came back."""

    condition = RadioField(_("Condition"), [InputRequired()])
    note = StringField(_("Note"), [Length(max=200)])

    def offer(self) -> None:
        """Whole or damaged."""
        self.condition.choices = [(value.value, gettext(label)) for value, label in CONDITION_LABELS.items()]


class RulesForm(PortalForm):
    """A new version of the unit's rules."""

    title = StringField(_("Title"))
    file = FileField(_("The rules as PDF"))


class RemarkForm(PortalForm):
    """What was found about an unusual use."""

    remark = TextAreaField(_("What you found"))
