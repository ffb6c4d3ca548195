"""P-256 key pairs inside a token: made there, never leaving it, used through `HsmEcKey`."""

import hashlib
import secrets
from typing import TYPE_CHECKING, NoReturn

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters

from hsm.errors import DeviceLost, KeyExists, KeyMissing, SignatureBad
from hsm.token import Token

if TYPE_CHECKING:
    from cryptography.utils import Buffer

# On the ceremony token the Seal CA and the custody key, on the seals token the server's own keys and all seals.
CA_KEY = "ca"
CUSTODY_KEY = "custody"
TSA_KEY = "tsa"
OCSP_KEY = "ocsp"
RECEIPT_KEY = "receipt"
HEALTH_KEY = "health"
CRL_KEY = "crl"
PEOPLE_KEY = "people-ca"
SEAL_PREFIX = "seal-"

NEVER_LEAVES = {
    pkcs11.Attribute.EXTRACTABLE: False,
    pkcs11.Attribute.SENSITIVE: True,
    pkcs11.Attribute.PRIVATE: True,
}


def generate_key(token: Token, label: str) -> "HsmEcKey":
    """Make a non-extractable P-256 key pair on a writable token. Raises KeyExists when the label is taken."""
    if label in key_labels(token):
        raise KeyExists(f"The device already holds a key “{label}”.", label)
    with token.session() as work:
        curve = work.session.create_domain_parameters(
            pkcs11.KeyType.EC,
            {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
            local=True,
        )
        curve.generate_keypair(
            id=secrets.token_bytes(16),
            label=label,
            store=True,
            capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
            private_template=NEVER_LEAVES,
        )
    return HsmEcKey(token, label)


def destroy_key(token: Token, label: str) -> None:
    """Destroy the private and the public key of this label. Raises KeyMissing when there is neither."""
    with token.session() as work:
        # The private key goes first: a crash between the two leaves nothing that can sign.
        found = list(work.session.get_objects({pkcs11.Attribute.LABEL: label}))
        found.sort(key=lambda key: key.object_class != pkcs11.ObjectClass.PRIVATE_KEY)
        for key in found:
            key.destroy()
    if not found:
        raise KeyMissing(f"The device holds no key “{label}”.", label)


def key_labels(token: Token, prefix: str = "") -> list[str]:
    """The labels of all keys that begin with prefix, sorted; a half of a pair counts too."""
    labels: set[str] = set()
    with token.session() as work:
        for object_class in (pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.ObjectClass.PUBLIC_KEY):
            for key in work.session.get_objects({pkcs11.Attribute.CLASS: object_class}):
                labels.add(str(key[pkcs11.Attribute.LABEL]))
    return sorted(label for label in labels if label.startswith(prefix))


def read_public_key(token: Token, label: str) -> ec.EllipticCurvePublicKey:
    """The public half of a key. Raises KeyMissing when either half is not there."""
    with token.session() as work:
        work.private_key(label)
        encoded = encode_ec_public_key(work.public_key(label))
    key = serialization.load_der_public_key(encoded)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise DeviceLost(f"The device returned a public key “{label}” of another kind.", label)
    return key


def key_digest(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of a public key, hex: the same whatever certificate it has and whatever its label is."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


class HsmEcKey(ec.EllipticCurvePrivateKey):
    """A key on a token that `cryptography`'s certificate, CRL and OCSP builders accept as a private key.

    Every signature is verified before it leaves: a faulty device or a key exchanged under its label is found
    at once.
    """

    def __init__(self, token: Token, label: str) -> None:
        self.label = label
        self._token = token
        self._public_key = read_public_key(token, label)

    def sign(self, data: "Buffer", signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """The DER signature over data, or over a digest when the algorithm is Prehashed.

        Raises KeyMissing, DeviceLost, SignatureBad.
        """
        algorithm = signature_algorithm.algorithm
        if isinstance(algorithm, utils.Prehashed):
            digest, prehashed = bytes(data), algorithm
        else:
            hasher = hashes.Hash(algorithm)
            hasher.update(data)
            digest, prehashed = hasher.finalize(), utils.Prehashed(algorithm)
        signature: bytes = encode_ecdsa_signature(self._token.sign_digest(self.label, digest))
        try:
            self._public_key.verify(signature, digest, ec.ECDSA(prehashed))
        except InvalidSignature as error:
            raise SignatureBad(f"The key “{self.label}” gave a signature that is not its own.", self.label) from error
        return signature

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public_key

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        return self._public_key.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        self._stays_inside()

    def private_numbers(self) -> NoReturn:
        self._stays_inside()

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> NoReturn:
        self._stays_inside()

    def _stays_inside(self) -> NoReturn:
        raise TypeError(f"The key “{self.label}” can't leave the device.")

    def __copy__(self) -> "HsmEcKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "HsmEcKey":
        return self
