"""Forms of journals."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.content.forms import ItemForm
from portal.journals.models import NUMBERING_LABELS, Journal, Numbering
from portal.journals.operations import Masthead
from portal.web.forms import PortalForm


class JournalForm(PortalForm):
    """What a journal is called, who edits it and how it is counted."""

    name = StringField(_("Name of the journal"), [InputRequired(), Length(max=40)])
    subtitle = StringField(_("Line below the name"), [Length(max=80)])
    licence = StringField(_("Licence number"), [Length(max=60)])
    numbering = RadioField(
        _("How its issues are counted"),
        choices=[SelectChoice(str(one), _(label)) for one, label in NUMBERING_LABELS.items()],
        default=Numbering.YEARLY.value,
    )
    columns = TextAreaField(_("Its usual columns, one a line"), [Length(max=1000)])
    editors = StringField(_("Accounts of its editors"), [Length(max=400)])
    closed = BooleanField(_("It has ended: no new issues"))

    @classmethod
    def of(cls, journal: Journal) -> JournalForm:
        """The form of a stored journal; what was sent goes first."""
        return cls(
            name=journal.name,
            subtitle=journal.subtitle,
            licence=journal.licence,
            numbering=journal.numbering,
            columns=journal.columns,
            editors=" ".join(one.account for one in journal.editors),
            closed=journal.closed_at is not None,
        )

    @property
    def masthead(self) -> Masthead:
        """As the operations take it."""
        return Masthead(
            self.name.data or "",
            self.subtitle.data or "",
            self.licence.data or "",
            Numbering(self.numbering.data),
            self.columns.data or "",
            tuple(dict.fromkeys((self.editors.data or "").replace("、", " ").replace(",", " ").split())),
        )


class ArticleForm(ItemForm):
    """An article: what it is printed under, who wrote it, and its text."""

    column = StringField(_("Journal column"), [Length(max=40)])
    byline = StringField(_("Byline"), [Length(max=100)])
