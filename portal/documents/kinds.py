"""Kinds of document 文种 and what each asks for (条例 art 8; their layout is in `typesetting`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.text import N_
from portal.units.models import DocumentClass


class Direction(StrEnum):
    """行文方向."""

    DOWN = "down"
    LEVEL = "level"
    UP = "up"


DIRECTION_LABELS = {
    Direction.DOWN: N_("Downward"),
    Direction.LEVEL: N_("Between peers"),
    Direction.UP: N_("Upward"),
}


@dataclass(frozen=True)
class DocumentKind:
    """One 文种: its Chinese name as printed, and the directions it may take."""

    code: str
    name: str
    directions: tuple[Direction, ...]


KINDS: dict[str, DocumentKind] = {
    kind.code: kind
    for kind in (
        DocumentKind("decision", "决定", (Direction.DOWN,)),
        DocumentKind("opinion", "意见", (Direction.DOWN, Direction.LEVEL, Direction.UP)),
        DocumentKind("notice", "通知", (Direction.DOWN, Direction.LEVEL)),
        DocumentKind("circular", "通报", (Direction.DOWN,)),
        DocumentKind("report", "报告", (Direction.UP,)),
        DocumentKind("request", "请示", (Direction.UP,)),
        DocumentKind("reply", "批复", (Direction.DOWN,)),
        DocumentKind("letter", "函", (Direction.LEVEL,)),
    )
}

URGENCIES = ("", "特急", "加急")
"""紧急程度 as printed (条例 art 9); the exchange rules decide whether any but the first may travel."""


def class_of(kind: str, direction: str) -> DocumentClass:
    """To which class of the transmission scope a document belongs (LYG 一): 请示, 普发 or anything else."""
    if kind == "request":
        return DocumentClass.REQUEST
    return DocumentClass.GENERAL if direction == Direction.DOWN else DocumentClass.OTHER
