"""The marks of several organs on one red head (7.2.4): the first organ's on top, 文件 beside them, midway."""

from __future__ import annotations

from collections.abc import Sequence

from portal.core.typefaces import RED
from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.geometry import EM_ABOVE_BASELINE, LEFT, RED_HEAD_TOP, WIDTH, points
from portal.documents.typesetting.lines import Setter
from portal.documents.typesetting.pages import Placed

SUFFIX = "文件"
MOST_MARKS = 4
"""With more organs the text would find no room on page 1; then the first one's mark stands alone, as 7.2.4 allows."""
STACK_HEIGHT = 56.0  # mm all marks may fill
ROW_GAP = 0.25  # em between two marks
SUFFIX_GAP = 0.5  # em before 文件


def stacked_marks(
    red_heads: Sequence[str], setter: Setter, *, width: float, tallest: float, narrowest: float
) -> tuple[list[Placed], float]:
    """The marks, each as wide as the longest, and the y of their lower ink edge."""
    names = [text.removesuffix(SUFFIX) for text in red_heads]
    suffix = SUFFIX if red_heads[0].endswith(SUFFIX) else ""
    longest, beside = max(map(len, names)), len(suffix) + SUFFIX_GAP if suffix else 0
    em = min(tallest, STACK_HEIGHT / (len(names) + (len(names) - 1) * ROW_GAP))
    stretch = max(min(1.0, width / ((longest + beside) * em)), narrowest)
    em = min(em, width / ((longest + beside) * stretch))
    sized = setter.sized(points(em))
    left = LEFT + (WIDTH - (longest + beside) * em * stretch) / 2
    lines = [sized.single([(name, Style.TITLE)], _spread(name, longest, em)) for name in names]
    low, high = lines[0].runs[0].face.ink("".join(names))
    baselines = [RED_HEAD_TOP + high * em + place * (1 + ROW_GAP) * em for place in range(len(names))]
    placed = [
        Placed(line, left, baseline - EM_ABOVE_BASELINE * em, colour=RED, stretch=stretch)
        for line, baseline in zip(lines, baselines, strict=True)
    ]
    lower = baselines[-1] - low * em
    if suffix:
        baseline = (RED_HEAD_TOP + lower) / 2 + (high + low) / 2 * em
        x = left + (longest + SUFFIX_GAP) * em * stretch
        line = sized.single([(suffix, Style.TITLE)])
        placed.append(Placed(line, x, baseline - EM_ABOVE_BASELINE * em, colour=RED, stretch=stretch))
    return placed, lower


def _spread(name: str, longest: int, em: float) -> float:
    """What is left between the characters of a shorter name, so that it fills the width of the longest."""
    return (longest - len(name)) * em / max(len(name) - 1, 1)
