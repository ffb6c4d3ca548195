"""Identity numbers 公民身份号码 (GB 11643): checked, then kept as a keyed hash and nothing else (A-2)."""

from __future__ import annotations

import re
from datetime import date

from portal.core.crypto import StorageKeys
from portal.core.errors import Invalid

PURPOSE = "identity"
NUMBER = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def hash_of(number: str, keys: StorageKeys) -> str:
    """The keyed hash that stands for the number. Raises Invalid (field `identity`) for what is no identity number."""
    return keys.keyed_hash(PURPOSE, checked(number))


def checked(number: str) -> str:
    """The number in its one written form. Raises Invalid."""
    number = "".join(number.split()).upper()
    if not NUMBER.fullmatch(number) or not _is_day(number[6:14]):
        raise Invalid("An identity number has 18 characters with the day of birth in it.", field="identity")
    if check_character(number[:17]) != number[17]:
        raise Invalid(
            "The last character of the identity number doesn't fit the others: it is mistyped.", field="identity"
        )
    return number


def check_character(first: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
