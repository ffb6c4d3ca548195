"""Keys that never leave the token, and the signers over them."""

import copy
import hashlib

import pkcs11
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from hsm import signers
from hsm.authority import load_certificate
from hsm.errors import HsmError, KeyExists, KeyMissing, RequestInvalid, SignatureBad
from hsm.keys import HEALTH_KEY, HsmEcKey, destroy_key, generate_key, key_labels
from hsm.settings import SealServerSettings
from hsm.signers import Pkcs11P256Signer, open_signer, pyhanko_signer, self_test
from hsm.token import Token


def test_the_server_keys_are_there_after_initialisation(token: Token) -> None:
    assert {"health", "ocsp", "receipt", "tsa"} <= set(key_labels(token))
    assert key_labels(token, "he") == ["health"]


@pytest.mark.req("S-5")
def test_a_key_never_leaves_the_token(token: Token) -> None:
    key = generate_key(token, "seal-inside")
    with token.session() as work:
        private = work.private_key("seal-inside")
        assert private[pkcs11.Attribute.EXTRACTABLE] is False
        assert private[pkcs11.Attribute.NEVER_EXTRACTABLE] is True
        assert private[pkcs11.Attribute.SENSITIVE] is True
        assert private[pkcs11.Attribute.PRIVATE] is True
    with pytest.raises(HsmError) as refused, token.session() as work:
        work.private_key("seal-inside")[pkcs11.Attribute.VALUE]
    assert isinstance(refused.value.__cause__, pkcs11.AttributeSensitive)
    with pytest.raises(TypeError, match="leave the device"):
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def test_a_label_is_given_once(token: Token) -> None:
    generate_key(token, "seal-once")
    with pytest.raises(KeyExists):
        generate_key(token, "seal-once")


def test_a_destroyed_key_is_gone_with_both_halves(token: Token) -> None:
    generate_key(token, "seal-gone")
    destroy_key(token, "seal-gone")
    assert "seal-gone" not in key_labels(token)
    with pytest.raises(KeyMissing):
        destroy_key(token, "seal-gone")
    with pytest.raises(KeyMissing):
        HsmEcKey(token, "seal-gone")


def test_signatures_verify_over_data_and_over_digests(token: Token) -> None:
    key = HsmEcKey(token, HEALTH_KEY)
    assert copy.deepcopy(key) is copy.copy(key) is key
    assert (key.curve.name, key.key_size) == ("secp256r1", 256)
    digest = hashlib.sha256(b"text").digest()
    for signature in (
        key.sign(b"text", ec.ECDSA(hashes.SHA256())),
        key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))),
    ):
        key.public_key().verify(signature, b"text", ec.ECDSA(hashes.SHA256()))


def test_a_signature_of_another_key_does_not_leave(token: Token) -> None:
    """A key exchanged behind our back under the same label."""
    key = generate_key(token, "seal-exchanged")
    destroy_key(token, "seal-exchanged")
    generate_key(token, "seal-exchanged")
    with pytest.raises(SignatureBad):
        key.sign(b"text", ec.ECDSA(hashes.SHA256()))


def test_a_signer_tells_its_backend_and_signs_digests_of_its_own_hash_only(token: Token) -> None:
    signer = open_signer(token, HEALTH_KEY)
    assert (signer.backend, signer.algorithm) == ("pkcs11-p256", "sha256_ecdsa")
    digest = hashlib.sha256(b"text").digest()
    for signature in (signer.sign(b"text"), signer.sign_digest(digest)):
        signer.public_key.verify(signature, b"text", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(RequestInvalid):
        signer.sign_digest(b"short")


def test_the_self_test_does_not_believe_a_signer(token: Token) -> None:
    class Liar(Pkcs11P256Signer):
        def sign(self, data: bytes) -> bytes:
            return super().sign(data + b"!")

    with pytest.raises(SignatureBad):
        self_test(Liar(HsmEcKey(token, HEALTH_KEY)))


def test_a_certificate_of_another_key_makes_no_signer(token: Token, settings: SealServerSettings) -> None:
    tsa = load_certificate(settings.pinned.tsa_certificate_pem)
    with pytest.raises(SignatureBad):
        pyhanko_signer(open_signer(token, HEALTH_KEY), tsa)
    assert isinstance(pyhanko_signer(open_signer(token, "tsa"), tsa), signers.CertifiedSigner)
