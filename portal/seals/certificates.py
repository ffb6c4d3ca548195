"""Certificates of seals: what they say, and the circumstances in which a chain is believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from asn1crypto import pem, x509
from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True)
class Description:
    """What a seal's certificate says in words: `name` of the seal, the `unit` it belongs to, its issuer."""

    name: str
    unit: str
    issuer: str
    serial: str
    fingerprint: str
    begins: dt.datetime
    ends: dt.datetime


def load(data: bytes) -> x509.Certificate:
    """Read one certificate from DER or PEM; raises ValueError when it is neither."""
    if b"-----BEGIN" in data:
        _, _, data = pem.unarmor(data)
    certificate = x509.Certificate.load(data, strict=True)
    certificate.native  # noqa: B018 - asn1crypto parses lazily; a broken one must fail here
    return certificate


def serial_hex(certificate: x509.Certificate) -> str:
    """Return the serial number as officials' tools print it: hexadecimal, capitals, whole bytes."""
    text = f"{certificate.serial_number:X}"
    return text.zfill(len(text) + len(text) % 2)


def describe(certificate: x509.Certificate) -> Description:
    """Return what a person wants to know of a certificate."""
    subject, issuer = certificate.subject.native, certificate.issuer.native
    name = _text(subject.get("common_name"))
    return Description(
        name=name,
        unit=_text(subject.get("organization_name")) or name,
        issuer=_text(issuer.get("common_name")) or _text(issuer.get("organization_name")),
        serial=serial_hex(certificate),
        fingerprint=certificate.sha256.hex(),
        begins=certificate.not_valid_before,
        ends=certificate.not_valid_after,
    )


def context(
    roots: Iterable[x509.Certificate],
    *,
    others: Iterable[x509.Certificate] = (),
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
    moment: dt.datetime | None = None,
) -> ValidationContext:
    """Return how chains are judged: only these roots, never the network, revocation always asked.

    `moment` is the proven time of the signature; lists issued after it count too, so a later list can show
    that a seal had been revoked before.
    """
    return ValidationContext(
        trust_roots=list(roots),
        other_certs=list(others),
        crls=list(crls),
        ocsps=list(ocsps),
        moment=moment,
        allow_fetching=False,
        revocation_mode="require",
        retroactive_revinfo=moment is not None,
    )


def _text(value: object) -> str:
    """Return a name's part as text; a name may repeat a part, then they are joined."""
    return "、".join(map(str, value)) if isinstance(value, list) else str(value or "")
