"""Versions of a text: the digest of what was reviewed, and two texts side by side (D-3, D-10)."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.documents.models import Document


def digest_of(document: Document) -> str:
    """Hex SHA-256 of everything the reviewers decide about; canonical JSON, so that it is the same everywhere."""
    content: dict[str, object] = {
        "kind": document.kind,
        "direction": document.direction,
        "urgency": document.urgency,
        "red_head": document.red_head,
        "signature": document.signature,
        "title": document.title,
        "text": document.text,
        "note": document.note,
        "recipients": [[item.kind, item.unit_id, item.paper_name, item.print_quota] for item in document.recipients],
        "attachments": [[item.name, item.size, item.digest] for item in document.attachments],
    }
    if document.joint:
        content["joint"] = [[item.unit_id, item.red_head, item.signature] for item in document.joint]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class Change(StrEnum):
    """What became of a paragraph or of some characters."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Span:
    """Characters of a paragraph; `marked` when the other side hasn't got them."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Row:
    """One paragraph, before and after; an empty side where there is none."""

    change: Change
    left: tuple[Span, ...]
    right: tuple[Span, ...]


def side_by_side(before: str, after: str) -> list[Row]:
    """The paragraphs of two texts beside each other, differing characters marked."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [row for opcode in matcher.get_opcodes() for row in _rows(opcode, old, new)]


def _rows(opcode: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    _, left, left_end, right, right_end = opcode
    lines, others = old[left:left_end], new[right:right_end]
    if opcode[0] == "equal":
        yield from (Row(Change.SAME, (Span(line),), (Span(line),)) for line in lines)
        return
    paired = min(len(lines), len(others))
    for line, other in zip(lines[:paired], others[:paired], strict=True):
        yield Row(Change.CHANGED, *_marked(line, other))
    yield from (Row(Change.REMOVED, (Span(line, marked=True),), ()) for line in lines[paired:])
    yield from (Row(Change.ADDED, (), (Span(other, marked=True),)) for other in others[paired:])


def _marked(line: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    left, right = [], []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, line, other, autojunk=False).get_opcodes():
        left.append(Span(line[a:b], marked=tag != "equal"))
        right.append(Span(other[c:d], marked=tag != "equal"))
    return tuple(span for span in left if span.text), tuple(span for span in right if span.text)
