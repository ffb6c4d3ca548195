"""A certification authority, seals and a time-stamping authority that live in memory, for the seal tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from asn1crypto import cms, tsp
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

DAY = dt.timedelta(days=1)


def utc() -> dt.datetime:
    """Return the present second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*names: str) -> x509.KeyUsage:
    every = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in names for name in every})


@dataclass(frozen=True)
class Pair:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def asn1(self) -> asn1_x509.Certificate:
        """The certificate as pyHanko wants it."""
        return asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))

    def signer(self, *chain: Pair) -> SimpleSigner:
        """Return a pyHanko signer that embeds `chain`."""
        store = SimpleCertificateStore()
        store.register_multiple([pair.asn1 for pair in chain])
        der = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SimpleSigner(self.asn1, asn1_keys.PrivateKeyInfo.load(der), store)


class TestTimeStamper(TimeStamper):
    """A time-stamping authority in the same process (RFC 3161, P-256)."""

    __test__ = False

    def __init__(self, signer: SimpleSigner, at: dt.datetime | None = None) -> None:
        super().__init__()
        self.signer, self.at = signer, at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer with a token over the request's imprint at `at`, or now."""
        info = {
            "version": "v1",
            "policy": "1.3.6.1.4.1.13762.3",
            "message_imprint": req["message_imprint"],
            "serial_number": int.from_bytes(hashes_of(req.dump())[:8], "big"),
            "gen_time": self.at or utc(),
        }
        if req["nonce"].native is not None:
            info["nonce"] = req["nonce"]
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": cms.ParsableOctetString(tsp.TSTInfo(info).dump())}
        )
        token = await self.signer.async_sign_general_data(content, "sha256", detached=False)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})


def hashes_of(data: bytes) -> bytes:
    """Return SHA-256 of `data`."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()


@dataclass
class Authority:
    """A seal CA with one seal certificate and one time-stamping certificate."""

    name: str = "南澄市印章认证中心"
    began: dt.datetime = field(default_factory=lambda: utc() - 30 * DAY)

    def __post_init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(self.name, "南澄市人民政府办公室")
        builder = (
            self._builder(subject, subject, key.public_key(), 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        )
        self.root = Pair(builder.sign(key, hashes.SHA256()), key)
        self.seal = self.issue("南澄市人民政府办公室", "南澄市人民政府办公室")
        self.tsa = self.issue("南澄市时间戳服务", "南澄市人民政府办公室", time_stamping=True)

    def _builder(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: dt.timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.began)
            .not_valid_after(self.began + life)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def issue(self, common: str, organisation: str, *, time_stamping: bool = False, policy: str = "") -> Pair:
        """Issue a certificate for a fresh key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self.certify(key.public_key(), common, organisation, time_stamping=time_stamping, policy=policy)
        return Pair(made, key)

    def certify(
        self,
        key: ec.EllipticCurvePublicKey,
        common: str,
        organisation: str,
        *,
        time_stamping: bool = False,
        policy: str = "",
    ) -> x509.Certificate:
        """Certify somebody's key, under a policy if it has a number."""
        builder = (
            self._builder(_name(common, organisation), self.root.certificate.subject, key, 1000 * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.key.public_key()), critical=False
            )
            .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        )
        if policy:
            stated = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
            builder = builder.add_extension(x509.CertificatePolicies([stated]), critical=False)
        if time_stamping:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(purpose, critical=True)
        return builder.sign(self.root.key, hashes.SHA256())

    def crl(self, revoked: dict[int, dt.datetime] | None = None, at: dt.datetime | None = None) -> bytes:
        """Return a revocation list in DER with the given serial numbers and dates."""
        at = at or utc() - DAY / 24
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.certificate.subject)
        builder = builder.last_update(at).next_update(at + 7 * DAY)
        for serial, date in (revoked or {}).items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(date).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.root.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def signer(self) -> SimpleSigner:
        """Return the signer of the seal."""
        return self.seal.signer(self.root)

    def timestamper(self, at: dt.datetime | None = None) -> TestTimeStamper:
        """Return the time-stamping authority, at a fixed time if wanted."""
        return TestTimeStamper(self.tsa.signer(self.root), at)
