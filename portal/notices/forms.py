"""Forms of notices, direct deliveries and circulations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from portal.content.forms import ItemForm
from portal.notices.operations import URGENCIES, Marks
from portal.notices.passing import LONGEST_REMARK
from portal.web.forms import PortalForm

DELIVERY, AT_ONCE, IN_TURN = "delivery", "at-once", "in-turn"


def _urgencies() -> Any:
    return RadioField(
        _("Urgency"), choices=[SelectChoice(mark, _(label)) for mark, label in URGENCIES.items()], default=""
    )


class NoticeForm(ItemForm):
    """A notice."""

    of_unit = RadioField(
        _("Whose notice"),
        choices=[SelectChoice("unit", _("of my unit")), SelectChoice("person", _("my own"))],
        default="person",
    )
    urgency = _urgencies()
    pinned = BooleanField(_("Keep it at the top until it is withdrawn"))
    until = DateField(_("Shown until"), [Optional()])

    @property
    def marks(self) -> Marks:
        """How it is to be shown."""
        return Marks(
            of_unit=self.of_unit.data == "unit",
            pinned=bool(self.pinned.data),
            urgency=self.urgency.data or "",
            until=self.until.data,
        )


class PassingForm(ItemForm):
    """A direct delivery or a circulation."""

    way = RadioField(
        _("How it goes"),
        choices=[
            SelectChoice(DELIVERY, _("Direct delivery: to these alone")),
            SelectChoice(AT_ONCE, _("Circulation: to all at once")),
            SelectChoice(IN_TURN, _("Circulation: to one after the other, in this order")),
        ],
        default=DELIVERY,
    )
    urgency = _urgencies()


class PassOnForm(PortalForm):
    """Passing a circulation on."""

    remark = TextAreaField(_("Words added"), [Length(max=LONGEST_REMARK)])


class OpinionForm(PortalForm):
    """Having read a circulation."""

    opinion = TextAreaField(_("Opinion"), [Length(max=LONGEST_REMARK)])
