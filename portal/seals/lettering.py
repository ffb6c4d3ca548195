"""Chinese lettering as vector outlines, for the small marks on a copy: no font has to be embedded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

FONTS_DIR = Path("/usr/local/share/fonts/gongwen")
# Fandol holds GB 2312; rare characters in names come from Noto (fonts-noto-cjk), number 2 is the mainland's.
_FACES = ("FandolHei-Regular.otf", "FandolSong-Regular.otf")
_FALLBACK = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_FALLBACK_NUMBER = 2
# What printers set for a character they have no type for.
_GETA = "〓"


class _OperatorPen(BasePen):
    """Writes a glyph's outline as PDF path operators in font units."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.operators: list[str] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.operators.append(f"{pt[0]:g} {pt[1]:g} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.operators.append(f"{pt[0]:g} {pt[1]:g} l")

    def _curveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]) -> None:
        self.operators.append(" ".join(f"{x:g} {y:g}" for x, y in (pt1, pt2, pt3)) + " c")

    def _closePath(self) -> None:
        self.operators.append("h")


class Lettering:
    """Outlines of single lines of text. Fonts are opened once for the life of the process."""

    def __init__(self, fonts_dir: Path = FONTS_DIR) -> None:
        files: Sequence[Path] = [*(fonts_dir / face for face in _FACES), _FALLBACK]
        self.files = tuple(file for file in files if file.is_file())
        if not self.files:
            raise FileNotFoundError(f"no font for the marks of copies in {fonts_dir}")

    def width(self, text: str, size: float) -> float:
        """Return the width of `text` in points."""
        return sum(self._glyph(character)[1] for character in text) * size

    def draw(self, text: str, size: float, x: float, y: float) -> str:
        """Return the PDF operators that fill `text` from (x, y) on the baseline, in points."""
        parts = []
        for character in text:
            outline, advance, unit = self._glyph(character)
            if outline:
                scale = size / unit
                parts.append(f"q {scale:.6f} 0 0 {scale:.6f} {x:.3f} {y:.3f} cm {outline} f Q")
            x += advance * size
        return "\n".join(parts)

    def _glyph(self, character: str) -> tuple[str, float, int]:
        for file in self.files:
            found = _outline(file, character)
            if found is not None:
                return found
        return ("", 1.0, 1) if character == _GETA else self._glyph(_GETA)


@lru_cache(maxsize=8)
def _font(file: Path) -> tuple[dict[int, str], Any, int]:
    """Return character map, glyphs and units per em."""
    number = _FALLBACK_NUMBER if file.suffix == ".ttc" else -1
    font = TTFont(file, lazy=True, fontNumber=number)
    return font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm


@lru_cache(maxsize=4096)
def _outline(file: Path, character: str) -> tuple[str, float, int] | None:
    """Return outline, advance in ems and units per em, or None when the font lacks the character."""
    names, glyphs, unit = _font(file)
    name = names.get(ord(character))
    if name is None:
        return None
    pen = _OperatorPen(glyphs)
    glyphs[name].draw(pen)
    return " ".join(pen.operators), glyphs[name].width / unit, unit
