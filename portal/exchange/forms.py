"""Forms of sending, receiving and verifying."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core.clock import today
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.documents.drafting import LARGEST_QUOTA
from portal.documents.models import Document
from portal.exchange.paper import Alone
from portal.units.models import DOCUMENT_CLASS_LABELS, DocumentClass
from portal.web.forms import PortalForm

LONGEST_REASON = 500
LONGEST_CODE = 2000
QUOTA = "quota-"


class SendForm(PortalForm):
    """The last look before sending; quotas come as `quota-<recipient id>`."""

    @staticmethod
    def quotas(document: Document, entered: Mapping[str, str]) -> dict[int, int]:
        """The quotas by recipient id. Raises Invalid for what is no number."""
        found = {}
        for recipient in document.recipients:
            text = entered.get(f"{QUOTA}{recipient.id}", "").strip()
            if text and not (text.isascii() and text.isdigit() and len(text) < 5):
                message = N_("%(unit)s: the number of copies must be between 0 and %(most)s.")
                raise Invalid(message, unit=recipient.name, most=LARGEST_QUOTA)
            if text:
                found[recipient.id] = int(text)
        return found


class ReasonForm(PortalForm):
    """An act that needs its reason: returning, recalling, refusing."""

    reason = TextAreaField(lazy_gettext("Reason"), [InputRequired(), Length(max=LONGEST_REASON)])


class UrgeForm(PortalForm):
    """A reminder, with a few words if wanted."""

    message = StringField(lazy_gettext("Message"), [Length(max=200)])


class CopyForm(PortalForm):
    """Asks for one copy; the key makes two clicks one."""

    request_key = HiddenField(validators=[InputRequired(), Length(max=40)])

    @classmethod
    def fresh(cls) -> CopyForm:
        """A form with a key of its own."""
        return cls(formdata=None, request_key=str(uuid4()))


class MoreForm(ReasonForm):
    """Asks the sender for more prints (X-8)."""

    wanted = IntegerField(lazy_gettext("Copies more"), [InputRequired(), NumberRange(1, LARGEST_QUOTA)], default=1)


class GrantForm(PortalForm):
    """How many the sender grants."""

    granted = IntegerField(lazy_gettext("Copies granted"), [InputRequired(), NumberRange(1, LARGEST_QUOTA)])


class CodeForm(PortalForm):
    """A code, an address or a number from a copy."""

    code = TextAreaField(lazy_gettext("Number or code of the copy"), [InputRequired(), Length(max=LONGEST_CODE)])


class FileForm(PortalForm):
    """A sealed file to be judged."""

    file = FileField(lazy_gettext("Sealed PDF file"), [FileRequired()])


class ArrivalForm(PortalForm):
    """The day a delivery's paper arrived."""

    arrived_on = DateField(lazy_gettext("Arrived on paper on"), [InputRequired()])

    @classmethod
    def fresh(cls) -> ArrivalForm:
        """The form, with today unless another day is chosen."""
        return cls(arrived_on=today())


class AloneForm(ArrivalForm):
    """Something that came on paper alone."""

    sender = StringField(lazy_gettext("Sending unit"), [InputRequired(), Length(max=100)])
    title = StringField(lazy_gettext("Title"), [InputRequired(), Length(max=200)])
    number = StringField(lazy_gettext("Document number"), [Length(max=60)])
    document_class = SelectField(lazy_gettext("Class of documents"), [InputRequired()])

    @classmethod
    def fresh(cls) -> AloneForm:
        """The form with its choices."""
        form = cls(arrived_on=today())
        form.document_class.choices = [(str(key), gettext(label)) for key, label in DOCUMENT_CLASS_LABELS.items()]
        return form

    def paper(self) -> Alone:
        """What was entered."""
        kind = DocumentClass(self.document_class.data)
        return Alone(self.sender.data, self.title.data, self.number.data or "", kind, self.arrived_on.data)
