"""Reading the certificates of another authority: one sound chain from its root, or nothing (S-7)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from portal.core.errors import Invalid
from portal.core.text import N_

MOST_CHARACTERS, MOST_CERTIFICATES = 64 << 10, 5
_NOT_A_CHAIN = N_("The certificates don't form one chain from a root, each issued by the one before.")


def read(text: str, at: datetime) -> list[x509.Certificate]:
    """The certificates in a PEM text, the root first, all of authorities valid `at`. Raises Invalid."""
    if len(text) > MOST_CHARACTERS:
        raise Invalid("This is too long for a chain of certificates.", field="chain")
    if "PRIVATE KEY" in text:
        raise Invalid(
            "This holds a private key, which must never leave its owner. Paste certificates only.", field="chain"
        )
    try:
        given = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        message = N_("These aren't certificates in PEM form: text between BEGIN CERTIFICATE and END CERTIFICATE.")
        raise Invalid(message, field="chain") from error
    if len(given) > MOST_CERTIFICATES:
        raise Invalid(_NOT_A_CHAIN, field="chain")
    ordered = _in_order(given)
    for one in ordered:
        _require_authority(one, at)
    return ordered


def _in_order(given: list[x509.Certificate]) -> list[x509.Certificate]:
    """From the one that issued itself downwards. Raises Invalid unless every certificate has its place."""
    rest = list(given)
    ordered = [one for one in rest if one.subject == one.issuer]
    if len(ordered) != 1:
        raise Invalid(_NOT_A_CHAIN, field="chain")
    rest.remove(ordered[0])
    _require_issued(ordered[0], ordered[0])
    while rest:
        below = next((one for one in rest if one.issuer == ordered[-1].subject), None)
        if below is None:
            raise Invalid(_NOT_A_CHAIN, field="chain")
        _require_issued(below, ordered[-1])
        rest.remove(below)
        ordered.append(below)
    return ordered


def _require_issued(one: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise Invalid(_NOT_A_CHAIN, field="chain") from error


def _require_authority(certificate: x509.Certificate, at: datetime) -> None:
    """May issue certificates, and is valid. Raises Invalid."""
    try:
        may_issue = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        may_issue = may_issue and certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        may_issue = False
    if not may_issue:
        raise Invalid("A certificate here isn't an authority's: it may not issue any.", field="chain")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise Invalid("A certificate here isn't valid today.", field="chain")
