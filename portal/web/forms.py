"""Base of all forms."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import get_locale
from flask_wtf import FlaskForm

from portal.core.errors import Invalid
from portal.web.errors import say


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
