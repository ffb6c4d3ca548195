"""Stamping presses a seal exactly on its block, as a signature that other people's tools believe."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from PIL import Image
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from portal.core.errors import Refused, Unavailable
from portal.seals import certificates, stamping
from portal.seals.blocks import POINTS_PER_MM, NoSignatureBlock, NotSealable
from portal.seals.stamping import SealUnusable, stamp
from tests.seals.pki import DAY, Authority, utc
from tests.seals.samples import DIAMETER_MM, face, frozen_bytes, seal


def run(*command: str | Path) -> str:
    """Run a command that must succeed and return what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _is_red(picture: Image.Image, x: int, y: int) -> bool:
    pixel = picture.getpixel((x, y))
    return isinstance(pixel, tuple) and pixel[0] > pixel[1] + 80


def without_destinations() -> bytes:
    """Return the frozen document without its signature block."""
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        del pdf.Root.Names
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


def with_text_field() -> bytes:
    """Return the frozen document with a field to fill in."""
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="amount", V="100"))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        out = BytesIO()
        pdf.save(out)
    return out.getvalue()


def encrypted() -> bytes:
    """Return the frozen document encrypted with an empty user password."""
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        out = BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="", R=6))
    return out.getvalue()


@pytest.mark.req("S-11")
def test_the_seal_has_its_exact_size_at_the_middle_of_its_block(
    frozen: Path, authority: Authority, tmp_path: Path
) -> None:
    target = tmp_path / "sealed.pdf"
    impression = seal(frozen, target, authority)
    left, bottom, right, top = impression.box_pt
    assert impression.page == 1
    assert right - left == pytest.approx(DIAMETER_MM * POINTS_PER_MM)
    assert top - bottom == pytest.approx(DIAMETER_MM * POINTS_PER_MM)
    # The block of the sample is 42 mm wide, 90 mm from the type area, which begins 28 mm from the edge.
    assert left == pytest.approx((28 + 90) * POINTS_PER_MM, abs=0.5)
    assert top == pytest.approx((297 - 37 - 60) * POINTS_PER_MM, abs=0.5)
    run("pdftoppm", "-r", "72", "-f", "2", "-png", target, tmp_path / "page")
    picture = Image.open(tmp_path / "page-2.png").convert("RGB")
    red = [(x, y) for x in range(picture.width) for y in range(picture.height) if _is_red(picture, x, y)]
    assert min(x for x, _ in red) == pytest.approx(left, abs=2)
    assert max(x for x, _ in red) == pytest.approx(right, abs=2)
    assert max(y for _, y in red) == pytest.approx(picture.height - bottom, abs=2)


@pytest.mark.req("S-11")
def test_the_sealed_file_begins_with_the_frozen_bytes_and_its_figures_are_true(
    frozen: Path, authority: Authority, tmp_path: Path
) -> None:
    target = tmp_path / "sealed.pdf"
    impression = seal(frozen, target, authority)
    data = target.read_bytes()
    assert data.startswith(frozen.read_bytes())
    assert impression.source_digest == hashlib.sha256(frozen.read_bytes()).hexdigest()
    assert impression.sealed_digest == hashlib.sha256(data).hexdigest()
    assert impression.size == len(data)
    assert abs(impression.signed_at - utc()) < DAY / 24
    assert [path.name for path in tmp_path.iterdir()] == ["sealed.pdf"]


@pytest.mark.req("S-11")
def test_poppler_calls_the_seal_valid_and_trusted(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(authority.root.certificate.public_bytes(serialization.Encoding.PEM))
    database = tmp_path / "nss"
    database.mkdir()
    run("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    run("certutil", "-A", "-d", f"sql:{database}", "-n", "seal-ca", "-t", "CT,C,C", "-i", root)
    said = run("pdfsig", "-nssdir", database, sealed)
    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.req("S-11")
def test_the_file_stays_sound_pdf_a_and_allows_only_further_signatures(sealed: Path) -> None:
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", sealed)
    with pikepdf.open(sealed) as pdf:
        assert pdf.open_metadata().pdfa_status == "3U"
        transform = pdf.Root.Perms.DocMDP.Reference[0].TransformParams
        assert transform.P == 2
        assert [str(field.FT) for field in pdf.Root.AcroForm.Fields] == ["/Sig", "/Sig"]
        assert len(pdf.Root.DSS.CRLs) >= 1
        assert len(pdf.Root.DSS.Certs) >= 2


def test_a_second_seal_of_a_joint_document_leaves_the_first_valid(
    sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    target = tmp_path / "joint.pdf"
    first, second = seal(sealed, target, authority, number=2), target.read_bytes()
    assert first.page == 1
    assert second.startswith(sealed.read_bytes())
    assert run("pdfsig", "-nocert", target).count("Signature is Valid.") == 2


@pytest.mark.req("S-10")
def test_a_blank_sheet_is_never_stamped(authority: Authority, tmp_path: Path) -> None:
    source = tmp_path / "blank.pdf"
    source.write_bytes(without_destinations())
    with pytest.raises(NoSignatureBlock, match="never stamped"):
        seal(source, tmp_path / "sealed.pdf", authority)
    assert [path.name for path in tmp_path.iterdir()] == ["blank.pdf"]


@pytest.mark.req("S-11")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(with_text_field, id="a field to fill in"),
        pytest.param(encrypted, id="encrypted"),
        pytest.param(lambda: frozen_bytes()[:-2000], id="cut off"),
        pytest.param(lambda: b"MZ this is a program", id="not a PDF"),
        pytest.param(bytes, id="empty"),
    ],
)
def test_what_a_seal_could_not_protect_is_refused(
    make: Callable[[], bytes], authority: Authority, tmp_path: Path
) -> None:
    source = tmp_path / "given.pdf"
    source.write_bytes(make())
    with pytest.raises(NotSealable):
        seal(source, tmp_path / "sealed.pdf", authority)
    assert [path.name for path in tmp_path.iterdir()] == ["given.pdf"]


def test_the_same_seal_is_not_pressed_twice(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(NotSealable, match="already carries"):
        seal(sealed, tmp_path / "again.pdf", authority)


@pytest.mark.req("S-11")
def test_a_revoked_seal_stamps_nothing(frozen: Path, authority: Authority, tmp_path: Path) -> None:
    serial = authority.seal.certificate.serial_number
    with pytest.raises(SealUnusable):
        seal(frozen, tmp_path / "sealed.pdf", authority, crl=authority.crl({serial: utc() - DAY}))
    assert list(tmp_path.iterdir()) == []


def test_only_the_approved_bytes_are_stamped(
    frozen: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are compared before the device is asked for a signature."""

    def sign(*_given: object, **_named: object) -> None:
        raise AssertionError("the device signed a file that nobody approved")

    monkeypatch.setattr(stamping, "_press", sign)
    with pytest.raises(Refused, match="approved"):
        stamp_with(frozen, tmp_path / "sealed.pdf", authority, authority.timestamper(), approved="00" * 32)
    assert list(tmp_path.iterdir()) == []


def test_without_a_time_stamp_nothing_is_sealed(frozen: Path, authority: Authority, tmp_path: Path) -> None:
    class Silent(TimeStamper):
        async def async_request_tsa_response(self, req: object) -> object:
            raise TimestampRequestError("no answer")

    with pytest.raises(Unavailable, match="time stamp"):
        stamp_with(frozen, tmp_path / "sealed.pdf", authority, Silent())
    assert list(tmp_path.iterdir()) == []


def stamp_with(
    source: Path, target: Path, authority: Authority, timestamper: TimeStamper, approved: str | None = None
) -> None:
    """Stamp with another time stamper or an approved digest."""
    stamp(
        source,
        target,
        face_pdf=face(),
        diameter_mm=DIAMETER_MM,
        signer=authority.signer(),
        timestamper=timestamper,
        validation_context=certificates.context([authority.root.asn1], crls=[authority.crl()]),
        reason="用印",
        location="南澄市",
        name="南澄市人民政府办公室",
        approved_digest=approved,
    )
