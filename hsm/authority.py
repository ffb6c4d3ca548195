"""The Seal CA: its root, the certificates of seals and of the seal server's own keys, revocation.

The root key lives on the ceremony token and signs only in a ceremony (S-5); OCSP responses are signed by a
key on the seals token, so that the answer about a seal is fresh without the root.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from hsm.errors import RequestInvalid
from hsm.keys import HsmEcKey
from hsm.settings import AddressSettings

ROOT_YEARS = 20
SERVICE_YEARS = 10
CRL_DAYS = 30
CURRENT_CRL_DAYS = 2
OCSP_DAYS = 7
NO_USE = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


@dataclass(frozen=True)
class Profile:
    """What a certificate may be used for. commits: signs with the intent to be bound (non-repudiation)."""

    commits: bool
    only_for: x509.ObjectIdentifier | None = None  # a critical extended key usage
    never_checked: bool = False  # id-pkix-ocsp-nocheck


SEAL = Profile(commits=True)
RECEIPT = Profile(commits=True)
TIME_STAMPING = Profile(commits=False, only_for=ExtendedKeyUsageOID.TIME_STAMPING)
PERSON = Profile(commits=True, only_for=ExtendedKeyUsageOID.CLIENT_AUTH)
OCSP_SIGNING = Profile(commits=False, only_for=ExtendedKeyUsageOID.OCSP_SIGNING, never_checked=True)


@dataclass(frozen=True)
class Revocation:
    """A revoked certificate. reason: None, or one of RFC 5280 5.3.1."""

    serial: int
    at: dt.datetime
    reason: x509.ReasonFlags | None = None


def make_name(common_name: str, organisation: str, organisation_code: str = "", country: str = "CN") -> x509.Name:
    """A subject. Raises RequestInvalid when a part is empty or longer than X.520 allows (64 characters)."""
    parts = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organisation)]
    if organisation_code:
        parts.append((NameOID.SERIAL_NUMBER, organisation_code))
    parts.append((NameOID.COMMON_NAME, common_name))
    try:
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
    except ValueError as error:
        raise RequestInvalid(f"The certificate's subject is not valid: {error}", common_name) from error


def make_root(key: HsmEcKey, subject: x509.Name, *, years: int = ROOT_YEARS) -> x509.Certificate:
    """The self-signed certificate of the Seal CA; it issues no further authorities."""
    return _self_signed(key, _builder(subject, key.public_key(), subject, x509.random_serial_number(), years))


def renew_root(key: HsmEcKey, root: x509.Certificate, *, years: int = ROOT_YEARS) -> x509.Certificate:
    """A new certificate of the same Seal CA: same key, same name, valid for `years` from now.

    It begins when the old one began, so that every certificate issued before lies within it too.
    Raises RequestInvalid when the key is another one.
    """
    if key.public_key() != root.public_key():
        raise RequestInvalid("The CA certificate belongs to another key than the one on the device.", key.label)
    number = x509.random_serial_number()
    builder = _builder(root.subject, key.public_key(), root.subject, number, years, root.not_valid_before_utc)
    return _self_signed(key, builder)


def _self_signed(key: HsmEcKey, builder: x509.CertificateBuilder) -> x509.Certificate:
    usage = x509.KeyUsage(**{**NO_USE, "key_cert_sign": True, "crl_sign": True})
    own_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(own_key, critical=False)
        .sign(key, hashes.SHA256())
    )


class SealAuthority:
    """The Seal CA with its key at hand; exists only in the initialisation and in a ceremony."""

    def __init__(self, key: HsmEcKey, certificate: x509.Certificate, addresses: AddressSettings | None = None) -> None:
        if key.public_key() != certificate.public_key():
            raise RequestInvalid("The CA certificate belongs to another key than the one on the device.", key.label)
        self.certificate = certificate
        self._key = key
        self._addresses = addresses or AddressSettings()

    def issue(
        self,
        public_key: ec.EllipticCurvePublicKey,
        subject: x509.Name,
        profile: Profile,
        *,
        years: int = SERVICE_YEARS,
        serial: int | None = None,
    ) -> x509.Certificate:
        """A certificate of this profile. serial: its number, random when not given.

        Raises RequestInvalid when it would outlive the CA.
        """
        if _after_years(_now(), years) > self.certificate.not_valid_after_utc:
            raise RequestInvalid("The certificate would be valid for longer than the Seal CA.", "valid_years")
        number = serial or x509.random_serial_number()
        builder = _builder(subject, public_key, self.certificate.subject, number, years)
        for extension, critical in self._extensions(profile):
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())

    def issue_seal_certificate(
        self,
        public_key: ec.EllipticCurvePublicKey,
        *,
        common_name: str,
        organisation: str,
        organisation_code: str,
        years: int,
        serial: int | None = None,
    ) -> x509.Certificate:
        """The certificate of a seal: CN the seal's name, O the unit, serialNumber the organisation code."""
        subject = make_name(common_name, organisation, organisation_code)
        return self.issue(public_key, subject, SEAL, years=years, serial=serial)

    def issue_crl_signer(
        self, public_key: ec.EllipticCurvePublicKey, *, years: int = SERVICE_YEARS
    ) -> x509.Certificate:
        """The certificate of a key that signs revocation lists in the CA's own name and nothing else.

        So lists stay fresh between ceremonies. It bears the CA's name, as RFC 5280 4.2.1.13 allows for a CA with
        separate keys: certificates issued before it are covered too.
        """
        if _after_years(_now(), years) > self.certificate.not_valid_after_utc:
            raise RequestInvalid("The certificate would be valid for longer than the Seal CA.", "valid_years")
        name = self.certificate.subject
        return (
            _builder(name, public_key, name, x509.random_serial_number(), years)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**{**NO_USE, "crl_sign": True}), critical=True)
            .add_extension(self._issuer_key_identifier(), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def sign_crl(
        self, revocations: Iterable[Revocation], number: int, *, days: int = CRL_DAYS
    ) -> x509.CertificateRevocationList:
        """The list of everything revoked. number: greater than that of every list before (RFC 5280 5.2.3)."""
        return signed_crl(self.certificate.subject, self._key, revocations, number, days=days)

    def _issuer_key_identifier(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())

    def _extensions(self, profile: Profile) -> Iterable[tuple[x509.ExtensionType, bool]]:
        """The extensions of a profile with their criticality."""
        usage = {**NO_USE, "digital_signature": True, "content_commitment": profile.commits}
        yield x509.BasicConstraints(ca=False, path_length=None), True
        yield x509.KeyUsage(**usage), True
        yield self._issuer_key_identifier(), False
        if profile.only_for is not None:
            yield x509.ExtendedKeyUsage([profile.only_for]), True
        if profile.never_checked:
            yield x509.OCSPNoCheck(), False
            return
        if self._addresses.crl_url:
            place = x509.UniformResourceIdentifier(self._addresses.crl_url)
            yield x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]), False
        if self._addresses.ocsp_url:
            place = x509.UniformResourceIdentifier(self._addresses.ocsp_url)
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            yield x509.AuthorityInformationAccess([access]), False


def signed_crl(
    issuer: x509.Name,
    key: HsmEcKey,
    revocations: Iterable[Revocation],
    number: int,
    *,
    days: int = CURRENT_CRL_DAYS,
) -> x509.CertificateRevocationList:
    """A revocation list in the name of the issuer, by its own key or by one it certified for lists."""
    now = _now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(now)
        .next_update(now + dt.timedelta(days=days))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for revocation in revocations:
        builder = builder.add_revoked_certificate(_revoked(revocation))
    return builder.sign(key, hashes.SHA256())


def ocsp_response(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    responder_key: HsmEcKey,
    responder: x509.Certificate,
    revocation: Revocation | None = None,
    *,
    days: int = OCSP_DAYS,
) -> ocsp.OCSPResponse:
    """A signed answer about one certificate: good, or revoked. Embedded in sealed files (PAdES B-LT)."""
    now = _now()
    status = ocsp.OCSPCertStatus.GOOD if revocation is None else ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer,
        # Names the certificate, protects nothing; the form every client understands (RFC 5019 2.1.1).
        algorithm=hashes.SHA1(),
        cert_status=status,
        this_update=now,
        next_update=now + dt.timedelta(days=days),
        revocation_time=revocation.at if revocation else None,
        revocation_reason=revocation.reason if revocation else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder).certificates([responder])
    return builder.sign(responder_key, hashes.SHA256())


def to_pem(certificate: x509.Certificate | x509.CertificateRevocationList) -> str:
    """A certificate or CRL as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether this issuer's key signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def load_certificate(pem: str) -> x509.Certificate:
    """The certificate in a PEM. Raises RequestInvalid."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise RequestInvalid("The text is not a PEM certificate.") from error


def _builder(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    serial: int,
    years: int,
    begins: dt.datetime | None = None,
) -> x509.CertificateBuilder:
    if years < 1:
        raise RequestInvalid("A certificate is valid for at least one year.", "valid_years")
    now = _now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(begins or now)
        .not_valid_after(_after_years(now, years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _revoked(revocation: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(revocation.serial).revocation_date(revocation.at)
    if revocation.reason is not None:
        builder = builder.add_extension(x509.CRLReason(revocation.reason), critical=False)
    return builder.build()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _after_years(moment: dt.datetime, years: int) -> dt.datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, day=28)
