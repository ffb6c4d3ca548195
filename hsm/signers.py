"""What signs: one small interface, whatever stands behind it.

Backend `pkcs11-p256` is a P-256 key that never leaves its token. Other backends come in beside it; callers
see only `Signer`, and every impression records the backend that made it.
"""

import hashlib
from collections.abc import Iterable
from typing import Protocol

from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign import Signer as PdfSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from hsm.errors import RequestInvalid, SignatureBad
from hsm.keys import HsmEcKey
from hsm.token import Token

KNOWN_MESSAGE = b"gongwen signer self-test v1"
LONGEST_P256_SIGNATURE = 72  # bytes of DER


class Signer(Protocol):
    """A key that signs.

    backend: what holds the key, recorded with every impression; algorithm: the name CMS gives the signature.
    """

    backend: str
    algorithm: str

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half of the key."""

    def sign(self, data: bytes) -> bytes:
        """The DER signature over data."""

    def sign_digest(self, digest: bytes) -> bytes:
        """The DER signature over a digest made with the algorithm's hash."""


class Pkcs11P256Signer:
    """ECDSA over SHA-256 with a P-256 key in a PKCS#11 token."""

    backend = "pkcs11-p256"
    algorithm = "sha256_ecdsa"

    def __init__(self, key: HsmEcKey) -> None:
        self._key = key

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._key.public_key()

    def sign(self, data: bytes) -> bytes:
        return self.sign_digest(hashlib.sha256(data).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        if len(digest) != hashes.SHA256.digest_size:
            raise RequestInvalid("This key signs SHA-256 digests of 32 bytes.", self._key.label)
        return self._key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))


def open_signer(token: Token, label: str) -> Signer:
    """The signer of a key on a token, after its self-test. Raises KeyMissing, SignatureBad, DeviceLost."""
    signer = Pkcs11P256Signer(HsmEcKey(token, label))
    self_test(signer)
    return signer


def self_test(signer: Signer) -> None:
    """Sign a known message and verify it in software: mechanism lists of devices are not to be believed.

    Raises SignatureBad.
    """
    try:
        signer.public_key.verify(signer.sign(KNOWN_MESSAGE), KNOWN_MESSAGE, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureBad(f"The self-test of {signer.backend} failed.", signer.backend) from error


class CertifiedSigner(PdfSigner):
    """A `Signer` and its certificate, as pyHanko wants it for CMS and PDF signatures."""

    def __init__(self, signer: Signer, certificate: x509.Certificate, chain: Iterable[x509.Certificate] = ()) -> None:
        if certificate.public_key() != signer.public_key:
            raise SignatureBad("The certificate belongs to another key.", certificate.subject.rfc4514_string())
        store = SimpleCertificateStore()
        store.register_multiple(map(to_asn1, chain))
        super().__init__(
            signing_cert=to_asn1(certificate),
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": signer.algorithm}),
        )
        self.signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature over data; pyHanko has checked that the digest is the mechanism's."""
        return bytes(LONGEST_P256_SIGNATURE) if dry_run else self.signer.sign(data)


def pyhanko_signer(
    signer: Signer, certificate: x509.Certificate, chain: Iterable[x509.Certificate] = ()
) -> CertifiedSigner:
    """A pyHanko signer for a seal key with its certificate and the CA chain.

    Raises SignatureBad when the certificate is not that key's.
    """
    return CertifiedSigner(signer, certificate, chain)


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate in pyHanko's terms."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
