"""Forms of changes of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FileField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.people.models import Person
from portal.people.roles import Role
from portal.registration.change_models import MERGE_FORM_LABELS, MergeForm
from portal.registration.changes import LIMITS, Evidence, Wish
from portal.units.hooks import DISPOSAL_LABELS, ChangeKind, Disposal
from portal.units.models import Unit
from portal.web.forms import PortalForm


def _ticks(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, coerce=int, widget=ListWidget(), option_widget=CheckboxInput())


def _described(person: Person) -> str:
    where = " ".join(part for part in (person.division, person.title) if part)
    return gettext("%(name)s (%(post)s)", name=person.name, post=where) if where else person.name


class ChangeForm(PortalForm):
    """What every kind asks for."""

    reason = TextAreaField(_("Reason and basis"), [InputRequired()])
    letter = FileField(_("Letter naming what is changed"))

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit: Unit) -> None:
        """Fill in what there is to choose from."""

    def wish(self) -> Wish:
        """What was entered, as plain values."""
        raise NotImplementedError

    def evidence(self) -> Evidence | None:
        """The letter, if one was uploaded."""
        file = self.letter.data
        return Evidence(file.stream, file.filename) if file and file.filename else None


class StayingForm(PortalForm):
    """Who of a unit's people stay users."""

    staying = _ticks(_("People who stay users"))

    def offer_people(self, people: Sequence[Person], chosen: Sequence[int]) -> None:
        """The unit's people, those named before ticked."""
        self.staying.choices = [(person.id, _described(person)) for person in people]
        if not self.is_submitted():
            self.staying.data = list(chosen)


class RenameForm(ChangeForm, StayingForm):
    """A unit gets a new name (GZ9(1))."""

    name = StringField(_("New name"), [InputRequired(), Length(max=LIMITS["name"])])
    short_name = StringField(_("New short name"), [InputRequired(), Length(max=LIMITS["short_name"])])
    red_head = StringField(_("Red head"), [InputRequired(), Length(max=LIMITS["red_head"])])
    document_code = StringField(_("Document code"), [InputRequired(), Length(max=LIMITS["document_code"])])
    letter = FileField(_("Letter naming what is changed"), [InputRequired()])
    administrator = SelectField(_("Administrator from then on"), coerce=int)

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit: Unit) -> None:
        """The unit's people, all staying unless somebody is unticked; the code may stay."""
        self.administrator.choices = [(person.id, _described(person)) for person in people]
        self.offer_people(people, [person.id for person in people])
        if not self.is_submitted():
            self.document_code.data = unit.document_code
            administrators = (person.id for person in people if Role.UNIT_ADMINISTRATOR in person.own_roles)
            self.administrator.data = next(administrators, None)

    def wish(self) -> Wish:
        """What was entered, as plain values."""
        return Wish(
            kind=ChangeKind.RENAME,
            reason=self.reason.data or "",
            name=self.name.data or "",
            short_name=self.short_name.data or "",
            red_head=self.red_head.data or "",
            document_code=self.document_code.data or "",
            administrator_id=self.administrator.data,
            staying=self.staying.data or (),
        )


class InstructionForm(PortalForm):
    """What becomes of a dissolved unit's documents (GZ9(2))."""

    disposal = RadioField(_("What becomes of the documents"), [Optional()])
    heir = SelectField(_("Unit that takes them over"), coerce=int, validators=[Optional()])

    def offer_heirs(self, units: Sequence[Unit], unit: Unit) -> None:
        """All units but the one that goes."""
        self.disposal.choices = [(str(key), gettext(label)) for key, label in DISPOSAL_LABELS.items()]
        self.heir.choices = [(0, gettext("Choose a unit")), *((one.id, one.name) for one in units if one is not unit)]

    @property
    def chosen(self) -> Disposal | None:
        """The disposal, if one is chosen."""
        return Disposal(self.disposal.data) if self.disposal.data else None


class DissolveForm(ChangeForm, InstructionForm):
    """A unit is dissolved; the instruction can follow later."""

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit: Unit) -> None:
        """The units that may take over."""
        self.offer_heirs(units, unit)

    def wish(self) -> Wish:
        """What was entered, as plain values."""
        return Wish(
            kind=ChangeKind.DISSOLVE,
            reason=self.reason.data or "",
            disposal=self.chosen,
            heir_id=self.heir.data or None,
        )


class MergeUnitsForm(ChangeForm, StayingForm):
    """Units are merged, in one of two forms (GZ9(3))."""

    merge_form = RadioField(_("Form of the merger"), [InputRequired()])
    heir = SelectField(_("Unit that remains"), coerce=int)
    going = _ticks(_("Units that go"))

    def offer(self, units: Sequence[Unit], people: Sequence[Person], unit: Unit) -> None:
        """All units; the office can only remain."""
        self.merge_form.choices = [(str(key), gettext(label)) for key, label in MERGE_FORM_LABELS.items()]
        self.heir.choices = [(0, gettext("Choose a unit")), *((one.id, one.name) for one in units)]
        self.going.choices = [(one.id, one.name) for one in units if not one.is_office]
        self.offer_people(people, [person.id for person in people])

    def wish(self) -> Wish:
        """What was entered, as plain values."""
        return Wish(
            kind=ChangeKind.MERGE,
            reason=self.reason.data or "",
            merge_form=MergeForm(self.merge_form.data),
            heir_id=self.heir.data or None,
            going=self.going.data or (),
            staying=self.staying.data or (),
        )


FORMS: dict[ChangeKind, type[ChangeForm]] = {
    ChangeKind.RENAME: RenameForm,
    ChangeKind.DISSOLVE: DissolveForm,
    ChangeKind.MERGE: MergeUnitsForm,
}


class DecisionForm(PortalForm):
    """An opinion, required with every decision (the operation says so)."""

    opinion = TextAreaField(_("Opinion"))


class ConfirmForm(PortalForm):
    """Who takes over the drafts, with the numbers."""

    receiver = SelectField(_("Takes over open drafts"), coerce=int, validators=[Optional()])

    def offer(self, people: Sequence[Person], chosen: int | None) -> None:
        """Those who may draft in the heir; the first unless one was chosen."""
        self.receiver.choices = [
            *((person.id, f"{person.unit.short_name} {_described(person)}") for person in people),
            (0, gettext("Nobody")),
        ]
        if not self.is_submitted():
            self.receiver.data = chosen or (people[0].id if people else 0)
