"""Organisation codes 统一社会信用代码 (GB 32100-2015), or what a city demands instead (EE6)."""

from __future__ import annotations

import re

from portal.core.errors import Invalid
from portal.core.rules import ExchangeRules

STANDARD = "uscc"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Without I, O, S, V, Z, which are taken for digits and one another."""
LENGTH = 18


def check_code(code: str, rules: ExchangeRules) -> str:
    """The code as it is kept. Raises Invalid (field `code`) for one against the city's rule."""
    code = "".join(code.split()).upper()
    if rules.organisation_code != STANDARD:
        if not re.fullmatch(rules.organisation_code, code):
            raise Invalid("The organisation code isn't one by the city's rule.", field="code")
        return code
    if len(code) != LENGTH or set(code) - set(ALPHABET):
        raise Invalid("An organisation code has 18 digits and capital letters, without I, O, S, V and Z.", field="code")
    if with_check_character(code[:-1]) != code:
        raise Invalid("The organisation code has a slip of the pen: its last character doesn't fit.", field="code")
    return code


NAME = re.compile(r"[\u3400-\u9fff\uf900-\ufaff〇A-Za-z0-9（）()〔〕“”·、—\- ]+")
"""What a unit's names consist of: they go round its seal and into its certificate."""
NAMED = ("name", "short_name", "red_head", "document_code")


def check_name(text: str, field: str) -> str:
    """A name of a unit, its red head or 机关代字, as it is. Raises Invalid for characters that no such name has."""
    if text and not NAME.fullmatch(text):
        raise Invalid("Names of units have Chinese characters, letters, digits and brackets only.", field=field)
    return text


def with_check_character(body: str) -> str:
    """The 17 characters with the one that proves them (GB 32100-2015 appendix)."""
    total = sum(ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + ALPHABET[-total % 31]
