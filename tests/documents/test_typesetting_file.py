"""The typeset file: ink measured on rendered pages, PDF/A-3u, anchors, embedded elements, the same bytes each time."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from portal.core.errors import Unavailable
from portal.documents.typesetting.typeset import TypesetResult, typeset
from tests.documents.manuscripts import SENTENCE, manuscript

DPI = 300
Box = tuple[int, int, int, int]

HASH_PROGRAM = """
import hashlib
from portal.documents.typesetting.typeset import typeset
from tests.documents.manuscripts import manuscript
print(hashlib.sha256(typeset(manuscript()).pdf).hexdigest())
"""


@pytest.fixture(scope="module")
def result() -> TypesetResult:
    return typeset(manuscript(text="\n".join([SENTENCE] * 12), urgency="特急", serial="000001"))


@pytest.fixture(scope="module")
def first_page(result: TypesetResult) -> Image.Image:
    document = pypdfium2.PdfDocument(result.pdf)
    image = document[0].render(scale=DPI / 72).to_pil().convert("RGB")
    document.close()
    return image


def mm(pixels: float) -> float:
    return pixels / DPI * 25.4


def red_ink(image: Image.Image) -> Image.Image:
    """A mask of what is red: much more red than green."""
    red, green, _ = image.split()
    return ImageChops.subtract(red, green).point(lambda value: 255 if value > 90 else 0)


def ink_box(mask: Image.Image, top: float, bottom: float) -> Box:
    """The bounds of ink between two heights in mm, in pixels of the page."""
    offset = round(top / 25.4 * DPI)
    box = mask.crop((0, offset, mask.width, round(bottom / 25.4 * DPI))).getbbox()
    assert box is not None
    return box[0], box[1] + offset, box[2], box[3] + offset


@pytest.mark.req("D-6")
def test_the_red_head_starts_35_mm_below_the_type_area(first_page: Image.Image) -> None:
    left, top, right, _ = ink_box(red_ink(first_page), 40, 100)
    assert mm(top) == pytest.approx(37 + 35, abs=0.2)
    assert mm(left + right) / 2 == pytest.approx(28 + 156 / 2, abs=0.6)
    assert mm(right - left) < 156


@pytest.mark.req("D-6")
def test_the_red_rule_stands_4_mm_below_the_number_and_spans_the_type_area(first_page: Image.Image) -> None:
    black = first_page.convert("L").point(lambda value: 255 if value < 110 else 0)
    without_red = ImageChops.subtract(black, red_ink(first_page))
    _, mark_top, _, mark_end = ink_box(red_ink(first_page), 60, 100)
    left, rule, right, _ = ink_box(red_ink(first_page), 105, 130)
    _, number, _, number_end = ink_box(without_red, mm(mark_end) + 5, mm(rule) - 1)
    assert mark_top < mark_end < number
    assert mm(number - mark_end) == pytest.approx(20.78, abs=0.5)  # two rows between edges
    assert mm(rule - number_end) == pytest.approx(4, abs=0.6)
    assert mm(left) == pytest.approx(28, abs=0.1)
    assert mm(right) == pytest.approx(184, abs=0.1)


@pytest.mark.req("D-6")
def test_the_dashes_of_the_page_number_stand_7_mm_below_the_type_area(first_page: Image.Image) -> None:
    black = first_page.convert("L").point(lambda value: 255 if value < 160 else 0)
    left, _, right, _ = ink_box(black, 263, 285)
    dash = black.crop((left, round(263 / 25.4 * DPI), left + 30, round(285 / 25.4 * DPI))).getbbox()
    assert dash is not None
    assert 263 + mm(dash[1]) == pytest.approx(262 + 7, abs=0.2)
    assert mm(right) == pytest.approx(184 - 5.57, abs=0.6)


@pytest.mark.req("D-6")
def test_text_fills_the_type_area_from_edge_to_edge(result: TypesetResult) -> None:
    document = pypdfium2.PdfDocument(typeset(manuscript(text="国" * 28 * 60)).pdf)
    image = document[1].render(scale=DPI / 72).to_pil().convert("L").point(lambda value: 255 if value < 140 else 0)
    document.close()
    left, top, right, bottom = ink_box(image, 20, 264)
    assert mm(left) == pytest.approx(28, abs=1)  # 国 has almost a millimetre of bearing
    assert mm(right) == pytest.approx(184, abs=1)
    assert mm(top) == pytest.approx(37, abs=1)  # 天头 37 mm ± 1 mm
    assert 258.5 < mm(bottom) <= 262


@pytest.mark.req("D-6", "S-7")
def test_the_seals_corners_survive_as_named_destinations(result: TypesetResult) -> None:
    assert result.seal is not None
    with pikepdf.open(io.BytesIO(result.pdf)) as pdf:
        names = list(pdf.Root.Names.Dests.Names)
        found = {str(name): target for name, target in zip(names[::2], names[1::2], strict=True)}
        page = pdf.pages[result.seal.page]
        assert found["seal-1-tl"][0].objgen == page.obj.objgen
        x, y = float(found["seal-1-tl"][2]), float(found["seal-1-br"][3])
    assert x == pytest.approx(result.seal.left * 72 / 25.4, abs=0.01)
    assert y == pytest.approx((297 - result.seal.bottom) * 72 / 25.4, abs=0.01)


@pytest.mark.req("D-10")
def test_the_file_says_it_is_pdf_a_3u_and_carries_its_elements(result: TypesetResult) -> None:
    with pikepdf.open(io.BytesIO(result.pdf)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3U"
            assert metadata["dc:title"] == manuscript().title
        assert str(pdf.docinfo.Author) == manuscript().organ
        assert pdf.Root.OutputIntents[0].S == pikepdf.Name.GTS_PDFA1
        spec = pdf.Root.AF[0]
        assert spec.AFRelationship == pikepdf.Name.Data
        assert json.loads(spec.EF.F.read_bytes()) == manuscript().metadata
        for font in pdf.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor
            assert "/ToUnicode" in font


@pytest.mark.req("D-10")
def test_the_text_can_be_read_back(result: TypesetResult) -> None:
    document = pypdfium2.PdfDocument(result.pdf)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    for part in ("南澄市人民政府办公室文件", "南政办发〔2026〕12号", manuscript().title, "市政府各部门、各直属单位："):
        assert part in text.replace("\r\n", "").replace("\n", "")


@pytest.mark.req("D-10")
def test_qpdf_finds_nothing_to_complain_about(result: TypesetResult, tmp_path: Path) -> None:
    file = tmp_path / "document.pdf"
    file.write_bytes(result.pdf)
    check = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stderr) == (0, "")


@pytest.mark.req("D-10")
def test_the_same_manuscript_gives_the_same_bytes_in_any_process() -> None:
    hashes = {
        subprocess.run(
            [sys.executable, "-c", HASH_PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
    assert typeset(manuscript()).pdf != typeset(manuscript(title="关于做好值班工作的通知")).pdf


def test_a_missing_fonts_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="font file"):
        typeset(manuscript(), tmp_path)
