"""Copies carry their marks in the margins and the seals in the picture, and are no originals."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image, ImageChops

from portal.core.clock import CITY_ZONE
from portal.seals import codes
from portal.seals.codes import CopyKind
from portal.seals.copies import CopyMarks, NotCopied, make_copy
from portal.seals.lettering import Lettering
from portal.seals.verifying import Reason, verify
from tests.seals.pki import Authority
from tests.seals.samples import face
from tests.seals.test_codes import CODE, FACTS, SEAL

DPI = 200
ADDRESS = codes.address("https://gongwen.nancheng.example", CODE)
PRINT = CopyMarks(
    kind=CopyKind.PRINT,
    unit=FACTS.unit_name,
    person="张敏",
    at=dt.datetime(2026, 11, 22, 9, 5, tzinfo=CITY_ZONE),
    copy_id=FACTS.copy_id,
    copy=FACTS.copy,
    copies=FACTS.copies,
    address=ADDRESS,
    face_pdf=face(),
)
DOWNLOAD = replace(PRINT, kind=CopyKind.DOWNLOAD, copy=None, copies=None, address=None, face_pdf=None, person="王喆")


def pictures(pdf: Path) -> list[Image.Image]:
    """Return the pages as grey images."""
    stem = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", pdf, stem], check=True)
    pages = []
    for path in sorted(pdf.parent.glob(f"{stem.name}-*.png")):
        with Image.open(path) as picture:
            pages.append(picture.convert("L"))
    return pages


def differences(sealed: Path, copy: Path) -> Iterator[tuple[float, float, float, float]]:
    """Yield for each page the box of what the copy adds, in mm from left and top."""
    for original, copied in zip(pictures(sealed), pictures(copy), strict=True):
        box = difference(original, copied)
        assert box is not None, "every page bears a mark"
        left, top, right, bottom = (edge * 25.4 / DPI for edge in box)
        yield left, top, right, bottom


def difference(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the box in which two pictures differ by more than the softness of an edge."""
    return ImageChops.difference(one, other).point(lambda value: 255 * (value > 64)).getbbox()


@pytest.fixture
def original(sealed: Path, tmp_path: Path) -> Path:
    """The sealed file in a folder of the test's own."""
    path = tmp_path / "original.pdf"
    path.write_bytes(sealed.read_bytes())
    return path


@pytest.mark.req("X-5")
def test_every_page_of_a_print_is_marked_outside_the_type_area(original: Path) -> None:
    target = original.with_name("copy.pdf")
    make_copy(original, target, PRINT)
    for left, top, right, bottom in differences(original, target):
        assert left >= 27 and right <= 185, "between the side margins"
        assert top >= 297 - 35, "below the type area of GB/T 9704"
        assert bottom <= 297 - 4, "where printers still reach"


@pytest.mark.req("X-5")
def test_the_code_on_the_printed_page_scans_and_proves_the_copy(original: Path) -> None:
    target = original.with_name("copy.pdf")
    make_copy(original, target, PRINT)
    (found,) = zxingcpp.read_barcodes(pictures(target)[-1])
    assert found.text == ADDRESS
    assert codes.verify_code(codes.from_address(found.text), SEAL.asn1) == FACTS


@pytest.mark.req("X-5", "X-6")
@pytest.mark.parametrize("marks", [PRINT, DOWNLOAD], ids=["print", "download"])
def test_a_copy_shows_the_seal_but_holds_no_signature(marks: CopyMarks, original: Path, authority: Authority) -> None:
    target = original.with_name("copy.pdf")
    make_copy(original, target, marks)
    with pikepdf.open(target) as pdf:
        assert not {"/AcroForm", "/Perms", "/DSS"} & set(pdf.Root.keys())
        assert all("/Annots" not in page.obj for page in pdf.pages)
    assert verify(target, trust_roots=[authority.root.asn1]).reasons == (Reason.NO_SEAL,)
    around = (round(edge * DPI / 25.4) for edge in (110, 90, 170, 150))
    box = (next(around), next(around), next(around), next(around))
    seals = [pictures(path)[1].crop(box) for path in (original, target)]
    assert difference(*seals) is None, "the seal looks as on the original"
    darkest, _ = seals[0].getextrema()
    assert isinstance(darkest, int) and darkest < 128, "and it is there"


@pytest.mark.req("X-6")
def test_a_download_says_on_every_page_that_it_equals_a_photocopy(original: Path) -> None:
    target = original.with_name("copy.pdf")
    make_copy(original, target, DOWNLOAD)
    for _, top, _, bottom in differences(original, target):
        assert top < 37 and bottom > 297 - 35, "a label above the type area, and the line below"


def test_a_copy_is_a_sound_pdf(original: Path) -> None:
    for name, marks in (("print", PRINT), ("download", DOWNLOAD)):
        target = original.with_name(f"{name}.pdf")
        make_copy(original, target, marks)
        subprocess.run(["qpdf", "--check", target], check=True, capture_output=True)


def test_what_cannot_be_read_leaves_no_copy(tmp_path: Path) -> None:
    source = tmp_path / "broken.pdf"
    source.write_bytes(b"not a PDF")
    with pytest.raises(NotCopied):
        make_copy(source, tmp_path / "copy.pdf", PRINT)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.pdf"]


def test_the_marks_say_who_when_and_which_number() -> None:
    assert PRINT.lines == ("南澄市教育局", "第3份 共10份", "张敏 2026年11月22日 09:05 打印", "编号 7K3M-2QXA")
    assert DOWNLOAD.lines == ("南澄市教育局", "王喆 2026年11月22日 09:05 下载", "编号 7K3M-2QXA")


def test_rare_characters_are_drawn_and_unknown_ones_replaced() -> None:
    lettering = Lettering()
    assert lettering.draw("喆", 10, 0, 0) != lettering.draw("〓", 10, 0, 0), "rare, but in Noto"
    assert lettering.draw("\U0010fffd", 10, 0, 0) == lettering.draw("〓", 10, 0, 0)
    assert lettering.width("公文", 10) == pytest.approx(20)
