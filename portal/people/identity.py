"""Identity numbers 公民身份号码 (GB 11643-1999): proved by their check digit, kept only as a keyed hash (A-2, GZ15)."""

from __future__ import annotations

import re
from datetime import date

from portal.core.crypto import StorageKeys
from portal.core.errors import Invalid

PURPOSE = "identity"
CHECK = "10X98765432"
_NUMBER = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)


def hash_of(number: str, keys: StorageKeys) -> str:
    """The keyed hash by which a person is known again. Raises Invalid (field `identity`) for no identity number."""
    number = "".join(number.split()).upper()
    if not _NUMBER.fullmatch(number) or not _is_day(number[6:14]) or check_digit(number[:17]) != number[17]:
        raise Invalid("This isn't an identity number: 18 digits, the last of which may be an X.", field="identity")
    return keys.keyed_hash(PURPOSE, number)


def check_digit(body: str) -> str:
    """The last character for 17 digits (ISO 7064 MOD 11-2)."""
    return CHECK[sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body)) % 11]


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
