"""The form library's own messages: all of them in the reader's language, in our words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import wtforms
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from portal.web.forms import LIBRARY_TEXTS, PortalForm

LATIN = re.compile("[A-Za-z]")
ONE = [SelectChoice("1", "一")]
# Of validators no form of ours has (addresses, lists of values, the library's own tokens), and of programmers' errors.
NEVER_SHOWN = re.compile(r"CSRF|Email|email|IP address|Mac address|URL|UUID|must be one of|any of|equal to|field name")


class Everything(PortalForm):
    """A field of each kind, each with a wrong value below."""

    class Meta(PortalForm.Meta):
        """Without a token: there is no session."""

        csrf = False

    select = SelectField(choices=ONE)
    number_select = SelectField(coerce=int, choices=[SelectChoice(1, "一")])
    several = SelectMultipleField(choices=ONE)
    number_several = SelectMultipleField(coerce=int, choices=[SelectChoice(1, "一")])
    radio = RadioField(choices=ONE)
    day = DateField()
    moment = DateTimeLocalField()
    hour = TimeField()
    number = IntegerField()
    amount = DecimalField()
    ranged = IntegerField(validators=[NumberRange(1, 3)])
    least = IntegerField(validators=[NumberRange(min=12)])
    most = IntegerField(validators=[NumberRange(max=3)])
    needed = StringField(validators=[InputRequired()])
    needed_too = StringField(validators=[DataRequired()])
    short = StringField(validators=[Length(max=1)])
    long = StringField(validators=[Length(min=5)])
    between = StringField(validators=[Length(5, 6)])
    exact = StringField(validators=[Length(5, 5)])
    formed = StringField(validators=[Regexp("^一$")])


WRONG = {
    **dict.fromkeys(("select", "number_select", "several", "number_several", "radio", "day", "moment", "hour"), "不对"),
    **dict.fromkeys(("number", "amount", "short", "long", "between", "exact", "formed"), "不对"),
    **dict.fromkeys(("ranged", "least", "most"), "9"),
}


@pytest.mark.req("D-3")
def test_every_refusal_of_a_field_is_chinese(app: Flask) -> None:
    with app.test_request_context(), force_locale("zh_Hans_CN"):
        form = Everything(MultiDict(WRONG))
        assert not form.validate()
        assert set(form.errors) == set(Everything(MultiDict())._fields)
        for name, errors in form.errors.items():
            assert errors, name
            assert not [text for text in errors if LATIN.search(str(text))], name
        assert form.least.errors == ["数值不得小于 12。"]
        assert form.several.errors == ["“不对”不在可选范围内。"]


def test_in_english_they_are_the_librarys() -> None:
    """What isn't translated is shown as it is."""
    app = Flask(__name__)
    from flask_babel import Babel

    Babel(app, default_locale="en")
    app.secret_key = "x"
    with app.test_request_context():
        form = Everything(MultiDict(WRONG))
        assert not form.validate()
        assert form.select.errors == ["Not a valid choice."]
        assert form.short.errors == ["Field cannot be longer than 1 character."]


def test_no_message_of_the_library_is_left_out() -> None:
    """A new release of the library with new words fails here."""
    template = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
    with template.open("rb") as file:
        messages = [message.id for message in read_po(file) if message.id]
    texts = {text for one in messages for text in ((one,) if isinstance(one, str) else one)}
    assert {text for text in texts if not NEVER_SHOWN.search(text)} == set(LIBRARY_TEXTS)
