"""Records signed by the custody key: who keeps a seal (S-6), and the transcript of a ceremony (S-5).

A record is a JSON object in one canonical form, so that the same facts are always the same bytes. The custody
key lives on the ceremony token; the seal server verifies with the pinned public key, never with one from the
database.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hsm.errors import RecordForged, RequestInvalid
from hsm.keys import HsmEcKey

CERTIFICATE_FIELD = "certificate_sha256"


def canonical(record: Mapping[str, Any]) -> bytes:
    """The one JSON form of a record: keys sorted, no spaces, UTF-8.

    Raises RequestInvalid for what has no one form.
    """
    _require_plain(record)
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def certificate_digest(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate's DER, hexadecimal."""
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def bind(record: Mapping[str, Any], certificate: x509.Certificate) -> bytes:
    """The canonical record with the digest of the seal's certificate in it.

    Raises RequestInvalid when the record brings such a digest of its own.
    """
    if CERTIFICATE_FIELD in record:
        raise RequestInvalid("The certificate's digest is added in the ceremony.", CERTIFICATE_FIELD)
    return canonical({**record, CERTIFICATE_FIELD: certificate_digest(certificate)})


def sign_record(custody_key: HsmEcKey, record: bytes) -> bytes:
    """The custody key's signature over a canonical record, DER."""
    return custody_key.sign(record, ec.ECDSA(hashes.SHA256()))


def verify_custody(record: bytes, signature: bytes, public_key: ec.EllipticCurvePublicKey | str) -> dict[str, Any]:
    """The facts of a record that the custody key signed.

    public_key: the pinned key, or its PEM. Raises RecordForged.
    """
    key = load_public_key(public_key) if isinstance(public_key, str) else public_key
    try:
        key.verify(signature, record, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise RecordForged("The record is not signed by the custody key.") from error
    facts: dict[str, Any] = json.loads(record)
    return facts


def load_public_key(pem: str) -> ec.EllipticCurvePublicKey:
    """The pinned public key in a PEM. Raises RequestInvalid when it is of another kind."""
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise RequestInvalid("The pinned custody key is not an elliptic curve key.", "custody_public_key_pem")
    return key


def public_key_pem(key: ec.EllipticCurvePublicKey) -> str:
    """A public key as PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def _require_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise RequestInvalid("Field names are texts.")
        for member in value.values():
            _require_plain(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _require_plain(member)
    elif value is not None and not isinstance(value, str | int):
        # A fraction has more than one decimal form; bytes have none in JSON.
        raise RequestInvalid(f"A signed record holds texts and whole numbers only, not {type(value).__name__}.")
