"""The envelope of a share: what a browser encrypts to the ceremony's key, and how.

The hash of the application, as the room showed it, is the label of the OAEP block: the share opens nothing for any
other application. The same JSON is made by `portal/static/ceremony.js`. Commands and tests that play an operator use
`close`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

# Eight groups of four: 128 bits, and still read aloud in one breath.
FINGERPRINT_GROUPS = 8


@dataclass(frozen=True)
class Room:
    """What an envelope is for: the ceremony, its key, and the application that its room shows."""

    transport_key: str
    ceremony_id: int
    application_hash: str


def oaep(application_hash: str) -> padding.OAEP:
    """The padding of a block that serves one application."""
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=application_hash.encode())


def close(room: Room, seat: str, share: str) -> str:
    """Encrypt a typed share for one seat; base64."""
    return base64.b64encode(_block(room, seat, share=share)).decode()


def close_sheets(room: Room, seat: str, old: list[str], new: list[str]) -> str:
    """Encrypt all old and all new shares of one seat, in the order of `hsm.shares.Purpose`; base64 of two blocks."""
    blocks = [_block(room, seat, **sheet) for sheet in ({"old": old}, {"new": new})]
    return base64.b64encode(b"".join(blocks)).decode()


def _block(room: Room, seat: str, **content: str | list[str]) -> bytes:
    key = load_pem_public_key(room.transport_key.encode())
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("transport keys are RSA")
    text = json.dumps({"ceremony": room.ceremony_id, "seat": seat, **content}, separators=(",", ":"))
    return key.encrypt(text.encode(), oaep(room.application_hash))


def fingerprint(transport_key: str) -> str:
    """What people compare of a transport key: the first groups of the SHA-256 of its SPKI, in capitals."""
    der = load_pem_public_key(transport_key.encode()).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return grouped(hashlib.sha256(der).hexdigest())


def grouped(digest: str) -> str:
    """The beginning of a digest (hex) as people compare it."""
    capitals = digest.upper()
    return " ".join(capitals[4 * group : 4 * group + 4] for group in range(FINGERPRINT_GROUPS))
