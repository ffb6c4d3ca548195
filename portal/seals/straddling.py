"""Straddling marks 骑缝章: one seal across the edges of all pages, each page showing its strip of the face.

They are page content, drawn into the revision that the first seal signs: a page that is exchanged, added or taken
away leaves a gap in the seal on paper, and no valid signature in the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.core.errors import Refused
from portal.core.text import N_
from portal.seals.fields import entry

# A strip narrower than 3 mm shows nothing that could be compared: longer documents get several seals.
MOST_PAGES_OF_ONE = 12
_FACE, _INK = "/GongwenEdgeSeal", "/GongwenEdgeInk"


class NoEdge(Refused):
    """The pages have no edges that a seal could straddle as it stands."""


@dataclass(frozen=True)
class Strip:
    """The part of the face that one page shows: from `left` to `right` of its width, both 0…1."""

    page: int
    left: float
    right: float


def strips(pages: int) -> list[Strip]:
    """Which part of the face each page shows; a single page has no edge to straddle, so none."""
    if pages < 2:
        return []
    seals = math.ceil(pages / MOST_PAGES_OF_ONE)
    least, longer = divmod(pages, seals)
    return list(_deal(least + (seal < longer) for seal in range(seals)))


def _deal(counts: Iterator[int]) -> Iterator[Strip]:
    page = 0
    for count in counts:
        for number in range(count):
            yield Strip(page, number / count, (number + 1) / count)
            page += 1


def straddle(writer: IncrementalPdfFileWriter, face_pdf: bytes) -> int:
    """Draw the marks into the revision being written, at mid-height of the right edges; return how many pages bear one.

    Raises NoEdge for a file that is sealed already, whose pages nobody may draw on any more, and for turned pages.
    """
    if writer.prev.embedded_signatures:
        raise NoEdge(N_("Only the first seal can straddle the pages: afterwards nothing may be drawn on them."))
    wanted = strips(int(writer.root["/Pages"]["/Count"]))
    if not wanted:
        return 0
    face = writer.import_page_as_xobject(PdfFileReader(BytesIO(face_pdf)))
    ink = generic.DictionaryObject({pdf_name("/BM"): pdf_name("/Multiply")})
    saved = writer.add_object(generic.StreamObject(stream_data=b"q"))
    for strip in wanted:
        _draw(writer, strip, face, writer.add_object(ink), saved)
    return len(wanted)


def _draw(writer: IncrementalPdfFileWriter, strip: Strip, face: Any, ink: Any, saved: Any) -> None:
    reference, resources = writer.find_page_for_modification(strip.page)
    page = reference.get_object()
    operators = _operators(_edge(page), strip, face.get_object()["/BBox"])
    mark = writer.add_object(generic.StreamObject(stream_data=operators))
    page[pdf_name("/Contents")] = generic.ArrayObject([saved, *_contents(page), mark])
    page[pdf_name("/Resources")] = _with(resources.get_object(), {"/XObject": (_FACE, face), "/ExtGState": (_INK, ink)})
    writer.mark_update(reference)


def _edge(page: Any) -> tuple[float, float]:
    """Where the right edge is, and its middle, in points."""
    if int(_inherited(page, "/Rotate", 0)) % 360:
        raise NoEdge(N_("A page is turned, so no seal can straddle the edges. Typeset it again."))
    _, bottom, right, top = (float(side) for side in _inherited(page, "/MediaBox", ()))
    return right, (bottom + top) / 2


def _inherited(page: Any, key: str, default: Any) -> Any:
    """An attribute of a page that may stand on a node above it (ISO 32000-1 7.7.3.4)."""
    while key not in page:
        if "/Parent" not in page:
            return default
        page = page["/Parent"]
    return page[key]


def _operators(edge: tuple[float, float], strip: Strip, box: Any) -> bytes:
    """Close the page's own state, then show the strip: the face moved so that its strip ends at the edge."""
    left, bottom, right, top = map(float, box)
    (side, middle), width, height = edge, right - left, top - bottom
    foot = middle - height / 2
    shown = (strip.right - strip.left) * width
    window = f"{side - shown:.4f} {foot:.4f} {shown:.4f} {height:.4f} re W n"
    place = f"1 0 0 1 {side - strip.right * width - left:.4f} {foot - bottom:.4f} cm"
    return f"Q /Artifact BMC q {window} {_INK} gs {place} {_FACE} Do Q EMC".encode()


def _contents(page: Any) -> list[Any]:
    """References to the page's streams, in order."""
    if "/Contents" not in page:
        return []
    held = page["/Contents"]
    if isinstance(held, generic.ArrayObject):
        return [held.raw_get(number) for number in range(len(held))]
    return [page.raw_get("/Contents")]


def _with(resources: Any, added: dict[str, tuple[str, Any]]) -> generic.DictionaryObject:
    """A page's resources and ours beside them, as a copy: pages may share one dictionary."""
    copied = generic.DictionaryObject({key: resources.raw_get(key) for key in resources})
    for kind, (name, value) in added.items():
        held = entry(copied, kind, generic.DictionaryObject())
        entries = generic.DictionaryObject({key: held.raw_get(key) for key in held})
        entries[pdf_name(name)] = value
        copied[pdf_name(kind)] = entries
    return copied
