"""Seal faces by 国发〔1999〕25号: size, centre, ring text that always fits, one drawing for preview and impression."""

from __future__ import annotations

import io
import math
from itertools import combinations, pairwise

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from portal.core.errors import Invalid
from portal.core.typefaces import DEFAULT_FONTS_DIR
from portal.seals.faces import (
    BORDER,
    LINE_DROP,
    LINE_HEIGHT,
    LINE_WIDTH,
    STAR,
    Letter,
    Point,
    SealFace,
    face_for,
    letters,
    outlines,
    pdf,
    svg,
)
from portal.seals.models import SealClass
from portal.units.models import UnitKind
from tests.seals.golden_faces import CASES, DOTS_A_MM, draw, face_of, file_of

NAME = "南澄市推进政府职能转变和政务信息报送工作协调领导小组办公室值班"
CLEARLY = 96  # of 255 shades of grey
LENGTHS = range(4, 31)


def face(count: int, seal_class: SealClass = SealClass.SIGNATURE) -> SealFace:
    return face_for(UnitKind.DEPARTMENT, NAME[:count], seal_class)


@pytest.mark.req("S-2")
@pytest.mark.parametrize(
    ("kind", "diameter", "centre"),
    [
        (UnitKind.GOVERNMENT, 45, "emblem-placeholder"),
        (UnitKind.GOVERNMENT_OFFICE, 42, "star"),
        (UnitKind.DEPARTMENT, 42, "star"),
        (UnitKind.TOWNSHIP, 42, "star"),
    ],
)
def test_the_units_kind_decides_diameter_and_centre(kind: UnitKind, diameter: float, centre: str) -> None:
    made = face_for(kind, "南澄市人民政府", SealClass.SIGNATURE)
    assert (made.diameter_mm, made.centre) == (diameter, centre)


@pytest.mark.req("S-2")
@pytest.mark.parametrize("kind", list(UnitKind))
def test_every_kind_of_unit_has_a_face_of_at_most_45_mm(kind: UnitKind) -> None:
    assert 30 <= face_for(kind, "南澄市财政局", SealClass.VERIFICATION).diameter_mm <= 45


@pytest.mark.req("S-2")
@pytest.mark.parametrize("seal_class", list(SealClass))
@pytest.mark.parametrize("count", LENGTHS)
def test_no_two_letters_touch_and_none_touches_border_or_centre(count: int, seal_class: SealClass) -> None:
    made = face(count, seal_class)
    ring = letters(made)
    assert "".join(letter.char for letter in ring) == made.text
    assert not any(overlap(a.corners, b.corners) for a, b in combinations(ring, 2))
    border = made.diameter_mm * (0.5 - BORDER)
    for letter in ring:
        assert max(math.hypot(*corner) for corner in letter.corners) < border
        assert letter.foot > made.diameter_mm * STAR / 2
        assert letter.width >= 1.9  # mm: still legible in print


@pytest.mark.req("S-2")
@pytest.mark.parametrize("count", LENGTHS)
def test_the_line_of_a_verification_seal_is_clear_of_the_ring(count: int) -> None:
    made = face(count, SealClass.VERIFICATION)
    d = made.diameter_mm
    line = Letter("", 0.0, -LINE_DROP * d, LINE_WIDTH * d, LINE_HEIGHT * d)
    assert not any(overlap(line.corners, letter.corners) for letter in letters(made))


def overlap(first: tuple[Point, ...], second: tuple[Point, ...]) -> bool:
    """Whether two convex quadrilaterals overlap (separating axes)."""
    for shape in (first, second):
        for (ax, ay), (bx, by) in pairwise((*shape, shape[0])):
            axis = (by - ay, ax - bx)
            a = [x * axis[0] + y * axis[1] for x, y in first]
            b = [x * axis[0] + y * axis[1] for x, y in second]
            if max(a) <= min(b) or max(b) <= min(a):
                return False
    return True


@pytest.mark.req("S-2")
def test_text_runs_clockwise_and_is_upright_at_the_top() -> None:
    angles = [letter.angle for letter in letters(face(9))]
    assert angles == sorted(angles)
    assert angles[4] == pytest.approx(0)
    assert angles[0] == pytest.approx(-angles[-1])


@pytest.mark.req("S-2")
def test_preview_and_impression_come_from_the_same_outlines() -> None:
    made = face(10)
    picture, page = svg(made), pdf(made)
    count = sum(op in "ML" for path in outlines(made, DEFAULT_FONTS_DIR) for op, _ in path)
    assert 'width="42mm"' in picture
    assert picture.count("M") + picture.count("L") == count
    with pikepdf.open(io.BytesIO(page)) as file:
        content = file.pages[0].Contents.read_bytes().decode().splitlines()
        assert float(file.pages[0].MediaBox[2]) == pytest.approx(42 * 72 / 25.4, abs=0.001)
    assert sum(line.endswith((" m", " l")) for line in content) == count


@pytest.mark.req("S-2")
def test_the_impression_has_no_background_and_one_red() -> None:
    document = pypdfium2.PdfDocument(pdf(face(10)))
    image = document[0].render(scale=4, fill_color=(255, 255, 255, 0)).to_pil().convert("RGBA")
    document.close()
    pixels = [image.getpixel((x, y)) for x in range(image.width) for y in range(image.height)]
    solid = {pixel[:3] for pixel in pixels if isinstance(pixel, tuple) and pixel[3] == 255}
    assert any(isinstance(pixel, tuple) and pixel[3] == 0 for pixel in pixels)
    assert solid == {(230, 0, 18)}


def test_equal_faces_give_equal_bytes_and_the_two_seals_of_a_unit_differ() -> None:
    assert pdf(face(10)) == pdf(face(10))
    assert pdf(face(10)) != pdf(face(10, SealClass.VERIFICATION))


@pytest.mark.req("S-2")
@pytest.mark.parametrize("name", ["南澄市", NAME[:30] + "室"])
def test_names_that_do_not_fit_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="short name"):
        face_for(UnitKind.DEPARTMENT, name, SealClass.SIGNATURE)


def test_a_character_no_font_holds_is_named() -> None:
    with pytest.raises(Invalid, match="\U000323af"):
        svg(face_for(UnitKind.DEPARTMENT, "南澄市\U000323af局", SealClass.SIGNATURE))


def apart(one: Image.Image, other: Image.Image) -> float:
    """How different two pictures of one size are: dots that clearly differ, per thousand."""
    counts = ImageChops.difference(one, other).histogram()
    return 1000 * sum(counts[CLEARLY:]) / sum(counts)


@pytest.mark.req("S-2")
@pytest.mark.parametrize("case", CASES, ids=[file_of(case).stem for case in CASES])
def test_a_face_looks_as_it_did_when_somebody_looked_at_it(case: tuple[str, UnitKind, SealClass]) -> None:
    made = face_of(case)
    with Image.open(file_of(case)) as opened:
        golden = opened.convert("L")
    drawn = draw(made)
    assert drawn.size == golden.size
    assert drawn.width == pytest.approx(made.diameter_mm * DOTS_A_MM, abs=1), "true to size"
    assert apart(drawn, golden) < 0.5


def test_the_comparison_sees_one_other_character() -> None:
    case = CASES[8]
    other = (case[0].replace("推进", "推动"), *case[1:])
    assert apart(draw(face_of(case)), draw(face_of(other))) > 1
