"""Forms of notices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice

from portal.content.forms import ItemForm


class NoticeForm(ItemForm):
    """A new notice."""

    of_unit = RadioField(
        _("Whose notice"),
        choices=[SelectChoice("person", _("my own")), SelectChoice("unit", _("of my unit"))],
        default="person",
    )
    pinned = BooleanField(_("Keep it at the top until it is withdrawn"))
