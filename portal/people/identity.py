"""Identity numbers 公民身份号码 (GB 11643-1999): proved by their check digit, kept only as a keyed hash (A-2)."""

from __future__ import annotations

import re
from datetime import date

from portal.core.crypto import StorageKeys
from portal.core.errors import Invalid

PURPOSE = "identity"
_FORM = re.compile(r"[1-9]\d{16}[\dX]")
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECKS = "10X98765432"


def hash_of(number: str, keys: StorageKeys) -> str:
    """The keyed hash of an identity number. Raises Invalid (field `identity`) for what is none (GZ15)."""
    number = "".join(number.split()).upper()
    if not _FORM.fullmatch(number) or not _is_day(number[6:14]):
        raise Invalid("An identity number has 18 characters: 17 digits and a digit or X.", field="identity")
    if check_digit(number[:17]) != number[17]:
        raise Invalid("The identity number has a slip of the pen: its last character doesn't fit.", field="identity")
    return keys.keyed_hash(PURPOSE, number)


def check_digit(body: str) -> str:
    """The last character of the number whose first 17 digits are `body`."""
    return _CHECKS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError:
        return False
    return True
