"""A PIN that no single person knows: PIN = base64url(A xor B) of two random 32-byte shares.

Share A belongs to the secrecy office, share B to the information centre (S-5). A share is typed as groups of
four letters and digits (base32) that end with a checksum, so that a typing error is told before anything is
tried. We keep only a verifier of each share.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from enum import StrEnum

from hsm.errors import HsmError, SharesSame, SharesSwapped, ShareTypo, ShareWrong

SHARE_BYTES = 32
SHARE_CHARACTERS = 52  # 32 bytes in base32
CHECK_CHARACTERS = 4  # 20 bits: one typing error in a million goes unnoticed
LOOKALIKES = str.maketrans("018", "OIB")  # base32 has no such digits


class Holder(StrEnum):
    """Who keeps a share."""

    A = "A"  # the secrecy office
    B = "B"  # the information centre


class Purpose(StrEnum):
    """Which PIN two shares make."""

    CEREMONY_PIN = "ceremony_pin"
    CEREMONY_SO_PIN = "ceremony_so_pin"
    SEALS_SO_PIN = "seals_so_pin"


def split_new() -> tuple[bytes, bytes]:
    """Two new random shares."""
    return secrets.token_bytes(SHARE_BYTES), secrets.token_bytes(SHARE_BYTES)


def combine(share_a: bytes | bytearray, share_b: bytes | bytearray) -> str:
    """The PIN of two shares, 43 characters."""
    mixed = bytes(a ^ b for a, b in zip(share_a, share_b, strict=True))
    return base64.urlsafe_b64encode(mixed).rstrip(b"=").decode()


def format_share(share: bytes) -> str:
    """A share as typed: fourteen groups of four characters, the last group a checksum."""
    text = _encode(share)
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def parse_share(text: str, which: str = "") -> bytearray:
    """The share in a typed text; spaces, dashes and small letters are welcome. Raises ShareTypo.

    The result is a bytearray so that it can be wiped (`wipe`).
    """
    typed = re.sub(r"[\s\-–—]", "", text).upper().translate(LOOKALIKES)
    if len(typed) != SHARE_CHARACTERS + CHECK_CHARACTERS or not re.fullmatch(r"[A-Z2-7]+", typed):
        raise ShareTypo("The share has fourteen groups of four letters or digits 2 to 7; check the typing.", which)
    share = bytearray(base64.b32decode(typed[:SHARE_CHARACTERS] + "===="))
    # Compared as text: the last letter before the checksum has spare bits that decoding ignores.
    if _encode(share) != typed:
        raise ShareTypo("The share has a typing error; compare it with the sheet group by group.", which)
    return share


def verifier(share: bytes | bytearray, purpose: Purpose, holder: Holder) -> str:
    """What is kept to recognise a share without knowing it: hexadecimal SHA-256, bound to its use."""
    return _hash(f"gongwen share verifier v1:{purpose}:{holder}", share).hexdigest()


def check(
    share_a: bytes | bytearray, share_b: bytes | bytearray, purpose: Purpose, verifier_a: str, verifier_b: str
) -> None:
    """Make sure that both shares are the right ones, before any PIN is tried.

    Raises SharesSame, SharesSwapped, or ShareWrong naming "A", "B" or "AB".
    """
    good_a = hmac.compare_digest(verifier(share_a, purpose, Holder.A), verifier_a)
    good_b = hmac.compare_digest(verifier(share_b, purpose, Holder.B), verifier_b)
    if good_a and good_b:
        return
    wrong = ("" if good_a else Holder.A) + ("" if good_b else Holder.B)
    if hmac.compare_digest(share_a, share_b):
        raise SharesSame("The same share was entered twice; each office enters its own.", wrong)
    a_at_b = hmac.compare_digest(verifier(share_a, purpose, Holder.B), verifier_b)
    b_at_a = hmac.compare_digest(verifier(share_b, purpose, Holder.A), verifier_a)
    if a_at_b and b_at_a:
        raise SharesSwapped("The two shares were entered in each other's place.", wrong)
    raise ShareWrong(f"Share {' and '.join(wrong)} is not the right one.", wrong)


def check_any(
    share_a: bytes | bytearray,
    share_b: bytes | bytearray,
    purpose: Purpose,
    verifiers: Iterable[tuple[str, str]],
) -> None:
    """Make sure that both shares are the right ones of one pair of verifiers. Raises what `check` says of the first."""
    refusal: HsmError | None = None
    for pair in verifiers:
        try:
            check(share_a, share_b, purpose, *pair)
        except ShareWrong as error:
            refusal = refusal or error
        else:
            return
    raise refusal or ShareWrong("No share is known.", "AB")


def wipe(secret: bytearray) -> None:
    """Overwrite a secret with zeroes."""
    secret[:] = bytes(len(secret))


def _encode(share: bytes | bytearray) -> str:
    checksum = base64.b32encode(_hash("gongwen share checksum v1", share).digest())[:CHECK_CHARACTERS]
    return (base64.b32encode(share).rstrip(b"=") + checksum).decode()


def _hash(domain: str, share: bytes | bytearray) -> "hashlib._Hash":
    return hashlib.sha256(domain.encode() + b"\0" + share)
