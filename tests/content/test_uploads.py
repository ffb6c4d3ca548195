"""What enters is what it says it is, and harmless; everything else is refused with a sentence."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

from portal.content import uploads
from portal.content.uploads import MEGABYTE, Upload, accept, clean_name
from portal.core.errors import Refused
from tests.content import hostile

LIMIT = 100 * MEGABYTE


def take(raw: bytes, name: str, limit: int = LIMIT) -> Upload:
    return accept(io.BytesIO(raw), name, limit)


def refusal(raw: bytes, name: str, limit: int = LIMIT) -> str:
    with pytest.raises(Refused) as refused:
        take(raw, name, limit)
    return str(refused.value)


SOUND = {
    "通知.pdf": (hostile.pdf, uploads.PDF, 1),
    "名单.docx": (lambda: hostile.docx("名单"), uploads.DOCX, None),
    "报表.xlsx": (lambda: hostile.xlsx(("甲", "乙")), uploads.XLSX, None),
    "版式.ofd": (lambda: hostile.ofd((30, "正文")), uploads.OFD, None),
    "图.png": (hostile.picture, uploads.PNG, 1),
    "图.JPEG": (lambda: hostile.picture("JPEG"), uploads.JPEG, 1),
    "说明.txt": (lambda: "说明".encode(), uploads.TXT, None),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_of_each_kind_is_accepted(name: str) -> None:
    build, kind, pages = SOUND[name]
    with take(build(), name) as upload:
        content = upload.file.read()
        assert (upload.media_type, upload.pages) == (kind.media_type, pages)
        assert upload.size == len(content) > 0
    # What was cleaned once is clean.
    with take(content, upload.filename) as again:
        assert again.media_type == kind.media_type


@pytest.mark.req("D-11")
def test_a_program_called_pdf_is_refused() -> None:
    assert refusal(hostile.EXECUTABLE, "通知.pdf") == (
        "通知.pdf isn't a PDF file, whatever its name says: attach the real PDF file."
    )


@pytest.mark.parametrize("claimed", SOUND)
@pytest.mark.parametrize("real", SOUND)
def test_a_file_under_the_name_of_another_kind_is_refused(claimed: str, real: str) -> None:
    build, kind, _ = SOUND[real]
    if SOUND[claimed][1] is not kind:
        assert f"but is a {kind.label} file" in refusal(build(), claimed)


@pytest.mark.parametrize("name", ["a.exe", "a.doc", "a.html", "a.pdf.js"])
def test_other_kinds_are_refused_with_the_list_of_those_accepted(name: str) -> None:
    assert refusal(hostile.pdf(), name) == (f"{name} can't be attached: files must be PDF OFD DOCX XLSX PNG JPEG TXT.")


@pytest.mark.req("X-11")
def test_101_megabytes_are_refused_with_limit_and_size() -> None:
    class Zeros:
        left = 101 * MEGABYTE

        def read(self, size: int, /) -> bytes:
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    with pytest.raises(Refused) as refused:
        accept(Zeros(), "图册.pdf", LIMIT)
    assert str(refused.value) == ("图册.pdf has 101 MB, but a document with all its files may have at most 100 MB.")


@pytest.mark.req("X-11")
def test_the_limit_itself_is_accepted() -> None:
    with take(b"a" * 5000, "a.txt", limit=5000) as upload:
        assert upload.size == 5000
    assert "at most" in refusal(b"a" * 5001, "a.txt", limit=5000)


def test_an_empty_file_is_refused() -> None:
    assert "is empty" in refusal(b"", "a.txt")


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("C:\\Users\\某\\通知.PDF", "通知.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\u202efdp.txt", "afdp.txt"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ('a<b>"c".pdf', "a_b__c_.pdf"),
        ("  . 通 知 .pdf", "通 知.pdf"),
        ("长" * 300 + ".pdf", "长" * 80 + ".pdf"),
    ],
)
def test_a_name_keeps_only_what_can_mislead_nobody(given_name: str, clean: str) -> None:
    assert clean_name(given_name) == clean


@pytest.mark.parametrize("name", ["", ".", "..", "/", ".pdf", "无后缀", "\u200b.pdf"])
def test_a_file_without_a_usable_name_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="no usable name"):
        clean_name(name)


@given(st.text(max_size=200))
def test_any_name_comes_out_harmless_or_is_refused(name: str) -> None:
    try:
        clean = clean_name(name + ".pdf")
    except Refused:
        return
    assert clean.endswith(".pdf")
    assert not set('/\\\0\n<>:"|?*') & set(clean)
    assert len(clean.encode()) <= 255
    assert clean_name(clean) == clean


@pytest.mark.req("D-11")
@pytest.mark.parametrize("case", hostile.HOSTILE_PDFS)
def test_a_pdf_that_acts_asks_or_hides_is_refused(case: str) -> None:
    words, build = hostile.HOSTILE_PDFS[case]
    assert words in refusal(build(), "通知.pdf")


def test_a_pdf_keeps_its_text_and_web_links_and_loses_what_has_no_use() -> None:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = Array([document.pages[0].obj, Name.Fit])
        document.Root.AcroForm = Dictionary(Fields=Array([]))
        document.pages[0].obj.Thumb = document.make_stream(b"thumb")
        link = Dictionary(S=Name.URI, URI=String("https://nancheng.example/"))
        annotation = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=link)
        document.pages[0].obj.Annots = Array([annotation])
        document.make_indirect(String("nobody refers to this"))

    raw = hostile.pdf(change=change)
    with take(raw, "通知.pdf") as upload, pikepdf.open(upload.file) as cleaned:
        assert not {"/OpenAction", "/AcroForm"} & set(cleaned.Root.keys())
        page = cleaned.pages[0].obj
        assert "/Thumb" not in page
        assert str(page.Annots[0].A.URI) == "https://nancheng.example/"
        assert b"Tj" in page.Contents.read_bytes()


def test_the_same_pdf_is_always_cleaned_to_the_same_bytes() -> None:
    raw = hostile.pdf()
    with take(raw, "a.pdf") as one, take(raw, "a.pdf") as two:
        assert one.file.read() == two.file.read()


@pytest.mark.req("D-11")
@pytest.mark.parametrize("case", hostile.HOSTILE_OFFICE_FILES)
def test_an_office_file_that_acts_fetches_or_swells_is_refused(case: str) -> None:
    name, words, build = hostile.HOSTILE_OFFICE_FILES[case]
    assert words in refusal(build(), name)


def test_web_links_in_an_office_file_are_fine() -> None:
    raw = hostile.docx("x", relations=hostile.relation("hyperlink", "https://nancheng.example/", external=True))
    with take(raw, "a.docx") as upload:
        assert upload.file.read() == raw


def test_another_zip_is_no_office_file() -> None:
    assert "isn't a DOCX" in refusal(hostile.package({"a.txt": "x"}), "a.docx")
    assert "isn't a DOCX" in refusal(b"PK\x03\x04 broken", "a.docx")


def test_a_photo_stands_upright_and_tells_nothing_about_its_maker() -> None:
    raw = hostile.photo_with_place()
    assert b"PrivateCamera" in raw
    assert b"PrivateComment" in raw
    with take(raw, "a.jpg") as upload:
        content = upload.file.read()
    assert b"Private" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (4, 8)
        assert not image.getexif()


def test_nothing_behind_a_picture_passes() -> None:
    with take(hostile.picture() + b"hidden behind", "a.png") as upload:
        assert b"hidden" not in upload.file.read()


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (10_000, 9_500), (9_000, 9_000)])
def test_a_picture_bomb_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    assert "million pixels" in refusal(hostile.picture_bomb(width, height), "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_damaged_picture_is_refused(kind: str) -> None:
    raw = hostile.picture(kind, (300, 300))
    assert "damaged" in refusal(raw[: len(raw) // 2], f"a.{kind.lower()}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_in_any_usual_encoding_becomes_utf8(encoding: str) -> None:
    text = "关于做好防汛工作的通知\r\n\t一、总体要求\n"
    with take(text.encode(encoding), "a.txt") as upload:
        assert upload.file.read().decode() == text


def test_gb18030_text_cut_by_the_sample_is_still_text() -> None:
    text = "a" + "关于做好防汛工作的通知" * 8_000
    with take(text.encode("gb18030"), "a.txt") as upload:
        assert upload.file.read().decode() == text


def test_short_gbk_text_that_happens_to_be_utf8_is_read_as_chinese() -> None:
    with take("通知".encode("gbk"), "a.txt") as upload:
        assert upload.file.read().decode() == "通知"


@pytest.mark.parametrize("text", ["5°C", "±3 µm", "α角，见通知"])
def test_signs_in_utf8_text_stay_what_they_are(text: str) -> None:
    with take(text.encode(), "a.txt") as upload:
        assert upload.file.read().decode() == text


@pytest.mark.parametrize("control", ["\x07", "\x1b[31m", "\x7f", "\u202e", "\u2066"])
def test_text_with_control_characters_is_refused_naming_the_line(control: str) -> None:
    assert "in line 2" in refusal(f"一\n二{control}三\n".encode(), "a.txt")


@pytest.mark.parametrize("raw", [b"a\x00b", b"\xff\xff\xff", hostile.EXECUTABLE])
def test_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    assert "isn't a TXT" in refusal(raw, "a.txt")


@pytest.mark.parametrize("build", [hostile.pdf, hostile.docx, hostile.picture], ids=["pdf", "docx", "png"])
@given(data=st.data())
def test_damage_is_refused_or_cleaned_but_never_crashes(build: Callable[[], bytes], data: st.DataObject) -> None:
    raw = bytearray(build())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    suffix = {hostile.pdf: "pdf", hostile.docx: "docx", hostile.picture: "png"}[build]
    try:
        upload = take(bytes(raw), f"a.{suffix}")
    except Refused as refused:
        assert "%" not in str(refused)
    else:
        assert upload.size > 0
        upload.file.close()
