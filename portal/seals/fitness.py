"""What another authority's certificate must be to stamp with: asked when it is brought in and before a ceremony (S-7).

As strict as the stamping itself, which refuses what doesn't commit its holder. Three people assemble for nothing, and a
unit is left without a seal, where a certificate is bound that stamps nothing.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from portal.core.errors import Invalid
from portal.seals.models import UnitSeal

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""RFC 9336."""
_PURPOSES = frozenset(
    {
        DOCUMENT_SIGNING,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
    }
)
_KNOWN = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    }
)


def require_fit(certificate: x509.Certificate, seal: UnitSeal, field: str = "certificate") -> None:
    """Raise Invalid unless a seal with this certificate could stamp, under the names of this seal."""
    try:
        _require_use(certificate, field)
    except (ValueError, x509.DuplicateExtension):
        raise Invalid("The certificate's extensions can't be read.", field=field) from None
    _require_names(certificate.subject, seal, field)


def _require_use(certificate: x509.Certificate, field: str) -> None:
    values = [extension.value for extension in certificate.extensions]
    usages = [value for value in values if isinstance(value, x509.KeyUsage)]
    if not usages or not usages[0].content_commitment:
        raise Invalid(
            "The certificate doesn't say that its key may sign and commit its holder (key usage: non-repudiation).",
            field=field,
        )
    purposes = {one for value in values if isinstance(value, x509.ExtendedKeyUsage) for one in value}
    if not purposes <= _PURPOSES:
        raise Invalid("The certificate is meant for something else than documents (extended key usage).", field=field)
    strange = [one.oid for one in certificate.extensions if one.critical and one.oid not in _KNOWN]
    if strange:
        raise Invalid(
            "The certificate demands something that isn't understood here (critical extension %(oid)s).",
            field=field,
            oid=strange[0].dotted_string,
        )


def _require_names(subject: x509.Name, seal: UnitSeal, field: str) -> None:
    """What verifiers will read as seal and unit is this seal and this unit."""
    names = {str(one.value) for one in subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    units = {str(one.value) for one in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    if not names or not names <= {seal.name, seal.unit.name} or not units <= {seal.unit.name}:
        raise Invalid(
            "The certificate is made out to “%(subject)s”, not to the seal “%(seal)s” of %(unit)s.",
            field=field,
            subject=subject.rfc4514_string(),
            seal=seal.name,
            unit=seal.unit.name,
        )
