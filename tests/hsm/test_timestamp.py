"""Time stamps of our own authority, judged by openssl and used by pyHanko in a sealed PDF."""

import asyncio
import datetime as dt
import hashlib
import io
import subprocess
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import tsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, async_sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from hsm.authority import load_certificate
from hsm.keys import RECEIPT_KEY, TSA_KEY
from hsm.settings import SealServerSettings
from hsm.signers import open_signer, pyhanko_signer, to_asn1
from hsm.timestamp import POLICY, HsmTimeStamper, Response
from hsm.token import Token

MOMENT = dt.datetime(2026, 11, 22, 8, 30, tzinfo=dt.UTC)


@pytest.fixture
def stamper(token: Token, settings: SealServerSettings) -> HsmTimeStamper:
    tsa = load_certificate(settings.pinned.tsa_certificate_pem)
    root = load_certificate(settings.pinned.ca_certificate_pem)
    return HsmTimeStamper(open_signer(token, TSA_KEY), tsa, [root])


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", "ts", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def answer(stamper: HsmTimeStamper, **changes: object) -> Response:
    """The response to a request for SHA-256 with these fields changed."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, **changes})
    return Response.load(asyncio.run(stamper.answer(request.dump())))


@pytest.mark.req("S-11")
@pytest.mark.parametrize("with_certificate", [True, False])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_openssl_accepts_a_time_stamp(
    tmp_path: Path,
    stamper: HsmTimeStamper,
    settings: SealServerSettings,
    algorithm: str,
    with_certificate: bool,
) -> None:
    (tmp_path / "data").write_bytes(b"document")
    (tmp_path / "ca.pem").write_text(settings.pinned.ca_certificate_pem)
    (tmp_path / "tsa.pem").write_text(settings.pinned.tsa_certificate_pem)
    run(tmp_path, "-query", "-data", "data", f"-{algorithm}", *["-cert"] * with_certificate, "-out", "query")
    (tmp_path / "reply").write_bytes(asyncio.run(stamper.answer((tmp_path / "query").read_bytes())))
    own = [] if with_certificate else ["-untrusted", "tsa.pem"]
    assert "Verification: OK" in run(
        tmp_path, "-verify", "-in", "reply", "-queryfile", "query", "-CAfile", "ca.pem", *own
    )
    (tmp_path / "data").write_bytes(b"another")
    assert "FAILED" in run(tmp_path, "-verify", "-in", "reply", "-data", "data", "-CAfile", "ca.pem", *own)


def test_a_time_stamp_says_our_time_and_policy(token: Token, settings: SealServerSettings) -> None:
    tsa = load_certificate(settings.pinned.tsa_certificate_pem)
    stamper = HsmTimeStamper(open_signer(token, TSA_KEY), tsa, clock=lambda: MOMENT)
    response = answer(stamper, nonce=77)
    statement = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed.native
    assert statement["gen_time"] == MOMENT
    assert statement["policy"] == POLICY
    assert statement["nonce"] == 77


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}},
            "bad_alg",
        ),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"x"}},
            "bad_data_format",
        ),
        ({"req_policy": "1.2.3"}, "unaccepted_policy"),
        (
            {"extensions": [{"extn_id": "2.5.29.54", "critical": False, "extn_value": b"\x05\x00"}]},
            "unaccepted_extensions",
        ),
    ],
)
def test_what_we_do_not_stamp_is_rejected_with_its_reason(
    stamper: HsmTimeStamper, changes: dict[str, object], reason: str
) -> None:
    status = answer(stamper, **changes)["status"]
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {reason}


def test_bytes_that_are_no_request_are_rejected(stamper: HsmTimeStamper) -> None:
    for junk in (b"", b"\x30\x03\x02\x01", b"not a request", b"\x30\x00"):
        response = Response.load(asyncio.run(stamper.answer(junk)))
        assert response["status"]["fail_info"].native == {"bad_data_format"}


@pytest.mark.req("S-11")
def test_a_pdf_sealed_and_stamped_by_the_device_is_valid(
    token: Token, settings: SealServerSettings, stamper: HsmTimeStamper
) -> None:
    root = load_certificate(settings.pinned.ca_certificate_pem)
    certificate = load_certificate(settings.pinned.receipt_certificate_pem)
    signer = pyhanko_signer(open_signer(token, RECEIPT_KEY), certificate, [root])
    meta = PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    blank = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(blank)

    async def seal() -> bytes:
        sealed = await async_sign_pdf(IncrementalPdfFileWriter(blank), meta, signer=signer, timestamper=stamper)
        return bytes(sealed.getvalue())

    async def judge(content: bytes) -> tuple[bool, bool, bool]:
        signature = PdfFileReader(io.BytesIO(content)).embedded_signatures[0]
        trust = ValidationContext(trust_roots=[to_asn1(root)])
        status = await async_validate_pdf_signature(signature, trust, ts_validation_context=trust)
        stamped = status.timestamp_validity is not None and status.timestamp_validity.valid
        return status.intact, status.bottom_line, stamped

    content = asyncio.run(seal())
    assert asyncio.run(judge(content)) == (True, True, True)
    changed = bytearray(content)
    changed[changed.index(b"/MediaBox") + 1] ^= 1
    assert hashlib.sha256(changed).digest() != hashlib.sha256(content).digest()
    assert asyncio.run(judge(bytes(changed)))[0] is False
