"""Forms of writing, reviewing and stamping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from portal.content.gate import Declaration
from portal.core.rules import ExchangeRules
from portal.documents.drafting import (
    DEFAULT_QUOTA,
    LONGEST_NOTE,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Addressee,
    Content,
)
from portal.documents.kinds import DIRECTION_LABELS, KINDS, URGENCIES, Direction
from portal.documents.models import Document, Recipient, RecipientKind
from portal.people.forms import ProofForm
from portal.units.models import Unit
from portal.web.forms import PortalForm


class DraftForm(PortalForm):
    """The whole draft but its recipients, which come as `main`, `copy` and `quota-<id>` (see `Picker`)."""

    kind = SelectField(_("Kind and direction"), [InputRequired()])
    urgency = SelectField(_("Urgency"))
    title = StringField(_("Title"), [InputRequired(), Length(max=LONGEST_TITLE)])
    text = TextAreaField(_("Text"), [Length(max=LONGEST_TEXT)])
    note = StringField(_("Note"), [Length(max=LONGEST_NOTE)])
    paper_main = TextAreaField(_("Main recipients on paper"))
    paper_copy = TextAreaField(_("Copied recipients on paper"))
    joint = TextAreaField(_("Units that issue it with us"))
    files = MultipleFileField(_("Attach files"))
    version = IntegerField(widget=HiddenField.widget, default=0)

    @classmethod
    def for_document(cls, document: Document | None, rules: ExchangeRules) -> DraftForm:
        """The form for a document, or for a new one."""
        form = cls(data=_values(document) if document else None)
        form.kind.choices = _kind_choices()
        degrees = URGENCIES if rules.urgent_documents else URGENCIES[:1]
        form.urgency.choices = [(degree, degree or gettext("Ordinary")) for degree in degrees]
        return form

    def joint_names(self) -> list[str]:
        """The joint units as entered, in their order."""
        return [name for line in (self.joint.data or "").splitlines() if (name := line.strip())]

    def content(self, addressees: tuple[Addressee, ...], joint: tuple[int, ...] = ()) -> Content:
        """What was entered, as plain values."""
        kind, _, direction = self.kind.data.partition(":")
        return Content(
            kind=kind,
            direction=Direction(direction),
            title=self.title.data or "",
            text=self.text.data or "",
            note=self.note.data or "",
            urgency=self.urgency.data or "",
            addressees=(*addressees, *self._on_paper()),
            joint=joint,
        )

    def _on_paper(self) -> Iterator[Addressee]:
        for kind, box in ((RecipientKind.MAIN, self.paper_main), (RecipientKind.COPY, self.paper_copy)):
            for line in (box.data or "").splitlines():
                if name := " ".join(line.split()):
                    yield Addressee(kind, paper_name=name)


def _values(document: Document) -> dict[str, Any]:
    paper = {
        kind: "\n".join(item.name for item in document.recipients if item.kind == kind and item.unit_id is None)
        for kind in RecipientKind
    }
    return {
        "kind": f"{document.kind}:{document.direction}",
        "urgency": document.urgency,
        "title": document.title,
        "text": document.text,
        "note": document.note,
        "joint": "\n".join(item.unit.name for item in document.joint),
        "paper_main": paper[RecipientKind.MAIN],
        "paper_copy": paper[RecipientKind.COPY],
        "version": document.version,
    }


def _kind_choices() -> list[tuple[str, str]]:
    return [
        (f"{kind.code}:{direction}", f"{kind.name} · {gettext(DIRECTION_LABELS[direction])}")
        for kind in KINDS.values()
        for direction in kind.directions
    ]


@dataclass(frozen=True)
class PickerRow:
    """A unit to choose: `kind` main, copy or empty; `quota` as entered or stored."""

    unit: Unit
    kind: str = ""
    quota: str = ""


Chosen = dict[int, tuple[str, str]]
"""Kind and quota by unit, in the order of the rows."""


def posted_recipients(form: MultiDict[str, str]) -> Chosen:
    """As the person left it; main wins where both boxes are ticked."""
    chosen: Chosen = {}
    for kind in (RecipientKind.MAIN, RecipientKind.COPY):
        for unit_id in form.getlist(kind.value, type=int):
            chosen.setdefault(unit_id, (kind.value, form.get(f"quota-{unit_id}", "")))
    return chosen


def stored_recipients(recipients: Sequence[Recipient]) -> Chosen:
    """As it was saved."""
    return {item.unit_id: (item.kind, str(item.print_quota)) for item in recipients if item.unit_id is not None}


class Picker:
    """The chosen recipients, and units to choose from: found, in a group, or often addressed. Never all units."""

    def __init__(self, chosen: Chosen, known: Mapping[int, Unit], own_unit_id: int) -> None:
        self.rows = [
            PickerRow(known[key], *held) for key, held in chosen.items() if key in known and key != own_unit_id
        ]
        self.found: list[PickerRow] = []
        self._own = own_unit_id

    def offer(self, units: Sequence[Unit], kind: str = "") -> None:
        """Show units that aren't chosen yet below; ticked as `kind` if that is given."""
        held = {row.unit.id for row in self.rows} | {self._own}
        self.found = [PickerRow(unit, kind) for unit in units if unit.id not in held]

    def add(self, units: Sequence[Unit], kind: str) -> None:
        """Choose more units."""
        self.offer(units, kind)
        self.rows, self.found = [*self.rows, *self.found], []

    def addressees(self) -> tuple[Addressee, ...]:
        """Main recipients, then copied ones, each in the order of the rows."""
        return tuple(
            Addressee(kind, unit_id=row.unit.id, print_quota=_quota(row.quota, DEFAULT_QUOTA[kind]))
            for kind in RecipientKind
            for row in self.rows
            if row.kind == kind
        )


def _quota(entered: str, default: int) -> int:
    """The number entered; an empty box means the usual number, anything else is refused by its bounds."""
    if not entered.strip():
        return default
    return int(entered) if entered.strip().isdecimal() and len(entered) < 9 else -1


class SubmitForm(PortalForm):
    """The drafter's declaration (GZ4, GZ27); nothing is ticked beforehand."""

    unclassified = BooleanField(_("It holds no state secret and nothing that must be kept confidential."))
    not_urgent = BooleanField(_("It is not an urgent document."))
    official = BooleanField(_("It is official business and no private matter."))

    def declaration(self) -> Declaration:
        """What was declared."""
        return Declaration(self.unclassified.data, self.not_urgent.data, self.official.data)


class ReviewForm(PortalForm):
    """An opinion, and which way the document goes on."""

    opinion = TextAreaField(_("Opinion"), [InputRequired(), Length(max=2000)])
    step_id = IntegerField(widget=HiddenField.widget)
    decision = HiddenField()


class CancelForm(PortalForm):
    """Why a draft is given up."""

    reason = StringField(_("Reason"), [InputRequired(), Length(max=200)])


class VoidForm(PortalForm):
    """Why an issued document is voided."""

    reason = StringField(_("Reason"), [InputRequired(), Length(max=200)])


class StampForm(ProofForm):
    """A custodian's consent to exactly the file that was shown."""

    CHOICE = "straddling"
    """The field that a hardware key signs with the rest."""
    digest = HiddenField(validators=[InputRequired()])
    straddling = BooleanField(_("Across the pages' edges as well"))
    code = StringField(_("Code of the second factor"), [Length(max=12)])
