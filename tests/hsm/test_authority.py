"""The Seal CA's certificates, lists and answers, judged by openssl."""

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from hsm import custody
from hsm.authority import (
    SEAL,
    Revocation,
    SealAuthority,
    load_certificate,
    make_name,
    make_root,
    ocsp_response,
    to_pem,
)
from hsm.errors import RecordForged, RequestInvalid
from hsm.keys import OCSP_KEY, HsmEcKey, generate_key
from hsm.settings import AddressSettings, SealServerSettings
from hsm.token import Token


@pytest.fixture
def ca(token: Token) -> SealAuthority:
    """A Seal CA of the test's own; the real one's key opens only in a ceremony."""
    key = generate_key(token, "seal-test-ca")
    root = make_root(key, make_name("测试认证机构", "南澄市人民政府办公室"))
    return SealAuthority(key, root, AddressSettings("http://ca.invalid/seal.crl", "http://ca.invalid/ocsp"))


@pytest.fixture
def seal(ca: SealAuthority, token: Token) -> x509.Certificate:
    return ca.issue_seal_certificate(
        generate_key(token, "seal-test").public_key(),
        common_name="南澄市教育局",
        organisation="南澄市教育局",
        organisation_code="11440000MB2D00001X",
        years=5,
        serial=4711,
    )


def openssl(folder: Path, *arguments: str, **files: str) -> str:
    """Run openssl in a folder with these PEM files; returns what it says."""
    for name, content in files.items():
        (folder / f"{name}.pem").write_text(content)
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.req("S-11")
def test_openssl_accepts_a_seal_certificate(tmp_path: Path, ca: SealAuthority, seal: x509.Certificate) -> None:
    said = openssl(
        tmp_path,
        "verify",
        "-x509_strict",
        "-CAfile",
        "ca.pem",
        "seal.pem",
        ca=to_pem(ca.certificate),
        seal=to_pem(seal),
    )
    assert said == "seal.pem: OK\n"


def test_a_seal_certificate_says_whose_seal_it_is(ca: SealAuthority, seal: x509.Certificate) -> None:
    subject = {attribute.oid: attribute.value for attribute in seal.subject}
    assert subject[NameOID.COMMON_NAME] == "南澄市教育局"
    assert subject[NameOID.SERIAL_NUMBER] == "11440000MB2D00001X"
    usage = seal.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    assert seal.serial_number == 4711
    assert seal.not_valid_after_utc.year == seal.not_valid_before_utc.year + 5
    places = seal.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name
    assert places is not None
    assert places[0].value == "http://ca.invalid/seal.crl"


@pytest.mark.req("S-11")
def test_openssl_refuses_a_revoked_seal(tmp_path: Path, ca: SealAuthority, seal: x509.Certificate) -> None:
    check = ("verify", "-crl_check", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "seal.pem")
    pems = {"ca": to_pem(ca.certificate), "seal": to_pem(seal)}
    assert openssl(tmp_path, *check, **pems, crl=to_pem(ca.sign_crl([], 1))) == "seal.pem: OK\n"
    revoked = Revocation(seal.serial_number, dt.datetime.now(dt.UTC), x509.ReasonFlags.key_compromise)
    said = openssl(tmp_path, *check, **pems, crl=to_pem(ca.sign_crl([revoked], 2)))
    assert "certificate revoked" in said


@pytest.mark.req("S-11")
def test_the_certificates_of_initialisation_chain_to_the_root(tmp_path: Path, settings: SealServerSettings) -> None:
    pinned = settings.pinned
    for purpose, pem in (
        ("timestampsign", pinned.tsa_certificate_pem),
        ("ocsphelper", pinned.ocsp_certificate_pem),
        ("any", pinned.receipt_certificate_pem),
    ):
        check = ("verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", "own.pem")
        assert openssl(tmp_path, *check, ca=pinned.ca_certificate_pem, own=pem) == "own.pem: OK\n"
    root = load_certificate(pinned.ca_certificate_pem)
    assert root.not_valid_after_utc.year == root.not_valid_before_utc.year + 20


def test_openssl_accepts_the_answers_about_a_seal(tmp_path: Path, token: Token, settings: SealServerSettings) -> None:
    root = load_certificate(settings.pinned.ca_certificate_pem)
    responder = load_certificate(settings.pinned.ocsp_certificate_pem)
    asked = load_certificate(settings.pinned.tsa_certificate_pem)
    key = HsmEcKey(token, OCSP_KEY)
    revoked = Revocation(asked.serial_number, dt.datetime.now(dt.UTC), x509.ReasonFlags.superseded)
    check = ("ocsp", "-respin", "answer.der", "-issuer", "ca.pem", "-cert", "asked.pem", "-CAfile", "ca.pem")
    for revocation, word in ((None, "asked.pem: good"), (revoked, "asked.pem: revoked")):
        answer = ocsp_response(asked, root, key, responder, revocation)
        assert answer.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        (tmp_path / "answer.der").write_bytes(answer.public_bytes(Encoding.DER))
        said = openssl(tmp_path, *check, ca=to_pem(root), asked=to_pem(asked))
        assert "Response verify OK" in said
        assert word in said


def test_a_certificate_never_outlives_the_root(ca: SealAuthority, token: Token) -> None:
    key = generate_key(token, "seal-long").public_key()
    for years in (0, 21):
        with pytest.raises(RequestInvalid) as caught:
            ca.issue(key, make_name("印章", "单位"), SEAL, years=years)
        assert caught.value.which == "valid_years"


@pytest.mark.parametrize("name", ["", "章" * 65])
def test_a_name_x520_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(RequestInvalid):
        make_name(name, "单位")


def test_a_root_of_another_key_is_refused(ca: SealAuthority, token: Token) -> None:
    with pytest.raises(RequestInvalid):
        SealAuthority(generate_key(token, "seal-stranger"), ca.certificate)


@pytest.mark.req("S-6")
def test_a_custody_record_binds_the_certificate(token: Token, seal: x509.Certificate) -> None:
    key = generate_key(token, "seal-custody")
    record = custody.bind({"threshold": 2, "custodians": ["甲", "乙"]}, seal)
    facts = custody.verify_custody(record, custody.sign_record(key, record), key.public_key())
    assert facts == {
        "threshold": 2,
        "custodians": ["甲", "乙"],
        "certificate_sha256": seal.fingerprint(hashes.SHA256()).hex(),
    }


@pytest.mark.req("S-6")
def test_a_changed_record_or_another_key_is_forged(token: Token, seal: x509.Certificate) -> None:
    key = generate_key(token, "seal-custody")
    record = custody.bind({"threshold": 2}, seal)
    signature = custody.sign_record(key, record)
    other = custody.public_key_pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    for changed, signed, public_key in (
        (record.replace(b"2", b"1", 1), signature, custody.public_key_pem(key.public_key())),
        (record, signature[:-1] + bytes([signature[-1] ^ 1]), custody.public_key_pem(key.public_key())),
        (record, signature, other),
    ):
        with pytest.raises(RecordForged):
            custody.verify_custody(changed, signed, public_key)


def test_a_record_has_one_form() -> None:
    assert custody.canonical({"b": [1, None, True], "a": "甲"}) == '{"a":"甲","b":[1,null,true]}'.encode()
    for bad in ({"a": 1.5}, {"a": b"x"}, {1: "a"}, {"a": [{"b": 0.1}]}):
        with pytest.raises(RequestInvalid):
            custody.canonical(bad)  # type: ignore[arg-type]  # what a careless caller would pass


def test_a_record_can_not_bring_a_certificate_of_its_own(seal: x509.Certificate) -> None:
    with pytest.raises(RequestInvalid):
        custody.bind({"certificate_sha256": "00"}, seal)
