"""Seal faces 印面, drawn from a unit's kind and name by 国发〔1999〕25号 and nothing else (S-2).

One list of outlines, in millimetres from the face's centre with y upwards, serves the preview (SVG) and the
impression (PDF), so that what is approved is what is pressed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from pikepdf import Array, Dictionary, Name, Page, Pdf

from portal.core.errors import Invalid
from portal.core.typefaces import DEFAULT_FONTS_DIR, RED, FontFile, load_face
from portal.seals.models import SealClass
from portal.units.models import UnitKind

Centre = Literal["star", "emblem-placeholder"]
Point = tuple[float, float]
Segment = tuple[str, tuple[Point, ...]]  # operator M, L, C or Z and its points

# Diameter in mm and centre. A government's own seal carries the national emblem, whose drawing only the
# authority that issues the seal may supply: here a plain star in a ring holds its place.
RULES: dict[UnitKind, tuple[float, Centre]] = {
    UnitKind.GOVERNMENT: (45.0, "emblem-placeholder"),  # cities, counties and districts
    UnitKind.GOVERNMENT_OFFICE: (42.0, "star"),
    UnitKind.DEPARTMENT: (42.0, "star"),
    UnitKind.INSTITUTION: (42.0, "star"),  # at most 45
    UnitKind.TOWNSHIP: (42.0, "star"),
    UnitKind.ENTERPRISE: (40.0, "star"),  # at most 45
}

SHORTEST_NAME, LONGEST_NAME = 4, 30

# Proportions of the diameter, after the usual practice of seal makers.
BORDER = 0.024
INNER_RING_GAP, INNER_RING = 0.010, 0.007  # the second ring that marks a verification seal
STAR, EMBLEM = 0.33, 0.34
TEXT_GAP = 0.022
TALLEST = 0.122
USUAL_STEP = math.radians(32)
ARC, ARC_PER_LETTER = math.radians(211), math.radians(2.8)  # the arc grows with the name, to 295° for 30 characters
GLYPH_FILL = 0.94  # of the room a character has at its foot
LINE_WIDTH, LINE_HEIGHT, LINE_DROP = 0.28, 0.08, 0.265  # the line below the star
VERIFICATION_LINE = "验证专用"

KAPPA = 0.5522847498  # control point distance of a quarter circle drawn as one Bézier curve
EM_BELOW_BASELINE = 0.12

_CUTS = (
    FontFile("song-bold", "FandolSong-Bold.otf"),
    FontFile("serif-bold", "opentype/noto/NotoSerifCJK-Bold.ttc", 2),
)


@dataclass(frozen=True)
class SealFace:
    """What a seal shows; equal faces are drawn equal."""

    text: str
    diameter_mm: float
    centre: Centre
    seal_class: SealClass


@dataclass(frozen=True)
class Letter:
    """One character of the ring: its box stands on a circle of radius `foot` at `angle` from the top, clockwise."""

    char: str
    angle: float
    foot: float
    width: float
    height: float

    @property
    def corners(self) -> tuple[Point, ...]:
        """The four corners of the box, in mm from the centre."""
        half, top = self.width / 2, self.foot + self.height
        box = ((-half, self.foot), (half, self.foot), (half, top), (-half, top))
        return tuple(_turned(point, self.angle) for point in box)


def face_for(kind: UnitKind, name: str, seal_class: SealClass) -> SealFace:
    """The face of a unit's seal.

    Raises Invalid when the name is shorter than 4 or longer than 30 characters: the short form of the name that was
    set up officially has to be used then.
    """
    text = "".join(name.split())
    if not SHORTEST_NAME <= len(text) <= LONGEST_NAME:
        raise Invalid(
            "A seal holds a name of %(least)s to %(most)s characters, this one has %(count)s. "
            "Use the unit's official short name.",
            field="face_text",
            least=SHORTEST_NAME,
            most=LONGEST_NAME,
            count=len(text),
        )
    diameter, centre = RULES[kind]
    return SealFace(text, diameter, centre, seal_class)


@dataclass(frozen=True)
class Measures:
    """What the sample sheet tells of a face, in mm: its border, and the size of a character of the ring."""

    border: float
    height: float
    width: float


def measures(face: SealFace) -> Measures:
    """The measures of a face."""
    first = letters(face)[0]
    return Measures(BORDER * face.diameter_mm, first.height, first.width)


def svg(face: SealFace, fonts_dir: Path = DEFAULT_FONTS_DIR) -> str:
    """The face as an SVG picture of its true size."""
    size, half = f"{face.diameter_mm:g}", f"{face.diameter_mm / 2:g}"
    data = " ".join(_svg_segment(segment) for path in outlines(face, fonts_dir) for segment in path)
    colour = "#" + "".join(f"{round(part * 255):02x}" for part in RED)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" viewBox="0 0 {size} {size}">'
        f'<path transform="translate({half} {half}) scale(1 -1)" fill="{colour}" d="{data}"/></svg>'
    )


def pdf(face: SealFace, fonts_dir: Path = DEFAULT_FONTS_DIR) -> bytes:
    """The face as a one-page PDF exactly as wide as the seal, without background; equal faces give equal bytes."""
    scale, half = 72 / 25.4, face.diameter_mm / 2
    operators = "\n".join(_pdf_segment(segment) for path in outlines(face, fonts_dir) for segment in path)
    matrix = f"{scale:.6f} 0 0 {scale:.6f} {half * scale:.4f} {half * scale:.4f} cm"
    colour = " ".join(f"{part:g}" for part in RED)
    file = Pdf.new()
    side = round(face.diameter_mm * scale, 4)
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, side, side]),
        Resources=Dictionary(),
        Contents=file.make_stream(f"q {matrix} {colour} rg\n{operators}\nf Q".encode()),
    )
    file.pages.append(Page(file.make_indirect(page)))
    out = BytesIO()
    file.save(out, deterministic_id=True)
    return out.getvalue()


@lru_cache(maxsize=64)
def outlines(face: SealFace, fonts_dir: Path) -> tuple[tuple[Segment, ...], ...]:
    """Everything the face shows, as filled outlines (non-zero winding)."""
    diameter, radius = face.diameter_mm, face.diameter_mm / 2
    paths = [_ring(radius, BORDER * diameter)]
    if face.seal_class is SealClass.VERIFICATION:
        paths.append(_ring(radius - (BORDER + INNER_RING_GAP) * diameter, INNER_RING * diameter))
        paths.extend(_line(VERIFICATION_LINE, diameter, fonts_dir))
    if face.centre == "emblem-placeholder":
        paths += [_ring(EMBLEM * diameter / 2, 0.008 * diameter), _star(0.72 * EMBLEM * diameter / 2)]
    else:
        paths.append(_star(STAR * diameter / 2))
    for letter in letters(face):
        paths.append(_glyph(letter, fonts_dir))
    return tuple(paths)


def letters(face: SealFace) -> list[Letter]:
    """The ring text, clockwise over the top, from left to right; long names get narrower, then lower characters."""
    diameter, count = face.diameter_mm, len(face.text)
    inset = BORDER + TEXT_GAP
    if face.seal_class is SealClass.VERIFICATION:
        inset += INNER_RING_GAP + INNER_RING
    height = diameter * TALLEST * min(1.0, 1.16 - 0.014 * count)
    foot = diameter / 2 - inset * diameter - height
    step = min(USUAL_STEP, (ARC + ARC_PER_LETTER * count) / (count - 1))
    width = min(height * 0.92, 2 * foot * math.tan(step / 2) * GLYPH_FILL)
    start = -step * (count - 1) / 2
    return [Letter(char, start + i * step, foot, width, height) for i, char in enumerate(face.text)]


def _turned(point: Point, angle: float) -> Point:
    """A point turned clockwise about the centre."""
    (x, y), cos, sin = point, math.cos(angle), math.sin(angle)
    return x * cos + y * sin, -x * sin + y * cos


def _circle(radius: float, clockwise: bool) -> list[Segment]:
    k, r = KAPPA * radius, radius
    quarter: list[Point] = [(r, k), (k, r), (0, r)]
    segments: list[Segment] = [("M", ((r, 0),))]
    for turn in range(4):
        angle = -turn * math.pi / 2
        segments.append(("C", tuple(_turned(point, angle) for point in quarter)))
    if clockwise:
        segments = [(op, tuple((x, -y) for x, y in points)) for op, points in segments]
    return [*segments, ("Z", ())]


def _ring(radius: float, width: float) -> tuple[Segment, ...]:
    return (*_circle(radius, clockwise=False), *_circle(radius - width, clockwise=True))


def _star(radius: float) -> tuple[Segment, ...]:
    """An upright five-pointed star."""
    inner = radius * math.sin(math.pi / 10) / math.sin(math.pi * 7 / 10)
    tips = [_turned((0, inner if i % 2 else radius), i * math.pi / 5) for i in range(10)]
    return (("M", (tips[0],)), *(("L", (tip,)) for tip in tips[1:]), ("Z", ()))


class _Pen:
    """Collects a glyph's outline, mapped from font units to the face (fontTools pen protocol)."""

    def __init__(self, place: Letter, upem: int) -> None:
        self.place, self.upem = place, upem
        self.segments: list[Segment] = []
        self.at: Point = (0.0, 0.0)

    def _map(self, point: Point) -> Point:
        x = (point[0] / self.upem - 0.5) * self.place.width
        y = self.place.foot + (point[1] / self.upem + EM_BELOW_BASELINE) * self.place.height
        return _turned((x, y), self.place.angle)

    def _add(self, operator: str, *points: Point) -> None:
        self.segments.append((operator, tuple(self._map(point) for point in points)))
        self.at = points[-1]

    def moveTo(self, point: Point) -> None:
        self._add("M", point)

    def lineTo(self, point: Point) -> None:
        self._add("L", point)

    def curveTo(self, first: Point, second: Point, end: Point) -> None:
        self._add("C", first, second, end)

    def qCurveTo(self, control: Point, end: Point) -> None:
        first = tuple(a + 2 / 3 * (c - a) for a, c in zip(self.at, control, strict=True))
        second = tuple(e + 2 / 3 * (c - e) for e, c in zip(end, control, strict=True))
        self._add("C", (first[0], first[1]), (second[0], second[1]), end)

    def closePath(self) -> None:
        self.segments.append(("Z", ()))


def _glyph(letter: Letter, fonts_dir: Path) -> tuple[Segment, ...]:
    faces = [load_face(cut, fonts_dir) for cut in _CUTS]
    face = next((face for face in faces if face.holds(letter.char)), None)
    if face is None:
        raise Invalid("No font holds the character %(char)s of this name.", field="face_text", char=letter.char)
    pen = _Pen(letter, face.face.upem)
    face.draw(letter.char, pen)
    return tuple(pen.segments)


def _line(text: str, diameter: float, fonts_dir: Path) -> list[tuple[Segment, ...]]:
    """A horizontal line of text below the centre."""
    width, height = LINE_WIDTH * diameter / len(text), LINE_HEIGHT * diameter
    paths = []
    for i, char in enumerate(text):
        x = (i - (len(text) - 1) / 2) * width
        upright = _glyph(Letter(char, 0.0, -LINE_DROP * diameter, width, height), fonts_dir)
        paths.append(tuple((op, tuple((px + x, py) for px, py in points)) for op, points in upright))
    return paths


def _svg_segment(segment: Segment) -> str:
    operator, points = segment
    return operator + " ".join(f"{x:.3f} {y:.3f}" for x, y in points)


def _pdf_segment(segment: Segment) -> str:
    operator, points = segment
    name = {"M": "m", "L": "l", "C": "c", "Z": "h"}[operator]
    return " ".join([*(f"{x:.4f} {y:.4f}" for x, y in points), name])
