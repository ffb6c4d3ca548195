"""What people write in the ceremony room besides their codes and shares."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import Length

from portal.seals.ceremonies import LONGEST_REMARK
from portal.web.forms import PortalForm


class RemarkForm(PortalForm):
    """Something out of the ordinary."""

    text = TextAreaField(_("Remark"), [Length(max=LONGEST_REMARK)])
