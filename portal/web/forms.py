"""Base of all forms."""

from __future__ import annotations

from typing import Any, ClassVar

from asn1crypto import pem
from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import FileField, TextAreaField

from portal.core.errors import Invalid
from portal.web.errors import say

LARGEST_PEM = 64 * 1024


def brought(area: TextAreaField, file: FileField, label: str = "CERTIFICATE") -> str:
    """The PEM that was pasted, or the file that was uploaded; one in DER, as many programs save it, is turned to PEM.

    Raises Invalid for a file that is too large.
    """
    if not getattr(file.data, "filename", ""):
        return area.data or ""
    content = file.data.stream.read(LARGEST_PEM + 1)
    if len(content) > LARGEST_PEM:
        raise Invalid("This file is too large for a certificate or a request.", field=file.short_name)
    if content[:1] == b"\x30":  # a DER sequence; no PEM begins with it but one with the digit 0 before it
        content = pem.armor(label, content)
    return str(content.decode("ascii", "replace"))


class PortalForm(FlaskForm):
    """A form whose messages come in the reader's language and that can take an operation's refusal."""

    class Meta(FlaskForm.Meta):
        """Messages of the form library itself follow the page's language."""

        locales: ClassVar[Any] = False

        def get_translations(self, form: Any) -> Any:
            """The library's own catalogue in the current language."""
            from wtforms.i18n import get_translations

            locale = get_locale()
            return get_translations(["zh"] if locale and locale.language == "zh" else ["en"])

    form_errors: list[str]

    def attach(self, error: Invalid) -> None:
        """Show an operation's refusal at the field it belongs to, or at the top."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors = [*self.form_errors, say(error)]
        else:
            field.errors = [*field.errors, say(error)]
