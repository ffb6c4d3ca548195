"""Breaking paragraphs into justified lines on the 28-column grid.

Characters stand on the grid of 28 cells; punctuation may not open or close a line where GB/T 15834 forbids it, so some
lines are spread by a hair over the gaps between Han characters, others are drawn together by half a closing mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portal.core.typefaces import Face
from portal.documents.typesetting.fonts import Style, face_for
from portal.documents.typesetting.geometry import CELL, COLUMNS, SIZE_3, millimetres

OPENING = frozenset("（〔《〈「『【“‘［｛〖")
CLOSING = frozenset("，。、；：？！）〕》〉」』】”’］｝〗")
NOT_FIRST = CLOSING | frozenset("…—·％‰℃°,.;:?!)]}%～")
NOT_LAST = OPENING | frozenset("([{＄￥№")
LONGEST_WORD = 14.0  # cells; a longer Western word (an address of a page) may be broken anywhere
MOST_SPREAD = 1.4  # mm a gap may grow; beyond it the line is left ragged


@dataclass(frozen=True)
class Glyph:
    """One character in its face; `advance` in mm, `wide` when it stands on the grid and may be spread.

    `yields` is the blank half, in mm, that a mark gives up to the mark behind it on the same line.
    """

    char: str
    face: Face
    advance: float
    wide: bool
    yields: float = 0.0


@dataclass(frozen=True)
class Run:
    """A piece of a line in one face: x in mm from the line's left edge, spacing in mm after each character."""

    text: str
    face: Face
    size: float
    x: float
    spacing: float


@dataclass(frozen=True)
class Line:
    """One set line; `width` is the extent of its glyphs in mm, x included."""

    runs: tuple[Run, ...]
    width: float
    size: float = SIZE_3

    @property
    def text(self) -> str:
        """The characters of the line."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Setter:
    """Sets text of one size on a grid of cells; `traditional` prefers faces made for traditional characters."""

    fonts_dir: Path
    size: float = SIZE_3
    cell: float = CELL
    traditional: bool = False

    def sized(self, size: float) -> "Setter":
        """The same for another size in points, set solid: cells as wide as the characters."""
        return replace(self, size=size, cell=millimetres(size))

    @property
    def em(self) -> float:
        """The em of this size in mm."""
        return millimetres(self.size)

    def glyphs(self, spans: Iterable[tuple[str, Style]]) -> list[Glyph]:
        """Characters with faces and advances; a mark beside another mark gives up its blank half."""
        chars = [(char, style) for text, style in spans for char in text]
        out = []
        for i, (char, style) in enumerate(chars):
            face = face_for(char, style, self.fonts_dir, self.traditional)
            width = face.advance(char)
            wide = face.file.name != "gw-western"
            advance = width * self.em + (self.cell - self.em if wide else 0)
            beside = i + 1 < len(chars) and self._huddles(char, chars[i + 1][0])
            out.append(Glyph(char, face, advance, wide, self.em / 2 if beside else 0.0))
        return out

    @staticmethod
    def _huddles(char: str, following: str) -> bool:
        if char in CLOSING:
            return following in CLOSING or following in OPENING
        return char in OPENING and following in OPENING

    def paragraph(
        self,
        spans: Sequence[tuple[str, Style]],
        columns: float = COLUMNS,
        first: float = 2,
        rest: float = 0,
    ) -> list[Line]:
        """Set a paragraph; `first` and `rest` are the indents of its first and further lines in cells."""
        glyphs = self.glyphs(spans)
        lines: list[Line] = []
        start = 0
        while start < len(glyphs):
            indent = (rest if lines else first) * self.cell
            width = columns * self.cell - indent
            end = self._line_end(glyphs, start, width)
            lines.append(self._line(glyphs[start:end], indent, width, last=end == len(glyphs)))
            start = end
            while start < len(glyphs) and glyphs[start].char == " ":
                start += 1
        return lines

    def single(self, spans: Sequence[tuple[str, Style]], spacing: float = 0) -> Line:
        """Set one line that isn't broken, with its natural spacing plus `spacing` mm."""
        return self._runs(self.glyphs(spans), 0, spacing)

    def _overhang(self, glyph: Glyph) -> float:
        """How much of a closing mark may stand outside the line: its blank half, never its ink."""
        return min(glyph.face.blank_after(glyph.char), 0.5) * self.em if glyph.char in CLOSING else 0.0

    def _line_end(self, glyphs: Sequence[Glyph], start: int, width: float) -> int:
        end, used = start, 0.0
        while end < len(glyphs):
            glyph = glyphs[end]
            needed = used + glyph.advance - self._overhang(glyph)
            if needed > width + 0.1:
                break
            used += glyph.advance - glyph.yields
            end += 1
        if end == len(glyphs):
            return end
        for candidate in range(end, start, -1):
            if self._may_break(glyphs, candidate):
                return candidate
        return max(end, start + 1)

    def _may_break(self, glyphs: Sequence[Glyph], at: int) -> bool:
        before, after = glyphs[at - 1], glyphs[at]
        if after.char in NOT_FIRST and not (after.char == "—" != before.char):
            return False
        if before.char in NOT_LAST:
            return False
        if before.wide or after.wide or " " in (before.char, after.char):
            return True
        left, right = at, at
        while left > 0 and not glyphs[left - 1].wide and glyphs[left - 1].char != " ":
            left -= 1
        while right < len(glyphs) and not glyphs[right].wide and glyphs[right].char != " ":
            right += 1
        return sum(glyph.advance for glyph in glyphs[left:right]) > LONGEST_WORD * self.cell

    def _line(self, glyphs: Sequence[Glyph], indent: float, width: float, last: bool) -> Line:
        while glyphs[-1].char == " " and len(glyphs) > 1:
            glyphs = glyphs[:-1]
        natural = sum(glyph.advance - glyph.yields for glyph in glyphs) + glyphs[-1].yields
        if natural > width:
            natural -= min(self._overhang(glyphs[-1]), natural - width)
        gaps = sum(glyph.wide for glyph in glyphs[:-1])
        missing = width - natural
        if not gaps or (last and missing >= 0) or missing / gaps > MOST_SPREAD:
            return self._runs(glyphs, indent, 0)
        return self._runs(glyphs, indent, missing / gaps)

    def _runs(self, glyphs: Sequence[Glyph], indent: float, extra: float) -> Line:
        runs: list[Run] = []
        text, run_x, x, joined = "", indent, indent, False
        for i, glyph in enumerate(glyphs):
            if not joined:
                run_x, text = x, ""
            text += glyph.char
            following = glyphs[i + 1] if i + 1 < len(glyphs) else None
            x += glyph.advance - (glyph.yields if following else 0) + (extra if glyph.wide else 0)
            joined = following is not None and following.face is glyph.face and not glyph.yields
            if not joined:
                spacing = self.cell - self.em + extra if glyph.wide else 0.0
                runs.append(Run(text, glyph.face, self.size, run_x, spacing))
        return Line(tuple(runs), x - (extra if glyphs and glyphs[-1].wide else 0), self.size)
