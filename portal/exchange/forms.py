"""Forms of sending, receiving and verifying."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core.errors import Invalid
from portal.core.text import N_
from portal.documents.drafting import LARGEST_QUOTA
from portal.documents.models import Document
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
