"""Typefaces: where font files lie and what can be read from them.

Shared by everything that is drawn for paper: documents, seals, marks. Measures are in em.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import uharfbuzz as hb

from portal.core.errors import Unavailable

DEFAULT_FONTS_DIR = Path("/usr/local/share/fonts/gongwen")
SYSTEM_DIR = Path("/usr/share/fonts")

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
RED: Colour = (0.902, 0.0, 0.071)  # Y80 M80 in print (GB/T 9704 5.3): one constant for mark, rule and seal


@dataclass(frozen=True)
class FontFile:
    """Where a face lives: a file in the fonts folder or a path below the system's; `index` inside a collection."""

    name: str
    path: str
    index: int = 0

    def location(self, fonts_dir: Path) -> Path:
        """The file: the fonts folder first, so that a house's own licensed cut of the same name wins."""
        own = fonts_dir / Path(self.path).name
        return own if own.exists() else SYSTEM_DIR / self.path


@dataclass(eq=False)
class Face:
    """One loaded font: coverage and measures in em."""

    file: FontFile
    face: hb.Face
    font: hb.Font
    _advances: dict[str, float] = field(default_factory=dict)

    def holds(self, char: str) -> bool:
        """Whether the font has a glyph for the character."""
        return self.font.get_nominal_glyph(ord(char)) is not None

    def advance(self, char: str) -> float:
        """Advance width of one character in em; a character the face lacks counts as one em."""
        if char not in self._advances:
            glyph = self.font.get_nominal_glyph(ord(char))
            self._advances[char] = self.font.get_glyph_h_advance(glyph) / self.face.upem if glyph else 1.0
        return self._advances[char]

    def blank_after(self, char: str) -> float:
        """Blank between a character's ink and the end of its advance, in em: half a square behind a closing mark."""
        glyph = self.font.get_nominal_glyph(ord(char))
        box = self.font.get_glyph_extents(glyph) if glyph else None
        return self.advance(char) - (box.x_bearing + box.width) / self.face.upem if box else 0.0

    def draw(self, char: str, pen: Any) -> None:
        """Draw the outline of a character, in font units, with a pen of the fontTools protocol."""
        self.font.draw_glyph_with_pen(self.font.get_nominal_glyph(ord(char)) or 0, pen)

    def ink(self, text: str) -> tuple[float, float]:
        """Lowest and highest ink of a text above the baseline, in em."""
        low, high = [], []
        for char in text:
            box = self.font.get_glyph_extents(self.font.get_nominal_glyph(ord(char)) or 0)
            if box and box.height:
                high.append(box.y_bearing)
                low.append(box.y_bearing + box.height)
        return (min(low) / self.face.upem, max(high) / self.face.upem) if high else (0.0, 0.0)


@cache
def load_face(file: FontFile, fonts_dir: Path) -> Face:
    """Open one font file, once per process.

    Raises Unavailable when the file isn't installed.
    """
    path = file.location(fonts_dir)
    if not path.exists():
        raise Unavailable("The font file %(name)s is missing. Run the set-up again.", name=path.name)
    face = hb.Face(hb.Blob.from_file_path(str(path)), file.index)
    return Face(file, face, hb.Font(face))
