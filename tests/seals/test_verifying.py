"""Whatever was done to a sealed file is found: one test for each row of the table of changes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper

from portal.seals import certificates, verifying
from portal.seals.verifying import Reason, Verdict, verify
from tests.seals.pki import DAY, Authority, TestTimeStamper, hashes_of, utc
from tests.seals.samples import frozen_bytes, seal


def judge(data: bytes, authority: Authority, tmp_path: Path, **known: list[bytes] | str) -> Verdict:
    """Verify `data` as a file against the authority's root."""
    path = tmp_path / "judged.pdf"
    path.write_bytes(data)
    return verify(path, trust_roots=[authority.root.asn1], **known)  # type: ignore[arg-type]


def revised(data: bytes, change: Callable[[IncrementalPdfFileWriter], object]) -> bytes:
    """Return `data` with one more revision."""
    writer = IncrementalPdfFileWriter(BytesIO(data))
    change(writer)
    out = BytesIO()
    writer.write(out)
    assert len(out.getvalue()) > len(data)
    return out.getvalue()


def ends(data: bytes) -> list[int]:
    """Return where the byte ranges of the signatures end."""
    found = PdfFileReader(BytesIO(data)).embedded_signatures
    return [int(item.byte_range[2]) + int(item.byte_range[3]) for item in found]


def page_of(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    page = writer.find_page_for_modification(0)[0].get_object()
    writer.update_container(page)
    return page


def overlay(writer: IncrementalPdfFileWriter) -> None:
    cover = generic.StreamObject(stream_data=b"q 1 g 0 0 300 300 re f Q")
    writer.add_stream_to_page(0, writer.add_object(cover))


def annotate(writer: IncrementalPdfFileWriter) -> None:
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 300))),
            pdf_name("/Contents"): pdf_string("更正"),
        }
    )
    page_of(writer)[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(note)])


def attach(writer: IncrementalPdfFileWriter) -> None:
    content = embed.EmbeddedFileObject.from_file_data(writer, data=b"x", mime_type="text/plain")
    embed.embed_file(writer, embed.FileSpec(file_spec_string="x.txt", embedded_data=content))


def rotate(writer: IncrementalPdfFileWriter) -> None:
    page_of(writer)[pdf_name("/Rotate")] = generic.NumberObject(90)


def move_seal(writer: IncrementalPdfFileWriter) -> None:
    widget = writer.root["/AcroForm"]["/Fields"][0]
    widget[pdf_name("/Rect")] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 119, 119)))
    writer.update_container(widget)


def redefine_font(writer: IncrementalPdfFileWriter) -> None:
    """Let the same codes show other glyphs."""
    fonts = page_of(writer)["/Resources"]["/Font"]
    font = fonts[next(iter(fonts))]
    font[pdf_name("/ToUnicode")] = writer.add_object(generic.StreamObject(stream_data=b"begincmap endcmap"))
    writer.update_container(font)


def retitle(writer: IncrementalPdfFileWriter) -> None:
    writer.set_info(generic.DictionaryObject({pdf_name("/Title"): pdf_string("另一个标题")}))


def add_text_field(writer: IncrementalPdfFileWriter) -> None:
    field = generic.DictionaryObject(
        {pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): pdf_string("amount"), pdf_name("/V"): pdf_string("1")}
    )
    writer.root["/AcroForm"]["/Fields"].append(writer.add_object(field))
    writer.update_container(writer.root["/AcroForm"]["/Fields"])


@pytest.mark.req("S-11", "X-4")
def test_a_sealed_file_is_valid_and_says_whose_seal_it_is(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    verdict = judge(sealed.read_bytes(), authority, tmp_path)
    assert verdict.valid and verdict.reasons == ()
    (found,) = verdict.seals
    assert found.name == found.unit == "南澄市人民政府办公室"
    assert found.issuer == authority.name
    assert int(found.serial, 16) == authority.seal.certificate.serial_number
    assert found.time_source == "南澄市时间戳服务"
    assert found.signed_at is not None and abs(found.signed_at - utc()) < DAY / 24
    assert (found.intact, found.trusted, found.revoked) == (True, True, False)


@pytest.mark.req("S-11")
def test_both_seals_of_a_joint_document_are_valid(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    joint = tmp_path / "joint.pdf"
    impression = seal(sealed, joint, authority, number=2)
    verdict = judge(joint.read_bytes(), authority, tmp_path, expected_digest=impression.sealed_digest)
    assert verdict.valid and len(verdict.seals) == 2
    cut = joint.read_bytes()[: sealed.stat().st_size]
    known = judge(cut, authority, tmp_path, expected_digest=impression.sealed_digest)
    assert known.reasons == (Reason.OTHER_FILE,), "the register knows that a second seal was cut off"


@pytest.mark.req("S-11", "X-4")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(overlay, Reason.ADDED, id="overlay"),
        pytest.param(annotate, Reason.ADDED, id="annotation"),
        pytest.param(attach, Reason.ADDED, id="attachment"),
        pytest.param(rotate, Reason.ADDED, id="rotation"),
        pytest.param(move_seal, Reason.ADDED, id="seal moved"),
        pytest.param(redefine_font, Reason.ADDED, id="font redefined"),
        pytest.param(add_text_field, Reason.FILLABLE, id="field added"),
        pytest.param(retitle, Reason.NOT_CLOSED, id="title in Info"),
    ],
)
def test_a_later_revision_is_found(
    change: Callable[[IncrementalPdfFileWriter], object],
    reason: Reason,
    sealed: Path,
    authority: Authority,
    tmp_path: Path,
) -> None:
    verdict = judge(revised(sealed.read_bytes(), change), authority, tmp_path)
    assert reason in verdict.reasons
    assert Reason.NOT_CLOSED in verdict.reasons


@pytest.mark.req("S-11")
def test_a_field_value_changed_on_a_certified_file_is_found(authority: Authority, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="amount", V="100"))
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        source, signed = BytesIO(), BytesIO()
        pdf.save(source)
    context = certificates.context([authority.root.asn1], crls=[authority.crl()])
    metadata = signers.PdfSignatureMetadata(
        field_name="S", certify=True, use_pades_lta=True, embed_validation_info=True, validation_context=context
    )
    maker = signers.PdfSigner(metadata, signer=authority.signer(), timestamper=authority.timestamper())
    maker.sign_pdf(IncrementalPdfFileWriter(source), output=signed)

    def refill(writer: IncrementalPdfFileWriter) -> None:
        amount = writer.root["/AcroForm"]["/Fields"][0]
        amount[pdf_name("/V")] = pdf_string("900")
        writer.update_container(amount)

    assert Reason.FILLABLE in judge(signed.getvalue(), authority, tmp_path).reasons
    assert Reason.FILLABLE in judge(revised(signed.getvalue(), refill), authority, tmp_path).reasons


@pytest.mark.req("S-11")
@pytest.mark.parametrize("junk", [b"\n", b"junk", b"%%EOF\n", b"\0" * 4096])
def test_bytes_after_the_end_are_found(junk: bytes, sealed: Path, authority: Authority, tmp_path: Path) -> None:
    assert not judge(sealed.read_bytes() + junk, authority, tmp_path).valid


@pytest.mark.req("S-11")
def test_a_return_to_an_earlier_revision_is_found(
    sealed: Path, frozen: Path, authority: Authority, tmp_path: Path
) -> None:
    data = sealed.read_bytes()
    without_time_stamp = data[: ends(data)[0]]
    verdict = judge(without_time_stamp, authority, tmp_path, crls=[authority.crl()])
    assert verdict.reasons == (Reason.NOT_CLOSED,)
    assert judge(frozen.read_bytes(), authority, tmp_path).reasons == (Reason.NO_SEAL,)


@pytest.mark.req("S-11")
def test_closing_a_changed_file_with_another_time_stamp_does_not_help(
    sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    changed = IncrementalPdfFileWriter(BytesIO(revised(sealed.read_bytes(), retitle)))
    stamper = PdfTimeStamper(Authority().timestamper(), field_name="Again")
    closed = stamper.timestamp_pdf(changed, "sha256").getvalue()
    assert Reason.NO_TIME in judge(closed, authority, tmp_path).reasons


@pytest.mark.req("S-11")
def test_a_rewritten_file_is_found(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    with pikepdf.open(sealed) as pdf:
        out = BytesIO()
        pdf.save(out)
    assert not judge(out.getvalue(), authority, tmp_path).valid


@pytest.mark.req("S-11")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_found(
    place: float, bit: int, sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    data = bytearray(sealed.read_bytes())
    data[int(place * len(data))] ^= 1 << bit
    assert not judge(bytes(data), authority, tmp_path).valid


@pytest.mark.req("S-11")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.sampled_from([0, 1, 5]))
def test_one_flipped_bit_in_the_closing_signature_is_found(
    place: float, bit: int, sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    """No digest covers these bytes: certificates, headers, letter case and padding are checked one by one."""
    data = bytearray(sealed.read_bytes())
    last = PdfFileReader(BytesIO(bytes(data))).embedded_signatures[-1]
    start, end = int(last.byte_range[1]), int(last.byte_range[2])
    data[start + int(place * (end - start))] ^= 1 << bit
    assert not judge(bytes(data), authority, tmp_path).valid


@pytest.mark.req("S-11")
def test_the_closing_signature_cannot_swallow_its_padding(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    """One bit of the outermost length would make the value longer by 256 of the zeros behind it."""
    data = bytearray(sealed.read_bytes())
    last = PdfFileReader(BytesIO(bytes(data))).embedded_signatures[-1]
    length = int(last.byte_range[1]) + 1 + len("3082")
    data[length : length + 2] = b"%02X" % (int(data[length : length + 2], 16) ^ 1)
    assert not judge(bytes(data), authority, tmp_path).valid


@pytest.mark.req("S-11")
def test_a_seal_of_an_unknown_authority_is_invalid(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    verdict = judge(sealed.read_bytes(), Authority(name=authority.name), tmp_path)
    assert Reason.UNKNOWN_ISSUER in verdict.reasons
    assert not verdict.seals[0].trusted


@pytest.mark.req("S-11")
def test_a_seal_used_after_its_revocation_is_invalid(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    revoked = authority.crl({authority.seal.certificate.serial_number: utc() - DAY})
    verdict = judge(sealed.read_bytes(), authority, tmp_path, crls=[revoked])
    assert verdict.reasons == (Reason.REVOKED,)
    assert verdict.seals[0].revoked


@pytest.mark.req("S-11")
def test_a_strangers_time_stamp_moves_nothing_before_the_revocation(
    frozen: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the recognised time stamp, and read before it, the seal carries a stranger's with an earlier time."""
    signer, stranger = authority.signer(), TestTimeStamper(Authority().tsa.signer(), utc() - 3 * DAY)
    honest = signer.unsigned_attrs

    async def with_both(algorithm: str, signature: bytes, *rest: Any, **options: Any) -> cms.CMSAttributes:
        attributes = await honest(algorithm, signature, *rest, **options)
        early = await stranger.async_timestamp(hashes_of(signature), algorithm)
        assert attributes is not None
        (token,) = attributes[0]["values"]
        return cms.CMSAttributes([{"type": "signature_time_stamp_token", "values": [early, token]}])

    monkeypatch.setattr(signer, "unsigned_attrs", with_both)
    monkeypatch.setattr(authority, "signer", lambda: signer)
    seal(frozen, tmp_path / "sealed.pdf", authority)
    revoked = authority.crl({authority.seal.certificate.serial_number: utc() - DAY})
    verdict = judge((tmp_path / "sealed.pdf").read_bytes(), authority, tmp_path, crls=[revoked])
    assert verdict.seals[0].signed_at is not None and verdict.seals[0].signed_at < utc() - DAY
    assert Reason.NO_TIME in verdict.reasons


@pytest.mark.req("S-11")
def test_a_file_sealed_before_the_revocation_stays_valid(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    later = authority.crl({authority.seal.certificate.serial_number: utc() + DAY}, at=utc() + 2 * DAY)
    assert judge(sealed.read_bytes(), authority, tmp_path, crls=[later]).valid


@pytest.mark.req("S-11", "X-4")
def test_a_file_other_than_the_registered_one_is_found(sealed: Path, authority: Authority, tmp_path: Path) -> None:
    verdict = judge(sealed.read_bytes(), authority, tmp_path, expected_digest="00" * 32)
    assert verdict.reasons == (Reason.OTHER_FILE,)
    assert judge(sealed.read_bytes(), authority, tmp_path, expected_digest=verdict.digest).valid


def test_a_file_beyond_the_limit_is_not_even_read(
    sealed: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "MOST_BYTES", 1000)
    assert judge(sealed.read_bytes(), authority, tmp_path).reasons == (Reason.TOO_LARGE,)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", Reason.UNREADABLE, id="empty"),
        pytest.param(b"MZ\x90\0 a program called .pdf", Reason.UNREADABLE, id="program"),
        pytest.param(b"%PDF-1.7\nstartxref\n9\n%%EOF", Reason.UNREADABLE, id="no objects"),
        pytest.param(b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000, Reason.UNREADABLE, id="endless nesting"),
    ],
)
def test_hostile_files_get_a_verdict(data: bytes, reason: Reason, authority: Authority, tmp_path: Path) -> None:
    assert judge(data, authority, tmp_path).reasons == (reason,)


def test_an_encrypted_file_is_refused(authority: Authority, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(frozen_bytes())) as pdf:
        out = BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="", R=6))
    assert judge(out.getvalue(), authority, tmp_path).reasons == (Reason.ENCRYPTED,)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1, exclude_max=True), junk=st.binary(max_size=200), width=st.integers(0, 5000))
def test_no_splice_makes_the_verifier_crash_or_agree(
    cut: float, junk: bytes, width: int, sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    data = sealed.read_bytes()
    place = int(cut * len(data))
    spliced = data[:place] + junk + data[place + width :]
    assert judge(spliced, authority, tmp_path).valid == (spliced == data)
