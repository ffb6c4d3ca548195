"""Base of all forms."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import gettext
from flask_wtf import FlaskForm

from portal.core.errors import Invalid
from portal.core.text import N_
from portal.web.errors import say

# What the form library may say, in its own words: its Chinese catalogue lacks some of these and mistakes others
# (“at least 1” is “greater than 1” there), so they are translated like our own texts.
LIBRARY_TEXTS = (
    N_("Choices cannot be None."),
    N_("Date must be at least %(min)s."),
    N_("Date must be at most %(max)s."),
    N_("Date must be between %(min)s and %(max)s."),
    N_("Field cannot be longer than %(max)d character."),
    N_("Field cannot be longer than %(max)d characters."),
    N_("Field must be at least %(min)d character long."),
    N_("Field must be at least %(min)d characters long."),
    N_("Field must be between %(min)d and %(max)d characters long."),
    N_("Field must be exactly %(max)d character long."),
    N_("Field must be exactly %(max)d characters long."),
    N_("Invalid Choice: could not coerce."),
    N_("Invalid choice(s): one or more data inputs could not be coerced."),
    N_("Invalid input."),
    N_("Not a valid choice."),
    N_("Not a valid date value."),
    N_("Not a valid datetime value."),
    N_("Not a valid decimal value."),
    N_("Not a valid float value."),
    N_("Not a valid integer value."),
    N_("Not a valid time value."),
    N_("Not a valid week value."),
    N_("Number must be at least %(min)s."),
    N_("Number must be at most %(max)s."),
    N_("Number must be between %(min)s and %(max)s."),
    N_("This field cannot be edited."),
    N_("This field is disabled and cannot have a value."),
    N_("This field is required."),
    N_("'%(value)s' is not a valid choice for this field."),
    N_("'%(value)s' are not valid choices for this field."),
)


class LibraryWords:
    """The form library's translator: our catalogue, in the language of the page."""

    def gettext(self, text: str) -> str:
        """The text in the reader's language."""
        return str(gettext(text))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """The same for a number of things; both forms stand in the catalogue."""
        return self.gettext(singular if number == 1 else plural)


class PortalForm(FlaskForm):
    """A form whose messages come in the reader's language and that can take an operation's refusal."""

    class Meta(FlaskForm.Meta):
        """Messages of the form library itself follow the page's language."""

        locales: ClassVar[Any] = False

        def get_translations(self, form: Any) -> LibraryWords:
            """Our catalogue in place of the library's own."""
            return LibraryWords()

    form_errors: list[str]

    def attach(self, error: Invalid) -> None:
        """Show an operation's refusal at the field it belongs to, or at the top."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors = [*self.form_errors, say(error)]
        else:
            field.errors = [*field.errors, say(error)]
