"""Where a seal goes: the signature block left for it by the typesetter, never a blank sheet (S-10, GB/T 9704 7.3.5).

A joint document 联合公文 has one block for each issuer, in their order; the seals stand side by side without touching.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields

from portal.core.errors import Refused
from portal.core.text import N_
from portal.seals.fields import entry

POINTS_PER_MM = 72 / 25.4
# What a parser meets in a broken file.
BROKEN = (PdfError, LookupError, TypeError, ValueError, AttributeError, RecursionError, zlib.error)
# Text shown, or a picture or form that may hold some.
_PRINT = re.compile(rb"(?<![A-Za-z])(?:Tj|TJ|Do|['\"])(?![A-Za-z])")
_FIELD = re.compile(r"Seal[1-9]\d*")

Box = tuple[float, float, float, float]


class NoSignatureBlock(Refused):
    """The file has no place for the seal: a blank sheet is never stamped (S-10)."""


class NotSealable(Refused):
    """The file can't carry a seal that means anything: broken, encrypted, or with fields to fill in."""


def anchor_of(place: int) -> str:
    """The name under which the typesetter marks the block of the `place`-th issuer, from 1."""
    return f"seal-{place}"


def field_of(place: int) -> str:
    """The signature field of the `place`-th seal."""
    return f"Seal{place}"


def find_block(pdf: PdfFileReader, anchor: str, diameter_mm: float) -> tuple[int, Box]:
    """Return page number and box of the seal: its exact diameter, centred between the block's two corners.

    The typesetter leaves them as the named destinations `<anchor>-tl` and `<anchor>-br`. Raises NoSignatureBlock when
    they are missing, broken, off the page or on a page without print.
    """
    corners = [_destination(pdf, f"{anchor}-{corner}") for corner in ("tl", "br")]
    (page, left, top), (other_page, right, bottom) = corners
    if page != other_page:
        raise NoSignatureBlock(N_("The signature block is broken across two pages. Typeset it again."))
    x, y, radius = (left + right) / 2, (top + bottom) / 2, diameter_mm * POINTS_PER_MM / 2
    if not _printed(pdf, page):
        raise NoSignatureBlock(N_("The page of the signature block is blank, and a blank sheet is never stamped."))
    return page, (x - radius, y - radius, x + radius, y + radius)


def require_turn(pdf: PdfFileReader, place: int, page: int, box: Box) -> None:
    """The seals of the issuers before are on the file, no later one is, and none is touched (GB/T 9704 7.3.5.1).

    Raises NotSealable.
    """
    found = dict(_seals(pdf))
    if field_of(place) in found:
        raise NotSealable(N_("The file already carries this seal."))
    if set(found) != {field_of(before) for before in range(1, place)}:
        raise NotSealable(N_("The seals of a joint document are pressed one after another, in the issuers' order."))
    for other_page, other in found.values():
        if other_page == page and _touch(box, other):
            raise NotSealable(N_("The seals would touch each other. Typeset the signature block again."))


def _seals(pdf: PdfFileReader) -> Iterator[tuple[str, tuple[int, Box]]]:
    """Field, page and box of each seal already on the file."""
    for name, _, reference in fields.enumerate_sig_fields(pdf, filled_status=True):
        if _FIELD.fullmatch(name):
            widget = reference.get_object()
            left, bottom, right, top = (float(side) for side in widget["/Rect"])
            yield name, (_page_number(pdf, widget.raw_get("/P")), (left, bottom, right, top))


def _touch(one: Box, other: Box) -> bool:
    """Tell whether two round seals touch."""
    (x, y, radius), (other_x, other_y, other_radius) = _round(one), _round(other)
    return math.hypot(x - other_x, y - other_y) <= radius + other_radius


def _round(box: Box) -> tuple[float, float, float]:
    left, bottom, right, top = box
    return (left + right) / 2, (bottom + top) / 2, (right - left) / 2


def _printed(pdf: PdfFileReader, number: int) -> bool:
    """Tell whether anything is printed on the page besides what seals put there."""
    page: Any = pdf.find_page_for_modification(number)[0].get_object()
    held = entry(page, "/Contents", ())
    streams = [held[at] for at in range(len(held))] if isinstance(held, generic.ArrayObject) else [held]
    return any(_PRINT.search(stream.data) for stream in streams if isinstance(stream, generic.StreamObject))


def _destination(pdf: PdfFileReader, name: str) -> tuple[int, float, float]:
    """Return (page, x, y) of a named destination; raises NoSignatureBlock when there is none."""
    try:
        root: Any = pdf.root["/Names"]["/Dests"]
        place = _look_up(root, name)
        target = place["/D"] if isinstance(place, generic.DictionaryObject) else place
        return _page_number(pdf, target.raw_get(0)), float(target[2]), float(target[3])
    except BROKEN as error:
        message = N_("The file has no signature block, and a blank sheet is never stamped. Typeset it again.")
        raise NoSignatureBlock(message) from error


def _look_up(node: Any, name: str, depth: int = 8) -> Any:
    """Find `name` in a name tree (ISO 32000-1 7.9.6); raises KeyError."""
    pairs = entry(node, "/Names", ())
    for index in range(0, len(pairs), 2):
        if str(pairs[index]) == name:
            return pairs[index + 1]
    kids = entry(node, "/Kids", ()) if depth else ()
    for index in range(len(kids)):
        kid = kids[index]
        low, high = map(str, entry(kid, "/Limits", (name, name)))
        if low <= name <= high:
            return _look_up(kid, name, depth - 1)
    raise KeyError(name)


def _page_number(pdf: PdfFileReader, reference: Any) -> int:
    """Return the index of the page with this reference; raises KeyError."""
    for number in range(int(pdf.root["/Pages"]["/Count"])):
        if pdf.find_page_for_modification(number)[0].reference == reference.reference:
            return number
    raise KeyError(reference)
