"""Straddling seals 骑缝章: each page shows its strip, under the first seal's signature, and the verifier says so."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal.seals.straddling import MOST_PAGES_OF_ONE, NoEdge, Strip, strips
from portal.seals.verifying import Reason, verify
from tests.seals.pki import Authority
from tests.seals.samples import DIAMETER_MM, frozen_bytes, seal

DOTS_A_MM = 4
PAGES = 3


@pytest.fixture(scope="module")
def straddled(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """A document of three pages with a straddling seal."""
    folder = tmp_path_factory.mktemp("straddled")
    (folder / "frozen.pdf").write_bytes(frozen_bytes(PAGES))
    assert seal(folder / "frozen.pdf", folder / "sealed.pdf", authority, straddling=True).edges == PAGES
    return folder / "sealed.pdf"


def drawn(path: Path, folder: Path) -> list[Image.Image]:
    """The pages as pictures."""
    command = ["pdftoppm", "-r", str(DOTS_A_MM * 25.4), "-png", str(path), str(folder / "page")]
    subprocess.run(command, check=True)
    return [Image.open(found).convert("RGB") for found in sorted(folder.glob("page*.png"))]


@pytest.mark.parametrize("pages", [2, 3, 11, 12, 13, 25, 100])
def test_every_page_has_its_strip_and_each_seal_is_whole(pages: int) -> None:
    found = strips(pages)
    assert [strip.page for strip in found] == list(range(pages))
    assert found[0].left == 0 and found[-1].right == 1
    for before, after in itertools.pairwise(found):
        assert after.left == (0 if before.right == 1 else before.right)
    widths = [round(1 / (strip.right - strip.left)) for strip in found]
    assert max(widths) <= MOST_PAGES_OF_ONE and max(widths) - min(widths) <= 1


def test_a_single_page_has_no_edge() -> None:
    assert strips(1) == []
    assert strips(2) == [Strip(0, 0, 0.5), Strip(1, 0.5, 1)]


@pytest.mark.req("S-11")
def test_the_strips_together_are_the_seal(straddled: Path, tmp_path: Path) -> None:
    """The edges of the pages, put side by side, show the whole face at its true size."""
    pages, width = drawn(straddled, tmp_path), round(DIAMETER_MM / PAGES * DOTS_A_MM)
    whole = Image.new("RGB", (width * PAGES, pages[0].height), "white")
    for number, page in enumerate(pages):
        whole.paste(page.crop((page.width - width, 0, page.width, page.height)), (width * number, 0))
    red = [(x, y) for x in range(whole.width) for y in range(whole.height) if is_red(whole, x, y)]
    assert max(x for x, _ in red) - min(x for x, _ in red) == pytest.approx(DIAMETER_MM * DOTS_A_MM, abs=6)
    assert max(y for _, y in red) - min(y for _, y in red) == pytest.approx(DIAMETER_MM * DOTS_A_MM, abs=6)
    middle = whole.height // 2
    assert is_red(whole, whole.width // 2, middle), "the bar of the sample's face goes through every page"
    assert min(y for _, y in red) + max(y for _, y in red) == pytest.approx(2 * middle, abs=4)


def is_red(picture: Image.Image, x: int, y: int) -> bool:
    pixel = picture.getpixel((x, y))
    return isinstance(pixel, tuple) and pixel[0] > pixel[1] + 80


@pytest.mark.req("S-11")
def test_the_marks_are_under_the_signature_and_the_file_stays_valid(straddled: Path, authority: Authority) -> None:
    assert straddled.read_bytes().startswith(frozen_bytes(PAGES))
    verdict = verify(straddled, trust_roots=[authority.root.asn1])
    assert verdict.valid and len(verdict.seals) == 1
    said = subprocess.run(["pdfsig", "-nocert", str(straddled)], check=True, capture_output=True, text=True).stdout
    assert "Signature is Valid." in said
    checked = subprocess.run(["qpdf", "--check", str(straddled)], check=True, capture_output=True, text=True).stdout
    assert "No syntax or stream encoding errors found" in checked
    with pikepdf.open(straddled) as pdf:
        assert pdf.open_metadata().pdfa_status == "3U"


def wipe(writer: IncrementalPdfFileWriter) -> None:
    """Take the mark away from a page."""
    reference, _ = writer.find_page_for_modification(0)
    reference.get_object()[pdf_name("/Contents")].pop()
    writer.update_container(reference.get_object())


def shift(writer: IncrementalPdfFileWriter) -> None:
    """Draw another strip over a page's."""
    mark = generic.StreamObject(stream_data=b"q 1 0 0 1 -20 0 cm /GongwenEdgeSeal Do Q")
    writer.add_stream_to_page(1, writer.add_object(mark))


@pytest.mark.req("S-11")
@pytest.mark.parametrize("change", [wipe, shift])
def test_a_mark_wiped_off_or_added_later_is_found(
    change: Callable[[IncrementalPdfFileWriter], None], straddled: Path, authority: Authority, tmp_path: Path
) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(straddled.read_bytes()))
    change(writer)
    with (tmp_path / "changed.pdf").open("wb") as out:
        writer.write(out)
    verdict = verify(tmp_path / "changed.pdf", trust_roots=[authority.root.asn1])
    assert Reason.ADDED in verdict.reasons


def test_only_the_first_seal_straddles(straddled: Path, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(NoEdge, match="Only the first"):
        seal(straddled, tmp_path / "second.pdf", authority, number=2, straddling=True)
    assert list(tmp_path.iterdir()) == []
    seal(straddled, tmp_path / "second.pdf", authority, number=2)
    assert verify(tmp_path / "second.pdf", trust_roots=[authority.root.asn1]).valid


def test_a_turned_page_is_refused(authority: Authority, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(frozen_bytes(PAGES))) as pdf:
        pdf.pages[0].obj.Rotate = 90
        pdf.save(tmp_path / "turned.pdf")
    with pytest.raises(NoEdge, match="turned"):
        seal(tmp_path / "turned.pdf", tmp_path / "sealed.pdf", authority, straddling=True)
