"""The code on a printed copy: the copy's facts, signed with the unit's verification seal (GZ35, GZ31).

A code is base32 text over a compact record and its raw ECDSA P-256 signature, so that it fits a QR code in the
dense alphanumeric mode and proves itself without a network against the unit's certificate, of which it holds only
the serial number. The record has one spelling alone: any other text that would mean the same is refused.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import enum
import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.core.errors import Invalid
from portal.core.text import N_
from portal.seals.certificates import serial_hex

VERSION = 1
SIGNATURE_BYTES = 64
DIGEST_BYTES = 16
TITLE_CHARACTERS = 24
# The record begins: version, kind, day (proleptic ordinal), number of the copy, number of copies, digest.
_HEAD = struct.Struct(f">BBIHH{DIGEST_BYTES}s")
# Signed along with the record, so that a signature made for anything else proves nothing here.
_PURPOSE = b"gongwen printed copy\0"
# GB 18030 holds every character and takes two bytes for a common one.
_CHARSET = "gb18030"
# Text beyond this is nobody's code and isn't even decoded.
MOST_CHARACTERS = 900


class NotACode(Invalid):
    """The text isn't a code from a copy: cut off, mistyped or something else."""


class NotProven(Invalid):
    """The code isn't signed with the verification seal whose certificate was given."""


class CopyKind(enum.IntEnum):
    """How the copy left the system: printed by a holder of the verification seal, or downloaded (GZ36)."""

    PRINT = 0
    DOWNLOAD = 1


@dataclass(frozen=True)
class CopyFacts:
    """What a copy's code says. `digest`: first 16 bytes of the sealed file's SHA-256; `serial`: hex.

    Texts may take 255 bytes each in GB 18030; `shortened` brings a title down to size.
    """

    unit_name: str
    unit_code: str
    document_number: str
    title: str
    copy_id: str
    serial: str
    copy: int
    copies: int
    kind: CopyKind
    day: dt.date
    digest: bytes

    @property
    def number(self) -> str:
        """The copy's number as it is printed: 3/10."""
        return f"{self.copy}/{self.copies}"


def shortened(title: str) -> str:
    """Return the title as the code carries it."""
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1] + "…"


def to_sign(facts: CopyFacts) -> bytes:
    """Return the SHA-256 that the verification seal's key signs, raw ECDSA."""
    return hashlib.sha256(_PURPOSE + _pack(facts)).digest()


def encode(facts: CopyFacts, signature: bytes) -> str:
    """Return the code: facts and their signature (r and s, 64 bytes) as capitals and digits."""
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError("the signature must be r and s, 32 bytes each")
    return base64.b32encode(_pack(facts) + signature).decode().rstrip("=")


def decode(code: str) -> tuple[CopyFacts, bytes]:
    """Return facts and signature, not yet proven; raises NotACode."""
    try:
        if len(code) > MOST_CHARACTERS:
            raise ValueError("too long")
        data = base64.b32decode(code + "=" * (-len(code) % 8))
        facts, signature = _unpack(data[:-SIGNATURE_BYTES]), data[-SIGNATURE_BYTES:]
        if encode(facts, signature) != code:
            raise ValueError("not in its one spelling")
    except (ValueError, struct.error, binascii.Error, OverflowError) as error:
        raise NotACode(N_("This isn't the code of a copy, or a part of it is missing.")) from error
    return facts, signature


def verify_code(code: str, certificate: x509.Certificate) -> CopyFacts:
    """Return the facts, proven by the unit's certificate; raises NotACode or NotProven."""
    facts, signature = decode(code)
    key = load_der_public_key(certificate.public_key.dump())
    if facts.serial != serial_hex(certificate) or not isinstance(key, ec.EllipticCurvePublicKey):
        raise NotProven(N_("The code belongs to another verification seal."))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        der = utils.encode_dss_signature(r, s)
        key.verify(der, to_sign(facts), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    except InvalidSignature as error:
        message = N_("The code is forged: it isn't signed by the verification seal it names.")
        raise NotProven(message) from error
    return facts


def address(base: str, code: str) -> str:
    """Return the address that the QR code holds."""
    return f"{base.rstrip('/')}/v/{code}"


def from_address(text: str) -> str:
    """Return the code in an address, or the text itself if it is one already."""
    return re.sub(r"^.*/v/", "", text.strip())


def _pack(facts: CopyFacts) -> bytes:
    """Write the record; raises ValueError or struct.error when something doesn't fit."""
    head = _HEAD.pack(VERSION, facts.kind, facts.day.toordinal(), facts.copy, facts.copies, _exactly(facts.digest))
    texts = (facts.unit_name, facts.unit_code, facts.document_number, facts.title, facts.copy_id)
    fields = [*(text.encode(_CHARSET) for text in texts), bytes.fromhex(facts.serial)]
    return head + b"".join(struct.pack("B", len(field)) + field for field in fields)


def _unpack(data: bytes) -> CopyFacts:
    """Read the record; raises ValueError or struct.error."""
    version, kind, day, copy, copies, digest = _HEAD.unpack_from(data)
    if version != VERSION:
        raise ValueError("a code of another version")
    *texts, serial = _fields(data[_HEAD.size :])
    unit_name, unit_code, document_number, title, copy_id = (text.decode(_CHARSET) for text in texts)
    return CopyFacts(
        unit_name=unit_name,
        unit_code=unit_code,
        document_number=document_number,
        title=title,
        copy_id=copy_id,
        serial=serial.hex().upper(),
        copy=copy,
        copies=copies,
        kind=CopyKind(kind),
        day=dt.date.fromordinal(day),
        digest=digest,
    )


def _fields(data: bytes) -> Iterator[bytes]:
    """Yield the length-prefixed fields; raises ValueError when the last one is cut off."""
    while data:
        length, data = data[0], data[1:]
        if length > len(data):
            raise ValueError("cut off")
        yield data[:length]
        data = data[length:]


def _exactly(digest: bytes) -> bytes:
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"the digest must have {DIGEST_BYTES} bytes")
    return digest
