"""The public half of the custody key, as pages have it at hand: records and accounts are checked where they are shown.

What decides is pinned in the seal server's own settings (`custody_check`); here people are told.
"""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def is_signed(text: str, signature: str, key_file: Path) -> bool | None:
    """Whether the custody key signed the text (signature: base64); None where that key isn't at hand."""
    try:
        key = serialization.load_pem_public_key(key_file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return None
    try:
        key.verify(base64.b64decode(signature), text.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
