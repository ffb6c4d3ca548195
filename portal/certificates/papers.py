"""Reading what people bring: certification requests and certificates of other authorities (S-7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.core.errors import Invalid

LONGEST = 20_000
MOST_LINKS = 6
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def read_request(pem: str, field: str = "csr") -> x509.CertificateSigningRequest:
    """A request for a P-256 key whose holder signed it. Raises Invalid naming the field."""
    try:
        request = x509.load_pem_x509_csr(_short(pem, field).encode())
        key, good = request.public_key(), request.is_signature_valid
    except (ValueError, TypeError):
        raise Invalid("This is no certification request (PKCS #10, PEM).", field=field) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Invalid("The key of the request must be of the curve P-256.", field=field)
    if not good:
        raise Invalid("The request wasn't signed with its own key.", field=field)
    return request


def read_certificates(pem: str, field: str) -> list[x509.Certificate]:
    """All certificates in a PEM text. Raises Invalid naming the field."""
    try:
        found = [x509.load_pem_x509_certificate(block.encode()) for block in _BLOCK.findall(_short(pem, field))]
    except ValueError:
        raise Invalid("A certificate in this text can't be read.", field=field) from None
    if not found or len(found) > MOST_LINKS:
        raise Invalid("Bring one to %(most)s certificates as PEM.", field=field, most=MOST_LINKS)
    return found


def key_of(thing: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """The public key, for comparing."""
    return thing.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def serial(certificate: x509.Certificate) -> str:
    """As officials' tools print it: hexadecimal, capitals, whole bytes."""
    return serial_text(certificate.serial_number)


def serial_text(number: int) -> str:
    """A serial number as it stands in the register."""
    text = f"{number:X}"
    return text.zfill(len(text) + len(text) % 2)


def common_name(name: x509.Name) -> str:
    """The common name, or the organisation."""
    for kind in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        found = name.get_attributes_for_oid(kind)
        if found:
            return str(found[0].value)
    return name.rfc4514_string()


def to_pem(certificates: Sequence[x509.Certificate]) -> str:
    """Certificates one after the other."""
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)


def require_for_key(certificate: x509.Certificate, key: bytes, at: datetime, field: str) -> None:
    """Raise Invalid unless the certificate is for this key, valid now and no authority's own."""
    if key_of(certificate) != key:
        raise Invalid("The certificate is for another key than the one in the device.", field=field)
    if _issues(certificate):
        raise Invalid("This is a certificate of an authority, not of a seal.", field=field)
    _require_valid(certificate, at, field)


def chain_to(
    certificate: x509.Certificate,
    trusted: Sequence[x509.Certificate],
    between: Sequence[x509.Certificate],
    at: datetime,
) -> list[x509.Certificate]:
    """The issuers of a certificate up to a trusted one, which is the last. Raises Invalid when there is no such way."""
    chain: list[x509.Certificate] = []
    current = certificate
    while len(chain) < MOST_LINKS:
        issuer = _issuer(current, trusted)
        if issuer is not None:
            _require_valid(issuer, at, "certificate")
            return [*chain, issuer]
        issuer = _issuer(current, [one for one in between if one not in chain and one != current])
        if issuer is None:
            break
        _require_valid(issuer, at, "certificate")
        chain.append(issuer)
        current = issuer
    raise Invalid(
        "No trusted authority stands behind this certificate. Bring the certificates between it and the authority, "
        "or have the authority added first.",
        field="certificate",
    )


def _issuer(certificate: x509.Certificate, among: Sequence[x509.Certificate]) -> x509.Certificate | None:
    for candidate in among:
        try:
            certificate.verify_directly_issued_by(candidate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        if _issues(candidate):
            return candidate
    return None


def _issues(certificate: x509.Certificate) -> bool:
    try:
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False


def _require_valid(certificate: x509.Certificate, at: datetime, field: str) -> None:
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        raise Invalid("“%(name)s” isn't valid today.", field=field, name=common_name(certificate.subject))


def _short(pem: str, field: str) -> str:
    if len(pem) > LONGEST:
        raise Invalid("At most %(longest)s characters.", field=field, longest=LONGEST)
    return pem
