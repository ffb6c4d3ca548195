"""The shares as the seal server passes them on: as the operators' browsers encrypted them, with the ceremony's key.

Only the child decrypts, and it ends with the ceremony: the process that lives for months never holds a share, which
Python could not wipe. How a browser closes an envelope stands in `portal/seals/envelope.py`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hsm.errors import EnvelopeStrange, RequestInvalid
from hsm.rotation import Sheets
from hsm.shares import Holder, Purpose

BITS_A_BYTE = 8


@dataclass(frozen=True)
class SealedShares:
    """What both operators handed over in one ceremony.

    private_key: of the ceremony, PKCS #8 PEM; application_hash: what their rooms showed, the label of each block;
    seats: which seat each holder has; blocks: what came from it, base64.
    """

    private_key: str = field(repr=False)
    application_hash: str
    ceremony: int
    seats: Mapping[Holder, str]
    blocks: Mapping[Holder, str] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the child's standard input."""
        return {
            "private_key": self.private_key,
            "application_hash": self.application_hash,
            "ceremony": self.ceremony,
            "seats": dict(self.seats),
            "blocks": dict(self.blocks),
        }

    @classmethod
    def from_json(cls, content: Any) -> SealedShares:
        """Raises RequestInvalid."""
        try:
            return cls(
                str(content["private_key"]),
                str(content["application_hash"]),
                int(content["ceremony"]),
                {holder: str(content["seats"][holder]) for holder in Holder},
                {holder: str(content["blocks"][holder]) for holder in Holder},
            )
        except (KeyError, TypeError, ValueError):
            raise RequestInvalid("The sealed shares are not complete.", "sealed") from None

    def typed(self) -> tuple[str, str]:
        """The share of each holder. Raises EnvelopeStrange, naming whose isn't of this ceremony and seat."""
        shares = [self._content(holder, 0).get("share") for holder in Holder]
        for holder, share in zip(Holder, shares, strict=True):
            if not isinstance(share, str):
                raise _strange(holder)
        return str(shares[0]), str(shares[1])

    def sheets(self) -> Sheets:
        """Both sheets of each holder, when shares are renewed. Raises EnvelopeStrange."""
        found: dict[str, dict[Holder, dict[Purpose, str]]] = {"old": {}, "new": {}}
        for holder in Holder:
            for number, age in enumerate(found):
                shares = self._content(holder, number).get(age)
                if not isinstance(shares, list) or len(shares) != len(Purpose):
                    raise _strange(holder)
                found[age][holder] = dict(zip(Purpose, map(str, shares), strict=True))
        return Sheets(found["old"], found["new"])

    def _content(self, holder: Holder, number: int) -> dict[str, Any]:
        """What stands in a holder's n-th block; nothing when it was meant for something else."""
        key = load_pem_private_key(self.private_key.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise RequestInvalid("The key of a ceremony is RSA.", "sealed")
        size = key.key_size // BITS_A_BYTE
        label = self.application_hash.encode()
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=label)
        try:
            block = base64.b64decode(self.blocks[holder])[number * size : (number + 1) * size]
            content = json.loads(key.decrypt(block, oaep))
        except ValueError:
            return {}
        mine = isinstance(content, dict) and content.get("ceremony") == self.ceremony
        return content if mine and content.get("seat") == self.seats[holder] else {}


def _strange(holder: Holder) -> EnvelopeStrange:
    return EnvelopeStrange("A share was encrypted for something else.", holder)
